/*
 * community.mjs: a few people with posts that try a layout: long words, long names, line breaks, links,
 * other scripts. For browser tests and pictures.
 */
import { signedIn } from './client.mjs';
import { runKinglet } from './server.mjs';

export const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff Hubert Blaine';
export const WRITER = 'Ada Lovelace';

const POSTS = [
  'That brain of mine is something more than merely mortal, as time will show.',
  'Two things today:\n\n1. The engine weaves algebraic patterns.\n2. The loom weaves flowers and leaves.',
  'https://example.org/notes/a-rather-long-address-that-nobody-will-ever-type-by-hand?with=a&query=as-well#and-more',
  `Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft${'x'.repeat(120)}`,
  '<b>Not bold</b> & "quoted" \u{1F98A}',
  '今日はいい天気ですね。散歩に行きましょう。',
  'مرحبا بالجميع، هذا نص من اليمين إلى اليسار',
  'Short.',
];

/* {ada, chief, post}: clients of Ada and of an administrator, and the path of one of her posts. 69 posts in all. */
export async function settle(server) {
  const ada = await signedIn(server.web, WRITER);
  const others = [LONG_NAME, 'Grace', '李小龍'];
  for (const name of others) {
    const client = await signedIn(server.web, name);
    await client.post('/add_message', { text: `${name} was here` });
    await client.get(`/${encodeURIComponent(WRITER)}/follow`);
    await ada.get(`/${encodeURIComponent(name)}/follow`);
  }
  const earlier = Array.from({ length: 66 - POSTS.length }, (_, i) => `An earlier thought, number ${i}`);
  for (const text of [...earlier, ...POSTS]) await ada.post('/add_message', { text });
  await ada.post('/settings/profile', {
    display: 'Countess of Lovelace',
    bio: 'I write notes on the #engine of Mr Babbage.\nAsk @Grace about compilers.',
    link: 'https://example.org/ada',
  });
  const chief = await signedIn(server.web, 'Chief');
  await runKinglet(['user', 'promote', 'Chief', '--db', server.db]);
  const { text } = await ada.get('/');
  await ada.post('/report', { user: 'Grace', category: '1', text: 'Sends the same to everybody.' });
  await chief.post('/admin/person', { name: 'Grace', action: 'note', text: 'Asked her about it.' });
  return { ada, chief, post: /href="(\/post\/[^"/]+)"/.exec(text)[1] };
}

/* Every kind of page: [name, path, who]. `who` is 'ada' or 'chief' where it needs their session, else anybody. */
export const PAGES = (post) => [
  ['public', '/public'],
  ['public-page-2', '/public', 'older'],
  ['user', `/${encodeURIComponent(WRITER)}`],
  ['user-long-name', `/${encodeURIComponent(LONG_NAME)}`],
  ['followers', `/${encodeURIComponent(WRITER)}/followers`],
  ['following', `/${encodeURIComponent(WRITER)}/following`],
  ['post', post],
  ['login', '/login'],
  ['register', '/register'],
  ['reset', '/login/reset'],
  ['confirm-email', '/login/email'],
  ['about', '/about'],
  ['not-found', '/nobody-of-that-name'],
  ['home', '/', 'ada'],
  ['home-public', '/public', 'ada'],
  ['home-own-page', `/${encodeURIComponent(WRITER)}`, 'ada'],
  ['home-other-page', '/Grace', 'ada'],
  ['home-post', post, 'ada'],
  ['delete-post', `${post}/delete`, 'ada'],
  ['report', '/report?user=Grace', 'ada'],
  ['warnings', '/warnings', 'ada'],
  ['settings', '/settings', 'ada'],
  ['settings-profile', '/settings/profile', 'ada'],
  ['settings-blocks', '/settings/blocks', 'ada'],
  ['welcome', '/welcome', 'ada'],
  ['welcome-people', '/welcome?step=2', 'chief'],
  ['welcome-post', '/welcome?step=3', 'ada'],
  ['following-search', `/${encodeURIComponent(WRITER)}/following?q=gra`, 'ada'],
  ['unauthorized', '/settings'],
  ['home-chief', '/', 'chief'],
  ['forbidden', '/admin/business', 'ada'],
  ['instance', '/admin/instance', 'chief'],
  ['approvals', '/admin/approvals', 'chief'],
  ['reports', '/admin/reports', 'chief'],
  ['people', '/admin/people', 'chief'],
  ['person', '/admin/person?name=Grace', 'chief'],
  ['audit', '/admin/audit', 'chief'],
  ['invitations', '/admin/invitations', 'chief'],
  ['rules', '/about/rules'],
  ['dashboard-business', '/admin/business?range=7d', 'chief'],
  ['dashboard-infrastructure', '/admin/infrastructure?range=24h', 'chief'],
];

/* The session of `client`, for a browser's context. */
export const cookiesOf = (client, base) =>
  [...client.cookies].map(([name, value]) => ({ name, value, url: base }));

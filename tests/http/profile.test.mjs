/* How people present themselves: the form, and every page that shows it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, signedIn, textOfClass } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const person = (name) => signedIn(server.web, name);
const save = (who, fields) => who.post('/settings/profile', { display: '', bio: '', link: '', ...fields });
const errorOf = (html, field) => new RegExp(`id="${field}-error">([^<]*)<`).exec(html)?.[1] ?? '';

test('a display name stands beside the username on every page', async () => {
  const ada = await person('ada');
  const bob = await person('bob');
  await ada.post('/add_message', { text: 'shown by name' });
  await ada.post('/bob/follow');
  const before = (await new Client(server.web).get('/public')).text;
  assert.ok(before.includes('<p class="by"><a href="/ada">ada</a>') && !before.includes('class="display"'));

  assert.equal((await save(ada, { display: '  Countess <of> Lovelace ' })).location, '/settings/profile');
  const page = (await ada.get('/settings/profile')).text;
  assert.equal(textOfClass(page, 'flashes'), 'Your profile was changed');
  assert.ok(page.includes('value="Countess &lt;of&gt; Lovelace"'));
  const shown = '<bdi class="display">Countess &lt;of&gt; Lovelace</bdi>';
  const post = /href="(\/post\/\d+)"/.exec(before)[1];
  const paths = ['/public', '/ada', post, '/bob/followers', '/search?q=shown', '/search?q=ada', '/notifications'];
  for (const path of paths) {
    const { text } = await bob.get(path);
    assert.ok(text.includes(shown), path);
    assert.ok(/href="\/ada">/.test(text), `${path} links the person`);
  }
  const everybody = (await new Client(server.web).get('/public')).text;
  assert.ok(everybody.includes(`${shown} <a href="/ada">ada</a>`), 'the link has the username alone');
  assert.match((await bob.get('/ada')).text, /<title>Countess &lt;of&gt; Lovelace \(@ada\) ·/);
  assert.match((await bob.get('/ada/feed.atom')).text, /<name>Countess &lt;of&gt; Lovelace \(@ada\)<\/name>/);
  assert.equal(JSON.parse((await bob.get('/ada/feed.json')).text).items[0].authors[0].name, 'Countess <of> Lovelace (@ada)');
});

test('a bio has links, mentions and tags, and a link is http or https', async () => {
  const eve = await person('eve');
  await save(eve, { bio: 'I know @ada.\r\nI like #looms <b>', link: 'example.org/me' });
  const { text } = await new Client(server.web).get('/eve');
  assert.ok(text.includes('class="mention" href="/@ada"'));
  assert.ok(text.includes('<br>') && text.includes('href="/tag/looms"'));
  assert.ok(text.includes('&lt;b&gt;'));
  assert.ok(text.includes('<a href="https://example.org/me" rel="me nofollow noopener">example.org/me</a>'));
});

test('what is wrong is said beside its field, what was typed is kept, and nothing is changed', async () => {
  const mia = await person('mia');
  await save(mia, { display: 'Mia' });
  const wrong = [
    ['display', 'x'.repeat(51), 'A display name has at most 50 characters'],
    ['display', 'two\nlines', 'A display name is one line of letters and signs that can be seen'],
    ['display', 'evil\u202egnp', 'A display name is one line of letters and signs that can be seen'],
    ['bio', 'y'.repeat(301), 'Write at most 300 characters'],
    ['link', 'javascript://x', /^A link begins/],
    ['link', 'javascript:alert(1)', /^A link begins/],
    ['link', 'https://bank.example@evil.example/', /^A link begins/],
    ['link', 'https://example.org/ and more', /^A link begins/],
    ['link', `https://example.org/${'z'.repeat(300)}`, /^A link begins/],
  ];
  for (const [field, value, error] of wrong) {
    const answer = await save(mia, { display: 'Other', bio: 'kept', [field]: value });
    assert.equal(answer.status, 200, `${field} ${value}`);
    if (typeof error === 'string') assert.equal(errorOf(answer.text, field), error);
    else assert.match(errorOf(answer.text, field), error, value);
    if (field === 'link') assert.ok(answer.text.includes('kept</textarea>') && answer.text.includes('value="Other"'));
  }
  assert.ok((await mia.get('/mia')).text.includes('<bdi class="display">Mia</bdi>'));
  const fifty = '\u{1F469}‍\u{1F680}'.repeat(36);
  assert.equal((await save(mia, { display: fifty.slice(0, 5 * 36) })).status, 302, 'counted as a person counts');
});

test('whom one has blocked or muted is listed and can be undone there', async () => {
  const ivy = await person('ivy');
  await person('noisy');
  await ivy.post('/noisy/block');
  await ivy.post('/ada/mute');
  const blocked = (await ivy.get('/settings/blocks')).text;
  assert.ok(blocked.includes('action="/noisy/unblock"') && !blocked.includes('action="/ada/unmute"'));
  assert.ok((await ivy.get('/settings/blocks?show=muted')).text.includes('action="/ada/unmute"'));
  const undone = await ivy.post('/noisy/unblock', { from: 'blocks' });
  assert.equal(undone.location, '/settings/blocks');
  assert.ok((await ivy.get('/settings/blocks')).text.includes('You have blocked nobody.'));
  assert.equal((await new Client(server.web).get('/settings/blocks')).status, 401);
});

/* Languages: which one a page is in, who may choose it, and that no text of a page is outside the catalogues. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Client, signedIn, textOfClass } from '../lib/client.mjs';
import { foreignTexts } from '../lib/messages.mjs';
import { root, runKinglet, startServer, stopCleanly } from '../lib/server.mjs';

const DANISH = { 'Accept-Language': 'da-DK,da;q=0.9,en;q=0.8' };
const PSEUDO = { 'Accept-Language': 'qps' };
const NAME = '4711';

let server;
let anyone;

before(async () => {
  server = await startServer({ args: ['--instance-name', '789', '--node-name', '7', '--history-interval-s', '1'] });
  anyone = new Client(server.web);
});
after(() => stopCleanly(server));

const langOf = (page) => /<html lang="([^"]*)">/.exec(page.text)?.[1];

/* ---- the choice ------------------------------------------------------------------------------- */

test('a page is in the language that the browser likes best, and in English for those who name none', async () => {
  const cases = {
    'da': 'da', 'da-DK': 'da', 'DA-dk-x-me': 'da', 'de, da;q=0.5': 'da', 'en, da;q=0.9': 'en',
    'en;q=0.3, da;q=0.4': 'da',
    'de': 'en', '*': 'en', 'da;q=0': 'en', 'da;q=nonsense': 'en', '': 'en', 'dan': 'en', ',,;q=1': 'en',
  };
  for (const [header, wanted] of Object.entries(cases)) {
    assert.equal(langOf(await anyone.get('/about', { headers: { 'Accept-Language': header } })), wanted, header);
  }
  assert.equal(langOf(await anyone.get('/about')), 'en');
});

test('kept pages are kept by language, and say that they depend on it', async () => {
  for (let i = 0; i < 2; i += 1) {
    const danish = await anyone.get('/public', { headers: DANISH });
    const english = await anyone.get('/public');
    assert.match(danish.text, /<h2 class="list">Nyeste opslag<\/h2>/);
    assert.match(english.text, /<h2 class="list">Newest messages<\/h2>/);
    assert.notEqual(danish.headers.etag, english.headers.etag);
    for (const page of [danish, english]) assert.match(page.headers.vary, /Accept-Language, Cookie/);
    const again = await anyone.get('/public', { headers: { ...DANISH, 'If-None-Match': english.headers.etag } });
    assert.equal(again.status, 200, 'another language is another page');
  }
});

test('a visitor chooses at the foot of a page, comes back to it, and keeps the choice', async () => {
  const visitor = new Client(server.web);
  const page = await visitor.get('/about');
  assert.match(page.text, /<button type="submit" class="quiet" name="language" value="da" lang="da"[^>]*>Dansk</);
  const referer = { Referer: `${server.web.replace(/\/$/, '')}/about?x=1` };
  const answer = await visitor.post('/language', { language: 'da' }, { headers: referer });
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/about?x=1');
  assert.equal(langOf(await visitor.get('/about', { headers: { 'Accept-Language': 'en' } })), 'da');
  for (const elsewhere of ['https://elsewhere.example/about', `${server.web.replace(/\/$/, '')}//elsewhere.example/`]) {
    const headers = { Referer: elsewhere, 'Sec-Fetch-Site': 'same-origin' };
    assert.equal((await visitor.post('/language', { language: 'en' }, { headers })).location, '/', elsewhere);
  }
  const cross = { headers: { 'Sec-Fetch-Site': 'cross-site' } };
  assert.equal((await visitor.post('/language', { language: 'qps' })).status, 400);
  assert.equal((await visitor.post('/language', {})).status, 400);
  assert.equal((await visitor.post('/language', { language: 'da' }, cross)).status, 403);
});

test('an account keeps its language in every browser, until it is given back to them', async () => {
  const first = await signedIn(server.web, '1001');
  const refused = await first.post('/settings/language', { language: 'tlh' });
  assert.equal(refused.status, 200);
  assert.equal(textOfClass(refused.text, 'error'), 'Please choose a language');
  const chosen = await first.post('/settings/language', { language: 'da' }, { follow: true });
  assert.equal(langOf(chosen), 'da');
  assert.equal(textOfClass(chosen.text, 'flashes'), 'Dit sprog er skiftet');
  const second = new Client(server.web, { headers: { 'Accept-Language': 'en' } });
  await second.login('1001');
  assert.equal(langOf(await second.get('/public')), 'da');
  await second.post('/settings/language', { language: '' });
  assert.equal(langOf(await second.get('/public')), 'en');
  assert.equal(langOf(await new Client(server.web).get('/public')), 'en', 'nobody else got it');
});

/* ---- Danish ----------------------------------------------------------------------------------- */

test('errors, answers, dates and numbers are Danish for a Dane, and the contract stays for all others', async () => {
  const dane = new Client(server.web, { headers: DANISH });
  const empty = await dane.register('');
  assert.equal(textOfClass(empty.text, 'error'), 'Du skal skrive et brugernavn');
  assert.equal(textOfClass((await anyone.register('')).text, 'error'), 'You have to enter a username');
  await dane.register('1002');
  const hello = await dane.login('1002');
  assert.equal(textOfClass(hello.text, 'flashes'), 'Du er logget ind');
  const shared = await dane.addMessage('123');
  const months = 'jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec';
  const moment = `title="\\d{1,2}\\. (?:${months})\\.? \\d{4} kl\\. \\d\\d\\.\\d\\d\\.\\d\\d UTC">nu<`;
  assert.match(shared.text, new RegExp(moment));
  const lost = await dane.get('/nobody-is-called-so');
  assert.equal(lost.status, 404);
  assert.match(lost.text, /<h1>Her er ingenting<\/h1>/);
  const profile = await dane.get('/1002');
  assert.match(profile.text, /<strong>1<\/strong> opslag/);
});

test('feeds are the same for everybody, so that they can be kept by those between', async () => {
  for (const feed of ['/public/feed.atom', '/public/feed.json']) {
    const danish = await anyone.get(feed, { headers: DANISH });
    assert.equal(danish.text, (await anyone.get(feed)).text);
    assert.doesNotMatch(danish.headers.vary ?? '', /Accept-Language/);
  }
});

test('the simulator API speaks English whatever is asked for', async () => {
  const api = new Client(server.api, { headers: DANISH });
  const answer = await api.postJson('/register', { username: '', email: 'a@b.c', pwd: 'x' });
  assert.equal(JSON.parse(answer.text).error_msg, 'You have to enter a username');
});

/* ---- nothing outside the catalogues ------------------------------------------------------------ */

const NOT_PAGES = new Set([
  '/logout', '/static/*name', '/avatar/:name', '/manifest.webmanifest', '/sw.js', '/favicon.ico', '/robots.txt',
  '/healthz',
]);

/* The paths that answer GET, from the table of routes; what follows a colon is filled in. */
function pagePaths(fill) {
  const table = readFileSync(path.join(root, 'src/routes.c'), 'utf8').split('api_routes[]')[0];
  const found = [...table.matchAll(/\{\{"([^"]+)", GET\}/g)].map(([, pattern]) => pattern);
  assert.ok(found.length > 15, 'the table of routes was read');
  return found.filter((pattern) => !NOT_PAGES.has(pattern)).map((pattern) =>
    pattern.replace(/[:*]([a-z_]+)/g, (whole, name) => {
      assert.ok(fill[name] !== undefined, `this test must know what stands for ${whole} in ${pattern}`);
      return fill[name];
    }));
}

function expectMessages(page, where) {
  if (!/^text\/html/.test(page.headers['content-type'] ?? '')) return 0;
  assert.equal(langOf(page), 'qps', where);
  const found = foreignTexts(page.text);
  assert.deepEqual(found, [], `${where}: texts outside the catalogues. In a template: is it in an attribute that the ` +
    'compiler knows (tools/template_html.py)? In C: T("…"). Then tools/languages.py update, and lang/da.po');
  return 1;
}

async function strangersClient() {
  const client = new Client(server.web, { headers: PSEUDO });
  await client.register(NAME, '5'.repeat(12), { email: '1@2' });
  return client;
}

test('no page has a text outside the catalogues, for strangers, people and administrators', async () => {
  const stranger = await strangersClient();
  const person = new Client(server.web, { headers: PSEUDO });
  await person.login(NAME, '5'.repeat(12));
  await person.addMessage('1 2 3');
  const id = /href="\/post\/(\d+)"/.exec((await person.get('/')).text)[1];
  const fill = { username: NAME, id, name: '1', tag: '1', token: '1', code: '1' };
  for (let round = 0; round < 2; round += 1) {
    let pages = 0;
    for (const where of pagePaths(fill)) {
      pages += expectMessages(await person.get(where), `${where} (${round ? 'administrator' : 'person'})`);
      if (!round) expectMessages(await stranger.get(where), `${where} (stranger)`);
    }
    assert.ok(pages > 12, `${pages} pages were looked at`);
    await runKinglet(['user', 'promote', NAME, '--db', server.db]);
  }
});

test('what goes wrong and what was done is said from the catalogues, too', async () => {
  const stranger = new Client(server.web, { headers: PSEUDO });
  const person = new Client(server.web, { headers: PSEUDO });
  await person.login(NAME, '5'.repeat(12));
  const pages = {
    'wrong name': await stranger.login('1 1 1 1'),
    'wrong password': await stranger.login(NAME, '1'),
    'no name': await stranger.register(''),
    'bad name': await stranger.register('?'),
    'no email': await stranger.register('8', '1', { email: '' }),
    'no password': await stranger.register('8', ''),
    'two passwords': await stranger.register('8', '1', { password2: '2' }),
    'taken': await stranger.register(NAME),
    'not found': await stranger.get('/0000'),
    'wrong method': await stranger.post('/about'),
    'bad cursor': await stranger.get('/public?before=1&after=1'),
    'not signed in': await stranger.post('/add_message', { text: '1' }),
    'cross-site': await person.post('/add_message', { text: '1' }, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
    'too long': await person.addMessage('1'.repeat(5000)),
    'recorded': await person.addMessage('1'),
    'wrong old password': await person.post('/settings/password', { old_password: '1', password: '2', password2: '2' }),
    'followed': await person.post('/1002/follow', {}, { follow: true }),
    'unfollowed': await person.post('/1002/unfollow', {}, { follow: true }),
    'signed out': await person.logout(),
  };
  for (const [what, page] of Object.entries(pages)) assert.equal(expectMessages(page, what), 1, what);
});

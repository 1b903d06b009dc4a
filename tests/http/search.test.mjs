/* Search, tag pages and their feeds, mentions: what is found, marked, linked and refused. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;
let anyone;
let ada;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
  anyone = new Client(server.web);
  ada = await signedIn(server.web, 'Ada Lovelace');
  const bo = await signedIn(server.web, 'bo');
  for (let i = 1; i <= 33; i += 1) await bo.post('/add_message', { text: `Café number ${i} #Café` });
  await ada.post('/add_message', { text: 'The analytical <engine> & "notes" #Engines @bo' });
  await bo.post('/add_message', { text: 'thanks @Ada_Lovelace! notes taken' });
});
after(() => stopCleanly(server));

const search = async (query, client = anyone) => client.get(`/search?${new URLSearchParams({ q: query })}`);
const posts = (text) => text.split(/<li[ >]/).slice(1).filter((part) => part.includes('href="/post/'));

test('a post is found right after it was written, with what was looked for marked', async () => {
  const answer = await search('ENGINE notes');
  assert.equal(answer.status, 200);
  assert.equal(posts(answer.text).length, 1);
  const marked = 'The analytical &lt;<mark>engine</mark>&gt; &amp; &#34;<mark>notes</mark>&#34;';
  assert.ok(answer.text.includes(marked), answer.text);
  await ada.post('/add_message', { text: 'zeitgeist' });
  assert.equal(posts((await search('zeitgeist')).text).length, 1);
});

test('phrases, exclusions, tags, authors and days narrow what is found', async () => {
  const counts = [
    ['"notes taken"', 1],
    ['"taken notes"', 0],
    ['notes -taken', 1],
    ['#engines', 1],
    ['from:Ada_Lovelace notes', 1],
    ['from:"ada lovelace" cafe', 0],
    ['notes since:2000-01-01', 2],
    ['notes until:2000-01-01', 0],
  ];
  for (const [query, count] of counts) assert.equal(posts((await search(query)).text).length, count, query);
});

test('what is wrong with a query is said beside it, and what was typed is kept', async () => {
  for (const [query, said] of [
    ['-only -this', /Write at least one word/],
    ['x since:yesterday', /Write a date as year, month and day/],
    ['from:nobody-at-all', /There is nobody with the name/],
    ['word '.repeat(40).trim(), /too much at once/],
  ]) {
    const answer = await search(query);
    assert.equal(answer.status, 200, query);
    assert.match(answer.text, new RegExp(`id="seek-error">[^<]*${said.source}`), query);
    assert.ok(answer.text.includes(`value="${query}"`), query);
  }
});

test('what is typed reaches no engine as its language', async () => {
  const hostile = ['" OR "', "') OR 1=1 --", 'a* NEAR(b c)', '{x}:y ^z', "'x' & !", '\\', '<mark>', '"'];
  for (const query of hostile) {
    const answer = await search(query);
    assert.equal(answer.status, 200, query);
    assert.ok(!answer.text.includes('<mark><'), query);
  }
  assert.equal((await anyone.get('/search?q=%ff')).status, 400);
});

test('results go on behind a cursor and back', async () => {
  const first = await search('cafe');
  assert.equal(posts(first.text).length, 30);
  const older = /rel="next" href="([^"]+)"/.exec(first.text)[1].replaceAll('&amp;', '&');
  const second = await anyone.get(older);
  assert.equal(posts(second.text).length, 3);
  const newer = /rel="prev" href="([^"]+)"/.exec(second.text)[1].replaceAll('&amp;', '&');
  assert.equal(posts((await anyone.get(newer)).text).length, 30);
});

test('a tag leads to its page, in any case of letters, with feeds', async () => {
  const tagged = await search('#engines');
  assert.ok(tagged.text.includes('<mark><a rel="tag" href="/tag/Engines">#Engines</a></mark>'), tagged.text);
  const page = await anyone.get('/tag/Engines');
  assert.equal(page.status, 200);
  assert.equal(posts(page.text).length, 1);
  assert.match(page.text, /<h1>#engines<\/h1>/);
  const cafe = encodeURIComponent('café');
  assert.ok(page.text.includes('type="application/atom+xml"'));
  const many = await anyone.get(`/tag/${cafe}`);
  assert.equal(posts(many.text).length, 30);
  assert.ok(many.text.includes(`href="/tag/${cafe}?before=`), many.text);
  const json = JSON.parse((await anyone.get(`/tag/${cafe}/feed.json`)).text);
  assert.equal(json.items.length, 30);
  assert.match(json.items[0].content_html, /href="http:[^"]*\/tag\/Caf%C3%A9"/);
  const atom = await anyone.get(`/tag/${cafe}/feed.atom`);
  assert.equal(atom.headers['content-type'], 'application/atom+xml; charset=utf-8');
  const headers = { 'If-None-Match': atom.headers.etag };
  assert.equal((await anyone.get(`/tag/${cafe}/feed.atom`, { headers })).status, 304);
});

test('a mention leads to the page of whoever is called so', async () => {
  const page = await anyone.get('/bo');
  assert.ok(page.text.includes('<a class="mention" href="/@Ada_Lovelace">@Ada_Lovelace</a>'), page.text);
  const answer = await anyone.get('/@ada_LOVELACE');
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.location, '/Ada%20Lovelace');
  assert.equal((await anyone.get('/@nobody')).status, 404);
});

test('people are found by the beginning of their names, and completed for who is signed in', async () => {
  const { text } = await search('ada lov');
  assert.match(text, /<h2 class="list">People<\/h2><ul class="people found"><li><a href="\/Ada%20Lovelace">/);
  assert.ok(!(await search('lovelace')).text.includes('>People<'));
  const fan = await signedIn(server.web, 'abe');
  await fan.post('/Ada%20Lovelace/follow', {});
  const complete = async (q) => JSON.parse((await fan.get(`/complete?${new URLSearchParams({ q })}`)).text);
  assert.deepEqual((await complete('a')).map((one) => one.name), ['Ada Lovelace', 'abe']);
  assert.deepEqual(await complete('@ADA_l'), [{ name: 'Ada Lovelace', mention: 'Ada_Lovelace' }]);
  assert.deepEqual(await complete(''), []);
  assert.deepEqual(await complete('zzz'), []);
  assert.equal((await anyone.get('/complete?q=a')).status, 401);
});

test('each page leads to the search, and a form of an account is before no other form', async () => {
  for (const path of ['/public', '/bo', '/about']) {
    assert.match((await anyone.get(path)).text, /<a href="\/search">Search<\/a>/, path);
  }
  for (const path of ['/register', '/login']) assert.ok(!(await anyone.get(path)).text.includes('role="search"'), path);
});

test('flagged and deleted posts are not found', async () => {
  await ada.post('/add_message', { text: 'ephemera' });
  const id = /href="\/post\/(\d+)"/.exec((await search('ephemera')).text)[1];
  await ada.post(`/post/${id}/delete`, {});
  assert.equal(posts((await search('ephemera')).text).length, 0);
});

/* Atom and JSON Feed of everybody and of one person: valid, escaped, discoverable, conditional, by cursor. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Client, signedIn, unescapeHtml } from '../lib/client.mjs';
import { runKinglet, startServer, stopCleanly } from '../lib/server.mjs';

const GRAMMAR = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'atom.rng');
const NAME = 'Ærlig Øst';
const HOME = `/${encodeURIComponent(NAME)}`;
const HOSTILE = '<script>alert("x")</script> & ]]> \u{1F98A} https://example.org/?a=1&b=2 مرحبا';

let server;
let anyone;
let author;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
  anyone = new Client(server.web);
  author = await signedIn(server.web, NAME);
  for (let i = 1; i <= 34; i += 1) await author.post('/add_message', { text: `number ${i}.` });
  await author.post('/add_message', { text: HOSTILE });
});
after(() => stopCleanly(server));

/* Fails with xmllint's words. */
function checkAtom(text) {
  const options = ['--noout', '--nonet', '--relaxng', GRAMMAR, '-'];
  const done = spawnSync('xmllint', options, { input: text, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr ?? String(done.error));
}

function checkJson(feed) {
  assert.equal(feed.version, 'https://jsonfeed.org/version/1.1');
  for (const name of ['title', 'home_page_url', 'feed_url', 'icon']) assert.equal(typeof feed[name], 'string', name);
  for (const item of feed.items) {
    assert.match(item.id, /^http:.*\/post\/\d+$/);
    assert.equal(item.id, item.url);
    assert.ok(Date.parse(item.date_published) > 0);
    assert.match(item.date_published, /Z$/);
    assert.equal(item.authors.length, 1);
    assert.equal(typeof item.content_text, 'string');
    assert.equal(typeof item.content_html, 'string');
  }
}

const part = (xml, name) => unescapeHtml(new RegExp(`<${name}[^>]*>([^]*?)</${name}>`).exec(xml)[1]);
const entries = (xml) => xml.split('<entry>').slice(1);

for (const page of ['/public', HOME]) {
  test(`Atom of ${page} is valid, and has what the page has`, async () => {
    const answer = await anyone.get(`${page}/feed.atom`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['content-type'], 'application/atom+xml; charset=utf-8');
    checkAtom(answer.text);
    const all = entries(answer.text);
    assert.equal(all.length, 30);
    const html = part(all[0], 'content');
    assert.ok(html.startsWith('&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; ]]&gt;'), html);
    assert.match(html, /<a href="https:\/\/example\.org\/\?a=1&amp;b=2"/);
    assert.match(part(all[1], 'title'), /^number 34\.$/);
    const permalink = new URL(part(all[0], 'id'));
    assert.equal((await anyone.get(permalink.pathname)).status, 200);
    assert.equal(part(all[0], 'name'), NAME);
    assert.equal(new URL(part(all[0], 'uri')).pathname, HOME);
  });

  test(`JSON Feed of ${page} is valid, and has what the page has`, async () => {
    const answer = await anyone.get(`${page}/feed.json`);
    assert.equal(answer.headers['content-type'], 'application/feed+json; charset=utf-8');
    const feed = JSON.parse(answer.text);
    checkJson(feed);
    assert.equal(feed.items.length, 30);
    assert.equal(feed.items[0].content_text, HOSTILE);
    assert.equal(new URL(feed.home_page_url).pathname, page);
    assert.equal(new URL(feed.feed_url).pathname, `${page}/feed.json`);
  });

  test(`the page ${page} names its feeds, and they name it`, async () => {
    const { text } = await anyone.get(page);
    for (const [type, kind] of [['application/atom+xml', 'atom'], ['application/feed+json', 'json']]) {
      const name = `rel="alternate" type="${type.replace('+', '\\+')}"`;
      const link = new RegExp(`<link ${name}[^>]* href="([^"]+)"`).exec(text);
      assert.equal(link?.[1], `${page}/feed.${kind}`);
    }
    const atom = (await anyone.get(`${page}/feed.atom`)).text;
    assert.match(atom, new RegExp(`rel="alternate" type="text/html" href="${server.web}${page}"`));
  });

  test(`all of ${page} is reached by next, once each`, async () => {
    const ids = [];
    for (let next = `${page}/feed.json`; next;) {
      const feed = JSON.parse((await anyone.get(next)).text);
      checkJson(feed);
      ids.push(...feed.items.map(({ id }) => id));
      next = feed.next_url && new URL(feed.next_url).pathname + new URL(feed.next_url).search;
    }
    assert.equal(ids.length, 35);
    assert.equal(new Set(ids).size, 35);
    const second = /rel="next"[^>]* href="([^"]+)"/.exec((await anyone.get(`${page}/feed.atom`)).text)[1];
    const older = await anyone.get(new URL(second).pathname + new URL(second).search);
    checkAtom(older.text);
    assert.equal(entries(older.text).length, 5);
    assert.doesNotMatch(older.text, /rel="next"/);
  });
}

test('who has the newest gets 304, and the new one after a post', async () => {
  for (const kind of ['atom', 'json']) {
    const first = await anyone.get(`/public/feed.${kind}`);
    const same = await anyone.get(`/public/feed.${kind}`, { headers: { 'If-None-Match': first.headers.etag } });
    assert.equal(same.status, 304);
    assert.equal(same.text, '');
    assert.equal(same.headers.etag, first.headers.etag);
    await author.post('/add_message', { text: `another for ${kind}` });
    const next = await anyone.get(`/public/feed.${kind}`, { headers: { 'If-None-Match': first.headers.etag } });
    assert.equal(next.status, 200);
    assert.match(next.text, new RegExp(`another for ${kind}`));
  }
});

test('what no XML may hold is replaced, and the rest of the text stays', async () => {
  await author.post('/add_message', { text: 'before\uFFFEafter\ttab\nline' });
  const { text } = await anyone.get(`${HOME}/feed.atom`);
  checkAtom(text);
  assert.match(part(entries(text)[0], 'content'), /^before\uFFFDafter/);
  assert.equal(JSON.parse((await anyone.get(`${HOME}/feed.json`)).text).items[0].content_text, 'before\uFFFEafter\ttab\nline');
});

test('a flagged post is in no feed, a person without posts has a valid one, one who is not there none', async () => {
  await author.post('/add_message', { text: 'to be flagged' });
  const { items } = JSON.parse((await anyone.get(`${HOME}/feed.json`)).text);
  assert.equal(items[0].content_text, 'to be flagged');
  await runKinglet(['flag', /\d+$/.exec(items[0].id)[0], '--db', server.db]);
  for (const page of ['/public', HOME])
    assert.doesNotMatch((await anyone.get(`${page}/feed.atom`)).text, /to be flagged/);
  await signedIn(server.web, 'silent');
  const empty = await anyone.get('/silent/feed.atom');
  checkAtom(empty.text);
  assert.equal(entries(empty.text).length, 0);
  assert.deepEqual(JSON.parse((await anyone.get('/silent/feed.json')).text).items, []);
  assert.equal((await anyone.get('/nobody/feed.atom')).status, 404);
  assert.equal((await anyone.get('/public/feed.atom?before=x')).status, 400);
});

test('a feed that a browser opens can run nothing, and any site may read it', async () => {
  const { headers } = await anyone.get('/public/feed.json');
  assert.match(headers['content-security-policy'], /default-src 'none'; sandbox/);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['access-control-allow-origin'], '*');
  assert.equal(headers['cache-control'], 'public, no-cache');
});

test('no Host that can not stand in an address gets into a feed', async () => {
  const answer = await anyone.get('/public/feed.atom', { headers: { Host: 'a"onload="x' } });
  assert.equal(answer.status, 400);
});

/* Answers, threads, likes, warnings, and attempts that are made twice. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { serverFor, startServer } from '../lib/server.mjs';

const idsOf = (text) => [...text.matchAll(/<li id="p(\d+)">/g)].map(([, id]) => id);
const newest = async (client) => idsOf((await client.get('/public')).text)[0];
const keyOf = (text) => /name="key" value="([\w-]+)"/.exec(text)[1];

async function say(client, text, more = {}) {
  const answer = await client.post('/add_message', { text, ...more });
  assert.equal(answer.status, 302, answer.text);
  return newest(client);
}

async function two(t) {
  const server = await serverFor(t, { args: ['--post-burst', '0'] });
  return { server, ada: await signedIn(server.web, 'Ada'), bo: await signedIn(server.web, 'Bo') };
}

test('an answer stands under what it answers, with what comes before above it', async (t) => {
  const { server, ada, bo } = await two(t);
  const root = await say(ada, 'the root');
  const middle = await say(bo, 'the middle', { reply_to: root });
  const leaf = await say(ada, 'the leaf', { reply_to: middle });
  const answer = await bo.post('/add_message', { text: 'another', reply_to: root });
  assert.equal(answer.location, `/post/${root}`);

  const page = (await new Client(server.web).get(`/post/${middle}`)).text;
  assert.deepEqual(idsOf(page), [root, leaf], 'the root above, the leaf below');
  assert.ok(page.indexOf('the root') < page.indexOf('class="single"'), 'above');
  assert.ok(page.indexOf('the leaf') > page.indexOf('</article>'), 'below');
  assert.deepEqual(idsOf((await ada.get(`/post/${root}`)).text).length, 2);
  const list = (await new Client(server.web).get('/public')).text;
  assert.match(list, new RegExp(`href="/post/${root}">Answers Ada</a>`));
  assert.match(list, /2 answers/);

  await ada.post(`/post/${root}/delete`);
  const orphan = (await ada.get(`/post/${middle}`)).text;
  assert.match(orphan, /What comes before is gone\./);
  assert.match((await ada.get('/public')).text, /Answers a message that is gone/);
});

test('what is gone, flagged or no number at all cannot be answered', async (t) => {
  const { ada } = await two(t);
  const post = await say(ada, 'here');
  for (const [reply_to, status] of [['12345', 404], ['x', 400], ['0', 400], ['-1', 400], [`${post}9999999999`, 400]]) {
    assert.equal((await ada.post('/add_message', { text: 'answer', reply_to })).status, status, reply_to);
  }
  assert.equal(await newest(ada), post, 'nothing was stored');
  const refused = await ada.post('/add_message', { text: 'x'.repeat(501), reply_to: post });
  assert.equal(refused.status, 200);
  assert.match(refused.text, /class="error" id="text-error"/);
  assert.match(refused.text, /x{501}/, 'what was typed is kept');
  assert.match(refused.text, new RegExp(`name="reply_to" value="${post}"`));
});

test('answers come in pages', async (t) => {
  const { ada } = await two(t);
  const root = await say(ada, 'root');
  const answers = [];
  for (let i = 0; i < 33; i++) answers.push(await say(ada, `answer ${i}`, { reply_to: root }));
  const first = (await ada.get(`/post/${root}`)).text;
  assert.deepEqual(idsOf(first), answers.slice(0, 30));
  const next = new RegExp(`href="(/post/${root}\\?after=\\d+)"`).exec(first)[1];
  assert.deepEqual(idsOf((await ada.get(next)).text), answers.slice(30));
});

test('a like is counted once, shown to everybody, and taken back', async (t) => {
  const { server, ada, bo } = await two(t);
  const post = await say(ada, 'likeable');
  const stranger = new Client(server.web);
  assert.doesNotMatch((await stranger.get('/public')).text, /class="marks"/);
  const headers = { referer: `${server.web}/public?before=9` };
  const answer = await bo.request('POST', `/post/${post}/like`, { headers });
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.location, `/public?before=9#p${post}`, 'back to the page with the button');
  await bo.post(`/post/${post}/like`);
  assert.match((await stranger.get('/public')).text, /1 like</, 'the kept page is a new one');
  assert.match((await bo.get('/public')).text, /class="on" aria-pressed="true"/);
  assert.doesNotMatch((await ada.get('/public')).text, /class="on" aria-pressed="true"/);
  await ada.post(`/post/${post}/like`);
  assert.match((await stranger.get(`/post/${post}`)).text, /2 likes/);
  await bo.post(`/post/${post}/unlike`);
  assert.match((await stranger.get('/Ada')).text, /1 like</);

  assert.equal((await stranger.post(`/post/${post}/like`)).status, 401);
  assert.equal((await bo.post('/post/77/like')).status, 404);
  assert.equal((await bo.post('/post/x/like')).status, 404);
  const elsewhere = await bo.request('POST', `/post/${post}/like`, { headers: { 'sec-fetch-site': 'cross-site' } });
  assert.equal(elsewhere.status, 403);
});

test('the way back from a like never leaves the site', async (t) => {
  const { server, ada } = await two(t);
  const post = await say(ada, 'x');
  const host = new URL(server.web).host;
  for (const referer of ['https://example.org/a', `http://${host}.example.org/`, `http://${host}//example.org`,
    `http://${host}@example.org/`, `http://${host}/\\example.org`, 'nonsense', `http://${host}`]) {
    const headers = { referer, 'sec-fetch-site': 'same-origin' };
    const { headers: { location } } = await ada.request('POST', `/post/${post}/like`, { headers });
    assert.equal(location, `/post/${post}`, referer);
  }
});

test('a warning stands before the text, in lists, titles and feeds', async (t) => {
  const { server, ada } = await two(t);
  const post = await say(ada, 'the murderer is the gardener', { warning: 'The end of <the book>' });
  const page = await ada.get(`/post/${post}`);
  assert.match(page.text, /<details class="behind"><summary dir="auto">The end of &lt;the book&gt;<\/summary>/);
  assert.match(page.text, /<title>Ada: The end of &lt;the book&gt; · /);
  assert.doesNotMatch(/<head>.*<\/head>/s.exec(page.text)[0], /murderer/);
  assert.match((await ada.get('/public')).text, /<details class="behind">/);
  for (const feed of ['/public/feed.atom', '/public/feed.json']) {
    const { text } = await new Client(server.web).get(feed);
    assert.match(text, /The end of/, feed);
    assert.doesNotMatch(text, /murderer/, feed);
  }
  for (const warning of ['x'.repeat(101), 'two\nlines']) {
    const refused = await ada.post('/add_message', { text: 'kept text', warning });
    assert.equal(refused.status, 200);
    assert.match(refused.text, /A warning is one line of at most 100 characters/);
    assert.match(refused.text, /kept text/);
  }
  assert.equal(await newest(ada), post);
});

test('an attempt that is made twice posts once, also after a restart', async (t) => {
  const server = await startServer();
  t.after(() => server.kill());
  const ada = await signedIn(server.web, 'Ada');
  const key = keyOf((await ada.get('/')).text);
  assert.notEqual(key, keyOf((await ada.get('/')).text), 'each form is an attempt of its own');
  const answers = await Promise.all([1, 2, 3].map(() => ada.post('/add_message', { text: 'once', key })));
  for (const answer of answers) {
    assert.equal(answer.status, 302);
    assert.equal(answer.location, '/');
  }
  const count = async () => (await ada.get('/Ada')).text.match(/>once</g).length;
  assert.equal(await count(), 1);
  assert.equal((await ada.post('/add_message', { text: 'x', key: 'k'.repeat(65) })).status, 400);
  await server.kill();
  const again = await serverFor(t, { db: server.db });
  ada.base = new URL(again.web);
  await ada.post('/add_message', { text: 'once', key });
  assert.equal(await count(), 1);
});

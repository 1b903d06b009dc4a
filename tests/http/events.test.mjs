/* GET /events: who is told of which posts, and that nobody misses one or hears of it twice. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Api } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { countPosts, openEvents } from '../lib/events.mjs';
import { runKinglet, serverFor, startServer, stopCleanly, waitFor } from '../lib/server.mjs';

const PUBLIC = '/events?timeline=public';

async function community(server, names = ['Ada', 'Bob', 'Cleo']) {
  const api = new Api(server.api);
  for (const name of names) await api.register(name, { pwd: 'default' });
  return api;
}

const cookieOf = (client) => ({ Cookie: [...client.cookies].map((pair) => pair.join('=')).join('; ') });

const newest = async (server, name) => {
  const { text } = await new Client(server.web).get(`/${name}`);
  return /href="\/post\/(\d+)"/.exec(text)[1];
};

async function metric(server, name) {
  const { text } = await new Client(server.admin).get('/metrics');
  return Number(new RegExp(`^kinglet_${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1]);
}

test('a post is told on everybody\'s and on its author\'s stream, and on no other person\'s', async (t) => {
  const server = await serverFor(t);
  const api = await community(server);
  const streams = {
    all: await openEvents(server.web, `${PUBLIC}&after=0`),
    ada: await openEvents(server.web, '/events?timeline=user:Ada&after=0'),
    bob: await openEvents(server.web, '/events?timeline=user:bob&after=0'),
  };
  t.after(() => Object.values(streams).forEach((stream) => stream.close()));
  assert.equal(streams.all.headers['content-type'], 'text/event-stream; charset=utf-8');
  assert.equal(streams.all.headers['cache-control'], 'no-store');
  await api.write('Ada', 'one');
  const id = await newest(server, 'Ada');
  const wanted = { comment: false, id, event: 'posts', data: { count: 1, more: false, newest: id } };
  assert.deepEqual(await streams.all.next(), wanted);
  assert.deepEqual(await streams.ada.next(), wanted);
  await api.write('Bob', 'two');
  assert.equal((await streams.bob.next()).id, await newest(server, 'Bob')); // and not Ada's
});

test('my stream has my posts and those of whom I follow', async (t) => {
  const server = await serverFor(t);
  const api = await community(server, ['Bob', 'Cleo']);
  const ada = await signedIn(server.web, 'Ada');
  await api.follow('Ada', 'Bob');
  const stream = await openEvents(server.web, '/events?timeline=home', cookieOf(ada));
  t.after(() => stream.close());
  assert.equal(stream.status, 200);
  assert.equal((await stream.next()).id, '0');
  await api.write('Cleo', 'not followed');
  await api.write('Bob', 'followed');
  const event = await stream.posts();
  assert.deepEqual([event.data.count, event.id], [1, await newest(server, 'Bob')]);
});

test('who comes back is told what came meanwhile, once, across kill -9', async (t) => {
  let server = await startServer();
  const api = await community(server);
  let stream = await openEvents(server.web, `${PUBLIC}&after=0`);
  await api.write('Ada', 'one');
  let told = await countPosts(stream, 1);
  stream.close();
  await api.write('Ada', 'two');
  await api.write('Bob', 'three');
  await server.kill();
  server = await startServer({ db: server.db });
  t.after(() => stopCleanly(server));
  // The address is that of the first time; Last-Event-ID counts.
  stream = await openEvents(server.web, `${PUBLIC}&after=0`, { 'Last-Event-ID': told.id });
  t.after(() => stream.close());
  told = await countPosts(stream, 2);
  assert.deepEqual(told, { count: 2, id: await newest(server, 'Bob') });
  await new Api(server.api).write('Ada', 'four');
  told = await countPosts(stream, 1);
  assert.deepEqual(told, { count: 1, id: await newest(server, 'Ada') });
});

test('flagged posts are not told, and more than 99 are said to be more', async (t) => {
  const server = await serverFor(t);
  const api = await community(server);
  await api.write('Ada', 'first');
  const first = await newest(server, 'Ada');
  for (let i = 0; i < 101; i++) await api.write('Ada', `post ${i}`);
  await api.write('Bob', 'bad');
  const bad = await newest(server, 'Bob');
  await runKinglet(['flag', '--db', server.db, bad]);
  const stream = await openEvents(server.web, `${PUBLIC}&after=${first}`);
  t.after(() => stream.close());
  const id = await newest(server, 'Ada');
  assert.deepEqual((await stream.posts()).data, { count: 99, more: true, newest: id });
});

test('a quiet stream gives signs of life', async (t) => {
  const server = await serverFor(t, { args: ['--beat-ms', '50'] });
  const stream = await openEvents(server.web, PUBLIC);
  t.after(() => stream.close());
  assert.equal((await stream.next()).id, '0');
  for (let i = 0; i < 3; i++) assert.equal((await stream.next()).comment, true);
});

test('there are limits, in all and by client, and places become free again', async (t) => {
  const server = await serverFor(t, { args: ['--streams', '3', '--streams-per-client', '2'] });
  const cookie = cookieOf(await signedIn(server.web, 'Ada'));
  const one = await openEvents(server.web, PUBLIC);
  const two = await openEvents(server.web, PUBLIC);
  const many = await openEvents(server.web, PUBLIC);
  assert.equal(many.status, 429);
  assert.ok(Number(many.headers['retry-after']) > 0);
  const ada = await openEvents(server.web, PUBLIC, cookie);
  assert.equal(ada.status, 200);
  assert.equal((await openEvents(server.web, PUBLIC, cookie)).status, 503);
  await waitFor('three streams', async () => (await metric(server, 'live_streams')) === 3);
  assert.equal(await metric(server, 'live_streams_refused_total{reason="streams"}'), 1);
  assert.equal(await metric(server, 'live_streams_refused_total{reason="streams_per_client"}'), 1);
  one.close();
  await waitFor('a free place', async () => (await metric(server, 'live_streams')) === 2);
  const again = await openEvents(server.web, PUBLIC);
  assert.equal(again.status, 200);
  for (const stream of [two, ada, again]) stream.close();
});

test('a server that stops ends its streams with a word', async () => {
  const server = await startServer();
  const stream = await openEvents(server.web, PUBLIC);
  assert.equal((await stream.next()).id, '0');
  const stopped = stopCleanly(server);
  const retry = Number((await stream.next()).retry);
  assert.ok(retry >= 1000 && retry <= 3000, `retry: ${retry}`);
  assert.equal(await stream.ended, 'end');
  await stopped;
});

test('what is no request for a stream is refused', async (t) => {
  const server = await serverFor(t);
  const head = await openEvents(server.web, PUBLIC, {}, 'HEAD');
  assert.deepEqual([head.status, head.headers['content-type']], [200, 'text/event-stream; charset=utf-8']);
  for (const [status, target, headers, method] of [
    [405, PUBLIC, {}, 'POST'],
    [406, PUBLIC, { Accept: 'text/html' }],
    [401, '/events?timeline=home'],
    [404, '/events?timeline=user:Nobody'],
    [400, '/events'],
    [400, '/events?timeline=mine'],
    [400, `${PUBLIC}&after=-1`],
    [400, PUBLIC, { 'Last-Event-ID': 'x' }],
  ]) {
    const { status: got } = await openEvents(server.web, target, headers, method);
    assert.equal(got, status, `${method ?? 'GET'} ${target} ${JSON.stringify(headers ?? {})}`);
  }
  assert.equal(await metric(server, 'live_streams'), 0);
});

test('a like and a follow are counted at once, without any post', async (t) => {
  const server = await serverFor(t);
  const ada = await signedIn(server.web, 'Ada');
  const bob = await signedIn(server.web, 'Bob');
  await ada.post('/add_message', { text: 'to be liked' });
  const stream = await openEvents(server.web, '/events?timeline=user:Ada', cookieOf(ada));
  t.after(() => stream.close());
  assert.equal(await stream.unread(), 0);
  await bob.post(`/post/${await newest(server, 'Ada')}/like`);
  assert.equal(await stream.unread(), 1);
  await bob.post('/Ada/follow');
  assert.equal(await stream.unread(), 2);
});

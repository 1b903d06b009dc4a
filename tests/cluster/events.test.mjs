/* Streams of news across nodes on one PostgreSQL: a post is told of by each, and a stream goes on at another. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from '../lib/api.mjs';
import { signedIn } from '../lib/client.mjs';
import { countPosts, openEvents } from '../lib/events.mjs';
import { FAST, startPostgres } from '../lib/postgres.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let pg;
let one;
let two;

before(async () => {
  pg = await startPostgres({ settings: FAST });
  one = await startServer({ db: pg.url, args: ['--log-level', 'error'] });
  two = await startServer({ db: pg.url, args: ['--log-level', 'error'] });
});

after(async () => {
  await Promise.all([one, two].map(stopCleanly));
  await pg.stop();
});

test('what is written on one node is told on the other, and a broken stream goes on there', async (t) => {
  const api = new Api(one.api);
  await api.register('Ada');
  const stream = await openEvents(two.web, '/events?timeline=public&after=0');
  await api.write('Ada', 'one');
  const first = await countPosts(stream, 1);
  stream.close();
  await api.write('Ada', 'two');
  await new Api(two.api).write('Ada', 'three');
  const again = await openEvents(one.web, '/events?timeline=user:Ada&after=0', { 'Last-Event-ID': first.id });
  t.after(() => again.close());
  assert.equal((await countPosts(again, 2)).count, 2);
  await new Api(two.api).write('Ada', 'four');
  assert.equal((await countPosts(again, 1)).count, 1);
});

test('a like and a follow are counted at once on the other node, without any post', async (t) => {
  const ada = await signedIn(one.web, 'Ada Unread');
  const bob = await signedIn(one.web, 'Bob Unread');
  await ada.post('/add_message', { text: 'to be liked' });
  const post = /href="(\/post\/\d+)"/.exec((await ada.get('/Ada%20Unread')).text)[1];
  const cookie = [...ada.cookies].map((pair) => pair.join('=')).join('; ');
  const stream = await openEvents(two.web, '/events?timeline=user:Ada%20Unread', { Cookie: cookie });
  t.after(() => stream.close());
  assert.equal(await stream.unread(), 0);
  await bob.post(`${post}/like`);
  assert.equal(await stream.unread(), 1);
  await bob.post('/Ada%20Unread/follow');
  assert.equal(await stream.unread(), 2);
});

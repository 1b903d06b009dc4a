/* Many nodes on one PostgreSQL: what one has acknowledged, the next read on every other shows. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { FAST, startPgBouncer, startPostgres } from '../lib/postgres.mjs';
import { runKinglet, startServer, stopCleanly, waitFor } from '../lib/server.mjs';

const LOOKS = 10000;
const WRITERS = 10;

let pg;
let nodes; // both, both, pages only, API only
let web;
let api;

const startNode = (args = [], db = pg.url) => startServer({ db, args: ['--log-level', 'error', ...args] });

before(async () => {
  pg = await startPostgres({ settings: FAST });
  // The first makes the schema; the others may come at any time.
  nodes = [await startNode()];
  nodes.push(...(await Promise.all([startNode(), startNode(['--api', 'off']), startNode(['--web', 'off'])])));
  web = [nodes[0], nodes[1], nodes[2]];
  api = [nodes[0], nodes[1], nodes[3]];
});

after(async () => {
  await Promise.all(nodes.map(stopCleanly));
  await pg.stop();
});

const agent = () => new http.Agent({ keepAlive: true, maxSockets: 4 });

function apiOf(node) {
  const client = new Api(node.api, { agent: agent() });
  delete client.client.headers.Connection;
  return client;
}

/*
 * A database that takes longer than its time limit, on a machine that does other things, makes a 503, which promises
 * nothing. Some are fine.
 */
const REFUSED_MAX = 100;
let refused = 0;

async function unlessRefused(ask) {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    refused += 1;
    assert.ok(refused <= REFUSED_MAX, `${refused} requests were refused: ${answer.text}`);
  }
}

async function pageOf(client, path) {
  const answer = await unlessRefused(() => client.get(path));
  assert.equal(answer.status, 200, `GET ${path}: ${answer.status}`);
  return answer.text;
}

/* One that the steps below may take in turn. */
const turn = (list, i) => list[i % list.length];

async function metric(node, name) {
  const { text } = await new Client(node.admin).get('/metrics');
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

/* ---- posts ---------------------------------------------------------------------------------------- */

/* Texts are "number N of the run": the numbers that a page or a list shows. */
const numbersIn = (text) => [...text.matchAll(/number (\d+) of the run/g)].map((match) => Number(match[1]));

/*
 * It is there, or so many newer ones came meanwhile that it was pushed out: such as were begun after it, or were
 * under way when it was begun.
 */
function mustShow(text, { number, beside }, limit, what) {
  const numbers = numbersIn(text);
  if (numbers.includes(number)) return;
  const newer = numbers.filter((other) => other > number || beside.has(other));
  assert.ok(newer.length >= limit, `${what}: post ${number} (beside ${[...beside]}) isn't among ${numbers}`);
}

test(`a post that one node acknowledged is in the next read of every other, ${LOOKS} times`, async () => {
  const readers = web.map((node) => new Client(node.web, { agent: agent() }));
  const apis = api.map(apiOf);
  const homes = [];
  for (let i = 0; i < WRITERS; i++) expectStatus(await apis[0].register(`writer${i}`), 204);
  for (const node of web) {
    const name = `follower ${homes.length}`;
    const follower = await signedIn(node.web, name, 'default', { agent: agent() });
    for (let i = 0; i < WRITERS; i++) expectStatus(await turn(apis, i).follow(name, `writer${i}`), 204);
    homes.push(follower);
  }
  const underWay = new Set();
  let number = 0;
  let looks = 0;
  let going = true;

  // Others read the same pages all the while, so that they lie ready when a post comes.
  async function crowd(client, path) {
    while (going) await pageOf(client, path);
  }
  async function writer(index) {
    const name = `writer${index}`;
    for (let round = index; looks < LOOKS; round++) {
      const mine = { number: (number += 1), beside: new Set(underWay) };
      underWay.add(mine.number);
      const at = turn(apis, round);
      // One that was refused may come to be all the same, so its number stays under way.
      const written = await at.write(name, `number ${mine.number} of the run`);
      if (written.status === 503) {
        refused += 1;
        continue;
      }
      expectStatus(written, 204);
      underWay.delete(mine.number);
      const other = turn(readers, round + 1);
      const shown = await Promise.all([
        pageOf(other, '/public'),
        pageOf(turn(readers, round + 2), '/public'),
        pageOf(other, `/${name}`),
        pageOf(turn(homes, round + 1), '/'),
        pageOf(turn(apis, round + 1), '/msgs'),
        pageOf(turn(apis, round + 2), `/msgs/${name}?no=5`),
      ]);
      mustShow(shown[0], mine, 30, 'public');
      mustShow(shown[1], mine, 30, 'public, another node');
      mustShow(shown[2], mine, 30, 'their page');
      mustShow(shown[3], mine, 30, 'home');
      mustShow(shown[4], mine, 100, '/msgs');
      mustShow(shown[5], mine, 5, '/msgs/NAME');
      looks += shown.length;
    }
  }
  const readers2 = readers.map((client, i) => crowd(client, i % 2 ? '/writer0' : '/public'));
  try {
    await Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i)));
  } finally {
    going = false;
    await Promise.all(readers2);
  }
  assert.ok(refused <= REFUSED_MAX, `${refused} requests were refused`);
});

/* ---- everything else ------------------------------------------------------------------------------ */

test('a post that is flagged is gone from every node at once', async () => {
  const apis = api.map(apiOf);
  const readers = web.map((node) => new Client(node.web, { agent: agent() }));
  for (let i = 0; i < 3; i++) {
    const name = `short lived ${i}`;
    expectStatus(await turn(apis, i).register(name), 204);
    expectStatus(await turn(apis, i).write(name, `gone soon ${i}`), 204);
    const page = await pageOf(readers[0], '/public');
    assert.match(page, new RegExp(`gone soon ${i}`));
    const id = await pg.psql(`SELECT id FROM post WHERE text = 'gone soon ${i}'`);
    const flagged = await runKinglet(['flag', id, '--db', pg.url]);
    assert.equal(flagged.code, 0, flagged.stderr);
    for (const reader of readers) assert.doesNotMatch(await pageOf(reader, '/public'), new RegExp(`gone soon ${i}`));
    for (const one of apis) assert.doesNotMatch((await one.get('/msgs')).text, new RegExp(`gone soon ${i}`));
  }
});

test('a follow is seen, and ended, by the next read of another node', async () => {
  const apis = api.map(apiOf);
  expectStatus(await apis[0].register('hub'), 204);
  expectStatus(await apis[1].register('rim'), 204);
  for (let i = 0; i < 200; i++) {
    expectStatus(await turn(apis, i).follow('rim', 'hub'), 204);
    assert.deepEqual(await turn(apis, i + 1).followsOf('rim'), ['hub']);
    expectStatus(await turn(apis, i + 1).unfollow('rim', 'hub'), 204);
    assert.deepEqual(await turn(apis, i + 2).followsOf('rim'), []);
  }
});

test('latest is one value: what one node was told the next question to any node answers', async () => {
  const apis = api.map(apiOf);
  for (let i = 0; i < 500; i++) {
    await turn(apis, i).get(`/msgs?no=1&latest=${1000 + i}`);
    assert.equal(await turn(apis, i + 1).latest(), 1000 + i);
  }
});

test('of many values of latest that one node is told at once one is kept, and all are acknowledged', async () => {
  const [one, other] = api.map(apiOf);
  const values = Array.from({ length: 100 }, (_, i) => 5000 + i);
  await Promise.all(values.map((value) => one.get(`/msgs?no=1&latest=${value}`)));
  assert.ok(values.includes(await other.latest()));
  await one.get('/msgs?no=1&latest=7');
  assert.equal(await other.latest(), 7);
});

test('who registers on one node signs in on another, and signing out on one ends the session on all', async () => {
  for (let i = 0; i < 3; i++) {
    const name = `traveller${i}`;
    expectStatus(await apiOf(turn(api, i)).register(name, { pwd: 'default' }), 204);
    const clients = web.map((node) => new Client(node.web));
    const first = turn(clients, i);
    assert.match((await first.login(name)).text, /You were logged in/);
    for (const client of clients) {
      client.cookies = new Map(first.cookies);
      assert.equal((await client.get('/settings')).status, 200);
    }
    await turn(clients, i + 1).logout();
    for (const client of clients) {
      client.cookies = new Map(first.cookies);
      assert.equal((await client.get('/settings')).status, 401);
    }
  }
});

test('what an administrator sets on one node holds on every other within two seconds', async () => {
  const chief = await signedIn(web[0].web, 'Settings Chief');
  const promoted = await runKinglet(['user', 'promote', 'Settings Chief', '--db', pg.url]);
  assert.equal(promoted.code, 0, promoted.stderr);
  const writers = await Promise.all(web.map((node, i) => signedIn(node.web, `Settings ${i}`)));
  const set = async (fields) => assert.equal((await chief.post('/admin/instance', fields)).status, 302);
  await set({ 'instance-name': 'Every node', 'post-max-chars': '7' });
  for (const [i, writer] of writers.entries()) {
    await waitFor(`node ${i}`, async () => /· Every node</.test((await writer.get('/public')).text), 2500);
    const { status, text } = await writer.post('/add_message', { text: 'eight ch' });
    assert.deepEqual([status, /7 characters/.test(text)], [200, true], text);
  }
  await set({ 'unset-instance-name': '1', 'unset-post-max-chars': '1' });
  for (const [i, writer] of writers.entries()) {
    await waitFor(`node ${i}`, async () => !/· Every node</.test((await writer.get('/public')).text), 2500);
  }
});

/* ---- news ----------------------------------------------------------------------------------------- */

/* A post as a node leaves it that is killed between its commit and its telling. */
const UNTOLD = `INSERT INTO post (id, author_id, text, created_ms)
  SELECT next_id(0), min(id), 'untold', 0 FROM "user"`;

test('nodes hear of each other\'s posts, and find those that nobody told of', async () => {
  const [writer, listener] = [nodes[0], nodes[2]];
  await waitFor('the node to hear', async () => (await metric(listener, 'kinglet_store_news_listening')) === 2);
  const received = await metric(listener, 'kinglet_store_news_received_total');
  const found = await metric(listener, 'kinglet_store_news_found_total');
  await apiOf(writer).register('teller');
  // A look that comes between a post's commit and the word of it is first, so one post may be found only.
  await waitFor('a post to be heard of', async () => {
    expectStatus(await apiOf(writer).write('teller', 'told'), 204);
    return (await metric(listener, 'kinglet_store_news_received_total')) > received;
  });
  await pg.psql(UNTOLD);
  await waitFor('the untold post to be found', async () =>
    (await metric(listener, 'kinglet_store_news_found_total')) > found);
  assert.ok((await metric(writer, 'kinglet_store_news_sent_total')) > 0);
});

test('behind a pooler that changes connections a node looks for posts, and leaves no LISTEN behind', async (t) => {
  const bouncer = await startPgBouncer(pg, { ignore_startup_parameters: 'extra_float_digits,options' });
  t.after(() => bouncer.stop());
  const node = await startNode(['--web', 'off', '--api', 'off'], bouncer.url);
  t.after(() => stopCleanly(node));
  await waitFor('the node to look', async () => (await metric(node, 'kinglet_store_news_listening')) === 1);
  const found = await metric(node, 'kinglet_store_news_found_total');
  await pg.psql(UNTOLD);
  await waitFor('the post to be found', async () => (await metric(node, 'kinglet_store_news_found_total')) > found);
  const listens = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`;
  assert.ok(Number(await pg.psql(listens)) <= nodes.length);
});

/* ---- a follow that meets a block --------------------------------------------------------------------- */

/* As store_block_set() on another node, held open until somebody waits for its rows. */
const SLOW_BLOCK = `BEGIN;
SELECT id FROM "user" WHERE name IN ('barring', 'barred') ORDER BY id FOR UPDATE;
INSERT INTO block (user_id, other_id) SELECT a.id, b.id FROM "user" a, "user" b
  WHERE a.name = 'barring' AND b.name = 'barred';
SELECT pg_advisory_xact_lock(4711);
DO $$ BEGIN
  FOR i IN 1..2000 LOOP
    EXIT WHEN EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted);
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
COMMIT;`;

test('a follow that waits for a block on another node is refused by it', async () => {
  const barred = await signedIn(web[0].web, 'barred');
  await signedIn(web[0].web, 'barring');
  const block = pg.psql(SLOW_BLOCK);
  await waitFor('the block to hold both', async () =>
    (await pg.psql(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711`)) === '1');
  const answer = await barred.post('/barring/follow');
  await block;
  const follows = `SELECT count(*) FROM follow WHERE followee_id = (SELECT id FROM "user" WHERE name = 'barring')`;
  assert.equal(await pg.psql(follows), '0');
  assert.equal(answer.status, 403);
});

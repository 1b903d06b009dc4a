/*
 * `kinglet freeze` and `thaw` beside servers in use, on both engines: from the moment freeze has returned
 * nothing more is written, whoever asks; what was acknowledged is there; reading goes on.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { FAST, startPgBouncer, startPostgres } from '../lib/postgres.mjs';
import { removeTempDir, runKinglet, serverFor, tempDir } from '../lib/server.mjs';

const WRITERS = 8;
const MOVING = /being moved: reading goes on/;

let pg;
let pooler;
before(async () => {
  pg = await startPostgres({ settings: FAST });
  pooler = await startPgBouncer(pg, { default_pool_size: 4 });
});
after(async () => {
  await pooler.stop();
  await pg.stop();
});

let databases = 0;

/* Each engine's way to a new database. */
const engines = {
  sqlite(t) {
    const dir = tempDir();
    t.after(() => removeTempDir(dir));
    return `sqlite:${path.join(dir, 'kinglet.db')}`;
  },
  postgres: () => pg.createDatabase(`freeze_${databases++}`),
  async 'postgres behind PgBouncer'() {
    const name = `freeze_${databases++}`;
    await pg.createDatabase(name);
    return pooler.urlOf(name);
  },
};

async function command(name, db) {
  const { code, stderr } = await runKinglet([name, '--db', db]);
  assert.equal(code, 0, stderr);
}

/* The texts of all posts in the database. */
async function textsIn(db) {
  const { code, stdout, stderr } = await runKinglet(['posts', '--db', db]);
  assert.equal(code, 0, stderr);
  return new Set(stdout.split('\r\n').slice(1, -1).map((line) => line.split(',')[2]));
}

/* Writes posts one after another until told to end; notes what was acknowledged, and when it was sent. */
function startWriters(urls) {
  const state = { stopped: false, acknowledged: [], refused: 0, late: 0, other: [] };
  const write = async (writer) => {
    const api = new Api(urls[writer % urls.length]);
    for (let i = 0; !state.stopped; i++) {
      const text = `writer ${writer} post ${i}`;
      const sentAt = performance.now();
      const answer = await api.write('ann', text);
      if (answer.status === 204) state.acknowledged.push({ text, sentAt });
      else if (answer.status === 503 && MOVING.test(answer.text)) state.refused += 1;
      else if (answer.status === 503) state.late += 1; // it waited for the freeze, longer than a write may
      else state.other.push(`${answer.status} ${answer.text}`);
    }
  };
  const done = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(i)));
  return Object.assign(state, {
    async stop() {
      state.stopped = true;
      await done;
    },
  });
}

async function until(what, isTrue, timeoutMs = 20000) {
  const end = performance.now() + timeoutMs;
  while (!isTrue()) {
    assert.ok(performance.now() < end, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function freezeUnderWriters(db, urls) {
  const writers = startWriters(urls);
  try {
    await until('posts are written', () => writers.acknowledged.length > 100);
    await command('freeze', db);
    const frozenAt = performance.now();
    const texts = await textsIn(db); // while they go on trying
    const refusedBefore = writers.refused;
    await until('writers are refused', () => writers.refused > refusedBefore + 3 * WRITERS);
    const acknowledged = [...writers.acknowledged];
    const late = acknowledged.filter(({ sentAt }) => sentAt > frozenAt);
    assert.deepEqual(late, [], 'acknowledged though sent after freeze returned');
    const lost = acknowledged.filter(({ text }) => !texts.has(text));
    assert.deepEqual(lost, [], 'acknowledged, and not in what was read after freeze returned');
    assert.equal((await textsIn(db)).size, texts.size);
    await command('thaw', db);
    await until('posts are written again', () => writers.acknowledged.length > acknowledged.length + WRITERS);
  } finally {
    await writers.stop();
  }
  assert.deepEqual(writers.other, []);
}

for (const [engine, newDatabase] of Object.entries(engines)) {
  test(`${engine}: nothing is acknowledged after freeze returned, under ${WRITERS} writers`, async (t) => {
    const db = await newDatabase(t);
    const nodes = [await serverFor(t, { db })];
    if (engine !== 'sqlite') nodes.push(await serverFor(t, { db }));
    expectStatus(await new Api(nodes[0].api).register('ann'), 204);
    for (let round = 0; round < 3; round++) await freezeUnderWriters(db, nodes.map((node) => node.api));
  });

  test(`${engine}: a frozen place is read, is ready, and refuses kindly`, async (t) => {
    const db = await newDatabase(t);
    let server = await serverFor(t, { db });
    const ann = await signedIn(server.web, 'ann');
    await ann.addMessage('before the move');
    await command('freeze', db);
    const look = async () => {
      const api = new Api(server.api);
      ann.base = new URL(server.web);
      assert.match((await ann.get('/')).text, /before the move/);
      assert.equal((await api.messages('?latest=7'))[0].content, 'before the move');
      const page = await ann.addMessage('too late');
      assert.equal(page.status, 503);
      assert.match(page.text, /This place is being moved/);
      assert.ok(Number(page.headers['retry-after']) > 0, page.headers['retry-after']);
      const signIn = await new Client(server.web).login('ann');
      assert.equal(signIn.status, 503);
      assert.match(signIn.text, /This place is being moved/);
      expectStatus(await api.register('bob'), 503, MOVING);
      expectStatus(await api.follow('ann', 'ann'), 503, MOVING);
      const ready = await new Client(server.admin).get('/readyz');
      assert.equal(ready.status, 200);
      const { checks } = JSON.parse(ready.text);
      assert.match(checks.find(({ name }) => name === 'store').reason, MOVING);
      assert.equal((await api.messages())[0].content, 'before the move');
      assert.equal(await api.latest(), -1);
    };
    await look();
    await server.stop();
    server = await serverFor(t, { db }); // one that starts on it is frozen, too
    await look();
    await command('thaw', db);
    await command('thaw', db); // once more changes nothing
    const last = await new Api(server.api).write('ann', 'after the move');
    expectStatus(last, 204);
  });
}

test('what is no database of Kinglet is not frozen, and not made', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  for (const db of [`sqlite:${path.join(dir, 'absent.db')}`, await pg.createDatabase('not_ours')]) {
    const { code, stderr } = await runKinglet(['freeze', '--db', db]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /there is no (database|Kinglet)/);
  }
  assert.equal(await pg.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", 'not_ours'), '0');
});

/*
 * Migrations of a community that is in use. Three programs: this one, the next (tests/migrations: it adds, and
 * has a long step to be run beside), and the one after that (it takes away).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Api } from '../lib/api.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { buildDir, cleanEnv, root, runKinglet, serverFor, tempDir, waitFor } from '../lib/server.mjs';

const NEXT = path.join(buildDir, 'tests/migrations/kinglet-next');
const AFTER = path.join(buildDir, 'tests/migrations/kinglet-after');
const TOOK_AWAY =
  /changed by a newer Kinglet: its schema \d+ \(no_remark\) took away what this one, which knows schema \d+/;
const LONG_MS = 60000;
/* How many this program has; the next has two more, the one after it three. */
const OWN = readdirSync(path.join(root, 'db/postgres')).length;

let pg;
before(async () => {
  pg = await startPostgres();
});
after(() => pg?.stop());

let count = 0;
const database = () => pg.createDatabase(`migrate_${++count}`);
const nameOf = () => `migrate_${count}`;

const migrate = (db, program, ...args) =>
  runKinglet(['migrate', '--db', db, ...args], { program, timeoutMs: LONG_MS });

/* Reads and writes on a node until stop(); {acknowledged: [text], failed: [what]}. */
function load(api, name) {
  const client = new Api(api);
  const done = { acknowledged: [], failed: [] };
  let wanted = true;
  async function work() {
    for (let n = 0; wanted; n++) {
      const text = `${name} says ${n}`;
      const wrote = await client.write('Ada', text).catch((error) => ({ status: 0, text: error.message }));
      if (wrote.status === 204) done.acknowledged.push(text);
      else done.failed.push(`write: ${wrote.status} ${wrote.text}`);
      for (const target of ['/msgs?no=20', '/msgs/Ada?no=20', '/fllws/Ada']) {
        const read = await client.get(target).catch((error) => ({ status: 0, text: error.message }));
        if (read.status !== 200) done.failed.push(`${target}: ${read.status} ${read.text}`);
      }
    }
  }
  const ended = work();
  return {
    done,
    async stop() {
      wanted = false;
      await ended;
      return done;
    },
  };
}

const texts = async (db) => new Set((await runKinglet(['posts', '--db', db])).stdout.split('\r\n')
  .map((line) => line.split(',')[2]));

async function refused(program, db, words) {
  const { code, stderr } = await runKinglet(['posts', '--db', db], { program });
  assert.equal(code, 1);
  assert.match(stderr, words);
}

for (const kind of ['postgres', 'sqlite']) {
  test(`eight programs that start at once on an empty database migrate it once: ${kind}`, async () => {
    const db = kind === 'postgres' ? await database() : `sqlite:${path.join(tempDir(), 'kinglet.db')}`;
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => runKinglet(['demo', '--db', db], { program: AFTER, timeoutMs: LONG_MS })),
    );
    // One fills it, and others find people already, or come between: nobody finds a broken schema.
    for (const { code, stderr } of runs) {
      assert.ok(code === 0 || !/schema|migration|relation|table/.test(stderr), stderr);
    }
    const { code, stdout } = await migrate(db, AFTER, '--status');
    assert.equal(code, 0);
    assert.equal(stdout.match(/done/g).length, OWN + 3, stdout);
    if (kind === 'sqlite') return;
    assert.equal(await pg.psql('SELECT count(*) FROM schema_migration', nameOf()), String(OWN + 3));
  });
}

test('eight servers that start at once on an empty PostgreSQL all serve', async (t) => {
  const db = await database();
  const servers = await Promise.all(
    Array.from({ length: 8 }, () => serverFor(t, { db, program: AFTER, args: ['--workers', '2', '--loops', '1'] })),
  );
  const { status } = await new Api(servers[0].api).register('Ada');
  assert.equal(status, 204);
  for (const { api } of servers) assert.equal((await new Api(api).write('Ada', 'hello')).status, 204);
  assert.equal(await pg.psql('SELECT count(*) FROM schema_migration', nameOf()), String(OWN + 3));
});

test('a rolling update: both programs serve while the schema grows, the old one not after it shrank', async (t) => {
  const db = await database();
  const old = await serverFor(t, { db });
  assert.equal((await new Api(old.api).register('Ada')).status, 204);
  const oldLoad = load(old.api, 'old');
  await waitFor('the old node writes', () => oldLoad.done.acknowledged.length > 20);

  const next = await serverFor(t, { db, program: NEXT });
  const nextLoad = load(next.api, 'next');
  const mark = oldLoad.done.acknowledged.length;
  await waitFor('both write', () =>
    nextLoad.done.acknowledged.length > 20 && oldLoad.done.acknowledged.length > mark + 20);

  // Each sees what the other has just been told to keep.
  for (let i = 0; i < 20; i++) {
    for (const [from, to] of [[old, next], [next, old]]) {
      const text = `seen ${i} from ${from.api}`;
      assert.equal((await new Api(from.api).write('Ada', text)).status, 204);
      const seen = await new Api(to.api).messages('?no=50');
      assert.ok(seen.some((m) => m.content === text), text);
    }
  }

  // The old program starts on the grown schema, before and after the long step, and its commands work.
  const again = await serverFor(t, { db });
  assert.equal((await new Api(again.api).write('Ada', 'from the old one, started anew')).status, 204);
  const long = await migrate(db, NEXT);
  assert.equal(long.code, 0, long.stderr);
  assert.match(long.stdout, /post_length: done/);
  assert.equal((await runKinglet(['user', 'list', '--db', db])).code, 0);
  assert.equal((await migrate(db)).code, 0);

  const all = [await oldLoad.stop(), await nextLoad.stop()];
  const kept = await texts(db);
  for (const { acknowledged, failed } of all) {
    assert.deepEqual(failed, []);
    for (const text of acknowledged) assert.ok(kept.has(text), `lost: ${text}`);
  }

  // The release after: the one before it goes on, the one before that is told to go.
  const last = await serverFor(t, { db, program: AFTER });
  assert.equal((await new Api(last.api).write('Ada', 'after')).status, 204);
  assert.equal((await new Api(next.api).write('Ada', 'beside')).status, 204);
  assert.equal((await runKinglet(['posts', '--db', db], { program: NEXT })).code, 0);
  await refused(undefined, db, TOOK_AWAY);
});

test('a file that a next program has opened is fine for the old one until something is taken away', async (t) => {
  const db = `sqlite:${path.join(tempDir(), 'kinglet.db')}`;
  const server = await serverFor(t, { db });
  const api = new Api(server.api);
  assert.equal((await api.register('Ada')).status, 204);
  const running = load(server.api, 'old');
  assert.equal((await runKinglet(['posts', '--db', db], { program: NEXT })).code, 0);
  const { code, stderr } = await migrate(db, NEXT);
  assert.equal(code, 0, stderr);
  const mark = running.done.acknowledged.length;
  await waitFor('the old server goes on', () => running.done.acknowledged.length > mark + 10);
  const { acknowledged, failed } = await running.stop();
  assert.deepEqual(failed, []);
  const kept = await texts(db);
  for (const text of acknowledged) assert.ok(kept.has(text), `lost: ${text}`);
  assert.equal((await runKinglet(['posts', '--db', db], { program: AFTER })).code, 0);
  await refused(undefined, db, TOOK_AWAY);
});

test('a program whose migrations wait behind a long one says which to run first', async () => {
  const db = await database();
  assert.equal((await runKinglet(['demo', '--db', db], { timeoutMs: LONG_MS })).code, 0);
  await refused(AFTER, db, /needs migration \d+ \(post_length\) first.*kinglet migrate/);
  const status = await migrate(db, AFTER, '--status');
  assert.match(status.stdout, /post_length \(online\): pending, \d{4,} rows in 2 steps, about \d+ s/);
  assert.match(status.stdout, /no_remark \(contract\): pending, in one transaction/);
  assert.equal((await migrate(db, AFTER)).code, 0);
  assert.equal((await runKinglet(['posts', '--db', db], { program: AFTER })).code, 0);
});

/* `kinglet migrate` as a process of its own; what it has said so far. */
function startMigrate(t, db, program) {
  const proc = spawn(program, ['migrate', '--db', db], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  const run = { said: '', ended: new Promise((resolve) => proc.on('close', resolve)), proc };
  t.after(() => proc.kill('SIGKILL'));
  for (const stream of [proc.stdout, proc.stderr]) stream.on('data', (text) => (run.said += text));
  return run;
}

test('a long migration that is killed goes on where it was, in its batches and in its index', async (t) => {
  const db = await database();
  assert.equal((await runKinglet(['demo', '--db', db], { timeoutMs: LONG_MS })).code, 0);
  const sql = (text) => pg.psql(text, nameOf());
  // Each batch takes a while, so that the kill comes between two.
  await sql(`
    INSERT INTO post (id, author_id, text, created_ms) SELECT g, (SELECT min(id) FROM "user"), 'filler', 0
      FROM generate_series(1, 20000) g;
    CREATE TABLE seen (id bigint, n bigint);
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END$$;
    CREATE FUNCTION note_row() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN INSERT INTO seen VALUES (new.id, 1); RETURN new; END$$;
    CREATE TRIGGER slow AFTER UPDATE ON post FOR EACH STATEMENT EXECUTE FUNCTION slow();
    CREATE TRIGGER note_row BEFORE UPDATE ON post FOR EACH ROW EXECUTE FUNCTION note_row();`);
  const first = startMigrate(t, db, NEXT);
  const progress = async () => Number(
    (await sql(`SELECT CASE WHEN to_regclass('schema_progress') IS NULL THEN 0 ELSE 1 END`)) === '1'
      ? (await sql('SELECT coalesce(max(rows_done), 0) FROM schema_progress')) || 0 : 0);
  await waitFor('some batches are done', async () => (await progress()) > 1000, LONG_MS);
  first.proc.kill('SIGKILL');
  await first.ended;
  const idle = async () => (await sql(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND pid <> pg_backend_pid()`)) === '0';
  await waitFor('the server has noticed', idle, LONG_MS);
  assert.ok((await progress()) < 20000);
  const [gone, done] = [await sql('SELECT count(*) FROM post WHERE length <> -1'), String(await progress())];
  assert.equal(gone, done, 'what is done and what is recorded as done are one');

  // The second run reaches the index, which waits for a transaction that wrote, and is killed there.
  await sql('DROP TRIGGER slow ON post');
  const open = pg.psql(`BEGIN; INSERT INTO post (id, author_id, text, created_ms)
    SELECT 30000, min(id), 'held', 0 FROM "user"; SELECT pg_sleep(600)`, nameOf()).catch(() => {});
  await waitFor('a transaction is open', async () =>
    (await sql(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'
      AND datname = current_database() AND pid <> pg_backend_pid()`)) === '1', LONG_MS);
  const second = startMigrate(t, db, NEXT);
  const invalid = async () => (await sql(`SELECT count(*) FROM pg_index
    WHERE indexrelid = to_regclass('post_by_length') AND NOT indisvalid`)) === '1';
  await waitFor('the index is begun', invalid, LONG_MS);
  second.proc.kill('SIGKILL');
  await second.ended;
  await waitFor('the server has given up the index', async () =>
    (await sql(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'
      AND datname = current_database()`)) === '0', LONG_MS);
  assert.ok(await invalid(), 'an invalid index is left');
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%'
    AND pid <> pg_backend_pid()`);
  await open;

  const third = await migrate(db, NEXT);
  assert.equal(third.code, 0, third.stderr);
  assert.equal(await sql(`SELECT indisvalid FROM pg_index WHERE indexrelid = 'post_by_length'::regclass`), 't');
  assert.equal(await sql('SELECT count(*) FROM post WHERE length = -1'), '0');
  assert.equal(await sql('SELECT count(*) FROM seen GROUP BY id HAVING count(*) > 1'), '', 'no row was done twice');
  assert.equal(await sql('SELECT max(number) FROM schema_migration'), String(OWN + 2));
});

test('a migration that fails leaves the database as it was and says which and why', async () => {
  const db = await database();
  assert.equal((await runKinglet(['demo', '--db', db], { timeoutMs: LONG_MS })).code, 0);
  await pg.psql('CREATE TABLE remark (x integer)', nameOf()); // in the way of the last steps
  await refused(NEXT, db, /schema \d+ \(remark\): relation "remark" already exists/);
  assert.equal(await pg.psql('SELECT max(number) FROM schema_migration', nameOf()), String(OWN));
  assert.equal(await pg.psql(`SELECT count(*) FROM information_schema.columns
    WHERE table_name = 'post' AND column_name = 'length'`, nameOf()), '0');
  assert.equal((await runKinglet(['posts', '--db', db])).code, 0);
});

test('a migration waits for a table that is in use without barring those who come after', async (t) => {
  const db = await database();
  const server = await serverFor(t, { db });
  assert.equal((await new Api(server.api).register('Ada')).status, 204);
  const reader = pg.psql('BEGIN; SELECT count(*) FROM post; SELECT pg_sleep(2)', nameOf());
  await waitFor('a long read is under way', async () =>
    (await pg.psql(`SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)%'
      AND pid <> pg_backend_pid()`)) === '1');
  const running = load(server.api, 'old');
  const next = await runKinglet(['posts', '--db', db], { program: NEXT, timeoutMs: LONG_MS });
  assert.equal(next.code, 0, next.stderr);
  await reader;
  const { acknowledged, failed } = await running.stop();
  assert.deepEqual(failed, []);
  assert.ok(acknowledged.length > 0);
});

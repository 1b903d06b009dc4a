/* `kinglet copy`: from engine to engine and back, over breaks, changes and mistakes. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { FAST, psql, startPostgres } from '../lib/postgres.mjs';
import {
  binary, cleanEnv, deadlineMs, removeTempDir, runKinglet, serverFor, startServer, tempDir,
} from '../lib/server.mjs';
import { assertSameTables, sqlite, tablesOf } from '../lib/tables.mjs';

let pg;
before(async () => {
  pg = await startPostgres({ settings: FAST });
});
after(() => pg.stop());

let databases = 0;
const newPostgres = () => pg.createDatabase(`copy_${databases++}`);

function newSqlite(t) {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  return `sqlite:${path.join(dir, 'kinglet.db')}`;
}

async function command(...args) {
  const { code, stdout, stderr } = await runKinglet(args, { timeoutMs: 12 * deadlineMs });
  assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

const copy = (from, to) => runKinglet(['copy', '--from', from, '--to', to], { timeoutMs: 12 * deadlineMs });

async function copyEqual(from, to) {
  const { code, stdout, stderr } = await copy(from, to);
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /^Equal: every row was compared/m);
  return stdout;
}

/* Rows written by the last copy, over all tables. */
const written = (stdout) =>
  [...stdout.matchAll(/^\S.*? +\d+ +\d+ +(\d+) +(\d+) {2}[0-9a-f]{16} /gm)].reduce(
    (sum, [, put, gone]) => sum + Number(put) + Number(gone), 0);

/* A place with something of everything: people, follows, flagged posts, sessions, odd texts. */
async function community(t) {
  const db = newSqlite(t);
  await command('demo', '--db', db);
  const server = await startServer({ db });
  const ann = await signedIn(server.web, 'ann', 'correct horse ☃');
  await ann.addMessage('line\nbreak, "quotes" | \\ and 😀');
  await ann.addMessage('to be hidden');
  const bo = await signedIn(server.web, 'bo');
  const post = /<li id="p(\d+)">/.exec((await ann.get('/ann')).text)[1];
  await bo.post('/add_message', { text: 'an answer to @ann', warning: 'careful', reply_to: post });
  await bo.post(`/post/${post}/like`);
  await bo.post('/ann/follow');
  await bo.post('/ann/mute');
  const cy = await signedIn(server.web, 'cy');
  await cy.post('/bo/block');
  await bo.post('/settings/language', { language: 'da' });
  await ann.post('/report', { user: 'bo', category: '0', text: 'what for' });
  const api = new Api(server.api);
  expectStatus(await api.write('ann', 'by the API', '?latest=4711'), 204);
  await server.stop();
  sqlite(db, `INSERT INTO avatar SELECT id, 4711, x'00ff', x'52494646', 5 FROM user WHERE name = 'ann';;
    UPDATE user SET avatar = 4711 WHERE name = 'ann'`);
  const id = sqlite(db, "SELECT id FROM post WHERE text = 'to be hidden'");
  await command('flag', '--db', db, id);
  return { db, ann };
}

/* As many posts more, past Kinglet, with counters that are right. */
function addPosts(db, count) {
  sqlite(db, `BEGIN;;
    INSERT INTO post (id, author_id, text, created_ms, flagged)
      SELECT last_id + n, (SELECT min(id) FROM user), 'number ' || n, 1700000000000 + n, 0 FROM state,
      (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count}) SELECT n FROM c);;
    UPDATE user_count SET posts = posts + ${count} WHERE user_id = (SELECT min(id) FROM user);;
    UPDATE state SET last_id = last_id + ${count}, posts = posts + ${count};; COMMIT`);
}

test('a copy to PostgreSQL and back is the same, row by row', async (t) => {
  const { db } = await community(t);
  const postgres = await newPostgres();
  await copyEqual(db, postgres);
  await assertSameTables(postgres, db);
  await command('freeze', '--db', postgres);
  const back = newSqlite(t);
  await copyEqual(postgres, back);
  await assertSameTables(back, db);
  const again = newSqlite(t);
  await copyEqual(db, again); // from SQLite to SQLite
  await assertSameTables(again, db);
  const other = await newPostgres();
  await copyEqual(postgres, other);
  await assertSameTables(other, db);
});

test('passwords, sessions and new ids hold after the move', async (t) => {
  const { db, ann } = await community(t);
  const postgres = await newPostgres();
  await copyEqual(db, postgres);
  const server = await serverFor(t, { db: postgres });
  ann.base = new URL(server.web);
  assert.match((await ann.get('/')).text, /by the API/); // her session goes on
  assert.doesNotMatch((await new Client(server.web).get('/public')).text, /to be hidden/);
  const again = new Client(server.web);
  assert.match((await again.login('ann', 'correct horse ☃')).text, /You were logged in/);
  const api = new Api(server.api);
  assert.equal(await api.latest(), 4711);
  await ann.addMessage('first after the move');
  assert.equal((await api.messages('?no=1'))[0].content, 'first after the move');
  const newest = await pg.psql("SELECT text FROM post ORDER BY id DESC LIMIT 1", new URL(postgres).pathname.slice(1));
  assert.equal(newest, 'first after the move');
});

test('what changed since the first pass is caught up with', async (t) => {
  const { db } = await community(t);
  const postgres = await newPostgres();
  await copyEqual(db, postgres);
  assert.equal(written(await copyEqual(db, postgres)), 0);
  const server = await startServer({ db });
  const api = new Api(server.api);
  const people = (await api.messages('?no=100')).map(({ user }) => user);
  expectStatus(await api.register('late'), 204);
  expectStatus(await api.follow('late', 'ann'), 204);
  expectStatus(await api.write('late', 'came later'), 204);
  await server.stop();
  await command('user', 'delete', '--yes', people.find((name) => name !== 'ann'), '--db', db);
  await command('unflag', '--db', db, sqlite(db, 'SELECT min(id) FROM post WHERE flagged'));
  const done = await runKinglet(['user', 'set-password', 'ann', '--db', db], { input: 'another one\n' });
  assert.equal(done.code, 0, done.stderr);
  assert.ok(written(await copyEqual(db, postgres)) > 5);
  await assertSameTables(postgres, db);
});

test('a person who went and came back under another id is copied', async (t) => {
  const { db } = await community(t);
  const postgres = await newPostgres();
  await copyEqual(db, postgres);
  await command('user', 'delete', '--yes', 'ann', '--db', db);
  // With an id below the old one, as an import may make it.
  sqlite(db, `INSERT INTO user (id, name, name_key, email, pw_hash, role, created_ms)
      VALUES (7, 'ann', 'ann', 'a@example.org', 'x', 0, 1);;
    INSERT INTO user_count (user_id) VALUES (7);; UPDATE state SET users = users + 1`);
  await copyEqual(db, postgres);
  await assertSameTables(postgres, db);
});

/* Has any post arrived? No, either, while there is no table of them. */
async function hasPosts(db) {
  const sql = 'SELECT count(*) FROM (SELECT 1 FROM post LIMIT 1) p';
  try {
    return (db.startsWith('sqlite:') ? sqlite(db, sql) : await psql(db, sql)) === '1';
  } catch {
    return false;
  }
}

test('a copy that is killed goes on where it was, and no server starts meanwhile', async (t) => {
  const { db } = await community(t);
  addPosts(db, 180000);
  for (const target of [await newPostgres(), newSqlite(t)]) {
    const proc = spawn(binary, ['copy', '--from', db, '--to', target], { env: cleanEnv(), stdio: 'ignore' });
    const ended = once(proc, 'exit');
    const end = performance.now() + 6 * deadlineMs;
    while (!(await hasPosts(target)) && proc.exitCode === null) assert.ok(performance.now() < end, 'nothing is copied');
    proc.kill('SIGKILL');
    assert.equal((await ended)[1], 'SIGKILL', 'it was over before it could be killed');
    await assert.rejects(startServer({ db: target }), /unfinished copy of .*kinglet\.db; the same kinglet copy/);
    await copyEqual(db, target);
    await assertSameTables(target, db);
    await (await startServer({ db: target })).stop();
  }
});

test('a changed, a missing and a strange row in the target are found and mended', async (t) => {
  const { db } = await community(t);
  const postgres = await newPostgres();
  const name = new URL(postgres).pathname.slice(1);
  await copyEqual(db, postgres);
  await pg.psql(`UPDATE post SET text = text || '!' WHERE id = (SELECT min(id) FROM post);
    DELETE FROM post WHERE id = (SELECT max(id) FROM post);
    INSERT INTO post (id, author_id, text, created_ms, flagged) SELECT 3, id, 'strange', 1, false FROM "user" LIMIT 1;
    UPDATE user_count SET followers = followers + 1 WHERE user_id = (SELECT max(id) FROM "user")`, name);
  await assert.rejects(assertSameTables(postgres, db));
  assert.equal(written(await copyEqual(db, postgres)), 4);
  await assertSameTables(postgres, db);
});

test('a target that holds something else is refused and unchanged', async (t) => {
  const { db } = await community(t);
  const other = await community(t);
  const postgres = await newPostgres();
  const refused = async (from, to, words) => {
    const was = await tablesOf(to);
    const { code, stdout, stderr } = await copy(from, to);
    assert.equal(code, 1, stdout + stderr);
    assert.match(stderr, words);
    assert.deepEqual(await tablesOf(to), was);
  };
  await refused(db, other.db, /holds a community of its own/);
  await refused(db, db.replace('kinglet.db', './kinglet.db'), /onto itself/);
  await copyEqual(db, postgres);
  await refused(other.db, postgres, /is a copy of something else: .*kinglet\.db/);
  const server = await startServer({ db: postgres });
  await refused(db, postgres, /others are connected/);
  await server.stop();
  // A server has been there: what it was told is no copy's to undo.
  await refused(db, postgres, /holds a community of its own/);
  const served = await serverFor(t, { db: other.db });
  await refused(db, other.db, /is served/);
  assert.equal((await new Client(served.web).get('/public')).status, 200);
});

test('a source that is not there is refused, and no target is made of it', async (t) => {
  const postgres = await newPostgres();
  const { code, stderr } = await copy(newSqlite(t), postgres);
  assert.equal(code, 1);
  assert.match(stderr, /there is no database/);
  const usage = await runKinglet(['copy', '--from', postgres, '--db', postgres]);
  assert.equal(usage.code, 2);
});

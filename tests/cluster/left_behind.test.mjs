/*
 * A primary that lives on after a standby was promoted: nobody tells it, and it takes writes. Nodes leave it by
 * themselves, and from then on nothing that it says counts. (The same under Patroni and load: `zombie` in
 * chaos.test.mjs.)
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPostgres } from '../lib/postgres.mjs';
import { runKinglet, serverFor, waitFor } from '../lib/server.mjs';

const AUTH = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;
const PATIENT = ['--db-timeout-ms', '20000'];
const LOCKED = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
const HELD = "pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted";

async function post(node, target, body) {
  const response = await fetch(node.api + target, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: AUTH },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

const register = (node, username) => post(node, '/register', { username, email: 'a@b', pwd: 'secret' });

async function look(url) {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

/* Two servers with a database of Kinglet, and a URL that names the old one first. */
async function startPair(t) {
  const old = await startPostgres();
  t.after(() => old.stop());
  await old.createDatabase('kinglet');
  const standby = await startPostgres({ standbyOf: old });
  t.after(() => standby.stop());
  const hosts = [old, standby].map(({ port }) => `127.0.0.1:${port}`);
  const sql = (server) => (text) => server.psql(text, 'kinglet');
  return { old, standby, onOld: sql(old), onNew: sql(standby), db: `postgres://postgres@${hosts}/kinglet` };
}

const hasUser = async (sql, name) => (await sql(`SELECT count(*) FROM "user" WHERE name_key = '${name}'`)) === '1';

test('nodes go to the new primary while the old one still takes writes', async (t) => {
  const { standby, onOld, onNew, db } = await startPair(t);
  const nodes = [await serverFor(t, { db }), await serverFor(t, { db })];
  assert.equal(await register(nodes[0], 'before'), 204);
  await waitFor('the standby to have it', () => hasUser(onNew, 'before'));
  await standby.promote();
  let tries = 0;
  for (const node of nodes) {
    await waitFor('a write that is on the new primary', async () => {
      const name = `try${tries++}`;
      return (await register(node, name)) === 204 && hasUser(onNew, name);
    });
  }
  assert.equal(await onOld('SELECT pg_is_in_recovery()'), 'f', 'the old one thinks that it is primary');
  for (let i = 0; i < 50; i++) {
    const name = `after${i}`;
    assert.equal(await register(nodes[i % 2], name), 204);
    assert.equal((await look(`${nodes[(i + 1) % 2].web}/${name}`)).status, 200, 'the other node shows it');
  }
  assert.equal(await onOld("SELECT count(*) FROM \"user\" WHERE name_key LIKE 'after%'"), '0');
  const late = await serverFor(t, { db }); // one that starts now, with the old one first in its URL
  assert.equal(await register(late, 'late'), 204);
  assert.ok(await hasUser(onNew, 'late'));
  const { code, stderr } = await runKinglet(['demo', '--db', db]);
  assert.equal(code, 0, stderr);
  assert.equal(await onOld("SELECT count(*) FROM \"user\" WHERE name_key IN ('late', 'ada')"), '0');
});

/* Nobody can register, and no post be read, on the old primary until release(). */
async function hold(onOld) {
  const done = onOld(`BEGIN; LOCK TABLE "user" IN EXCLUSIVE MODE; LOCK TABLE post IN ACCESS EXCLUSIVE MODE;
    SELECT pg_advisory_lock(7), pg_sleep(600)`).catch(() => {});
  await waitFor('the tables to be locked', async () => (await onOld(`SELECT count(*) FROM ${HELD}`)) === '1');
  return async () => {
    await onOld(`SELECT pg_terminate_backend(pid) FROM ${HELD}`);
    await done;
  };
}

test('an answer of the old primary that comes after the change counts for nothing', async (t) => {
  const { standby, onOld, onNew, db } = await startPair(t);
  const node = await serverFor(t, { db, args: PATIENT });
  assert.equal(await register(node, 'ann'), 204);
  assert.equal(await post(node, '/msgs/ann', { content: 'as it was' }), 204);
  await waitFor('the standby to have it', async () => (await onNew('SELECT count(*) FROM post')) === '1');
  const release = await hold(onOld);
  const write = register(node, 'unsure');
  const read = look(`${node.web}/ann`);
  await waitFor('both to wait', async () => Number(await onOld(LOCKED)) >= 2);
  await standby.promote();
  await waitFor('the node to know', () => /another primary/.test(node.log()));
  await onNew("UPDATE post SET text = 'as it is'");
  await release();
  assert.equal(await write, 503, 'it is no success');
  assert.ok(await hasUser(onOld, 'unsure'), 'though the old primary has it');
  const { status, text } = await read;
  assert.doesNotMatch(text, /as it was/);
  assert.ok(status === 503 || text.includes('as it is'), `${status}: what is shown is the new primary’s, or nothing`);
  await waitFor('the node to be ready', async () => (await look(`${node.admin}/readyz`)).status === 200);
  assert.equal((await look(`${node.web}/unsure`)).status, 404);
});

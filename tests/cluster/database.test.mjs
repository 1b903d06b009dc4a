/*
 * The cluster of databases of ops/database/: it loses no acknowledged row when its primary is killed, says no to
 * writes that it couldn't keep, and comes back from its backup as it was at a chosen second.
 *
 * One cluster serves all tests, in this order; a backup is received all the while, so that the restore at the end
 * spans a failover.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { startDatabaseCluster } from '../lib/cluster_database.mjs';
import { daemonDir, giveToDaemons, postgresBin, removeTempDir, run, runOk, startDaemon } from '../lib/daemon.mjs';
import { Writer } from '../lib/database_writer.mjs';
import { psql } from '../lib/postgres.mjs';
import { waitFor } from '../lib/server.mjs';

const FAILOVER_MS = 30000;
const context = {};
let cluster;
let restored;

/* What takes backups: a folder, its configuration, and the program that receives every change. */
function startBackup() {
  const dir = daemonDir('kinglet-backup-');
  const conf = path.join(dir, 'backup.conf');
  const hosts = cluster.members.map((member) => member.address).join(',');
  const { port } = cluster.members[0];
  const source = `host=${hosts} port=${port} user=backup connect_timeout=3 passfile=${cluster.passfile}` +
    ` sslmode=verify-full sslrootcert=${cluster.caFile}`;
  writeFileSync(conf, `SOURCE='${source}'\nBACKUP_DIR=${dir}/store\nCHECKPOINT=fast\nKEEP=2\n`);
  giveToDaemons(conf);
  const command = path.join(cluster.ops, 'backup');
  const receiver = startDaemon(command, ['wal', conf], { cwd: dir, log: path.join(dir, 'log') });
  return { dir, store: path.join(dir, 'store'), conf, command, receiver };
}

/* Until the backup has received everything that is committed now. */
async function receivedAll() {
  const lsn = await cluster.psql('SELECT pg_current_wal_lsn()', { role: 'postgres' });
  const asked = `SELECT flush_lsn >= '${lsn}' FROM pg_stat_replication WHERE application_name = 'kinglet_backup'`;
  await waitFor(`the backup to have received ${lsn}`, async () =>
    (await cluster.psql(asked, { role: 'postgres' })) === 't', 20000);
}

before(async () => {
  const start = Date.now();
  cluster = await startDatabaseCluster({ tls: true });
  context.formedMs = Date.now() - start;
  await cluster.psql('CREATE TABLE written (n bigint PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())');
  context.backup = startBackup();
});

after(async () => {
  await context.writer?.stop();
  await context.backup?.receiver.end();
  await cluster?.stop();
  await restored?.stop();
  if (context.backup) removeTempDir(context.backup.dir);
});

test('three members form a cluster with checksums, one primary, a synchronous standby and a replica', async (t) => {
  t.diagnostic(`formed in ${(context.formedMs / 1000).toFixed(1)} s`);
  const roles = (await cluster.list()).map((member) => member.role).sort();
  assert.deepEqual(roles, ['leader', 'replica', 'sync_standby']);
  const settings = await cluster.psql(`SELECT current_setting('data_checksums'), current_setting('fsync'),
    current_setting('synchronous_commit'), current_setting('synchronous_standby_names')`, { role: 'postgres' });
  assert.equal(settings, `on|on|on|${await cluster.synchronousStandby()}`);
});

test('passwords are in no process’s list of arguments and in no rendered file', async () => {
  const commands = await runOk('ps', ['-eo', 'args']);
  for (const member of cluster.members) {
    const found = await run('grep', ['-rlF', ...Object.values(cluster.secrets).map((s) => `-e${s}`), member.runDir]);
    assert.ok(found.stdout.split('\n').filter(Boolean).every((file) => file.endsWith('/pgpass')), found.stdout);
  }
  for (const secret of Object.values(cluster.secrets)) assert.ok(!commands.includes(secret));
});

test('a copy of the database is taken from a standby and verified', async () => {
  const { command, conf, store } = context.backup;
  const words = await runOk(command, ['base', conf]);
  assert.match(words, /copied and verified/);
  assert.equal(readdirSync(path.join(store, 'base')).length, 1);
  await waitFor('the first received changes', () => readdirSync(path.join(store, 'wal')).length > 0, 20000);
});

test('no acknowledged row is lost when the primary is killed, and writes come back by themselves', async (t) => {
  const writer = new Writer(cluster.url);
  context.writer = writer;
  await writer.more(200);
  const standby = await cluster.synchronousStandby();
  const start = Date.now();
  const old = await cluster.killPrimary();
  const now = await cluster.waitForPrimary({ not: old, timeoutMs: FAILOVER_MS });
  await writer.more(200);
  t.diagnostic(`new primary and writes after ${((Date.now() - start) / 1000).toFixed(1)} s, ` +
    `longest time without an acknowledged row ${(writer.longestGapMs / 1000).toFixed(1)} s`);
  context.old = old;
  assert.equal(now, standby, 'the synchronous standby takes over');
  await writer.pause();
  const rows = new Set((await cluster.psql('SELECT n FROM written')).split('\n').map(Number));
  const lost = writer.acknowledged.filter((n) => !rows.has(n));
  t.diagnostic(`${writer.acknowledged.length} acknowledged, ${lost.length} lost`);
  assert.deepEqual(lost, []);
  writer.resume();
});

test('a killed primary comes back as a standby with what was written meanwhile', async () => {
  const { old, writer } = context;
  await cluster.startMember(old);
  await cluster.waitUntilHealthy();
  const member = (await cluster.list()).find(({ name }) => name === old);
  assert.match(member.role, /^(replica|sync_standby)$/);
  await writer.more(10);
  const last = writer.acknowledged.at(-1);
  await waitFor(`row ${last} on ${old}`, async () =>
    (await psql(cluster.member(old).url, `SELECT n FROM written WHERE n = ${last}`)) === String(last), 20000);
});

test('a chosen moment between two writes is kept for the restore', async () => {
  const { writer, backup } = context;
  const [copy] = readdirSync(path.join(backup.store, 'base'));
  await waitFor('the second after the copy’s', async () =>
    (await cluster.psql(`SELECT now() > to_timestamp('${copy}', 'YYYYMMDD"T"HH24MISS"Z"') + interval '2 s'`)) === 't');
  await writer.more(50);
  await writer.pause();
  context.chosen = await cluster.psql('SELECT clock_timestamp()');
  context.byThen = [...writer.acknowledged];
  writer.resume();
  await writer.more(50);
  await receivedAll();
  const status = await run(backup.command, ['status', backup.conf]);
  assert.equal(status.code, 0, status.stdout);
});

test('a primary that is left alone acknowledges nothing, and writes again with the first standby', async (t) => {
  const { writer, backup } = context;
  await writer.stop();
  await receivedAll();
  await backup.receiver.end(); // it is on a disk of its own, and counts where no standby is left
  const primary = await cluster.primary();
  const others = cluster.members.map(({ name }) => name).filter((name) => name !== primary);
  await Promise.all(others.map((name) => cluster.kill(name)));
  const count = await cluster.psql('SELECT count(*) FROM written', { member: primary });
  assert.ok(Number(count) >= writer.acknowledged.length, 'reads go on');
  const insert = (n, options) => cluster.psql(`INSERT INTO written(n) VALUES (${n})`, { member: primary, ...options });
  await assert.rejects(insert(-1, { timeoutMs: 6000 }), /code null/, 'it waits until the client gives up');
  // What a client must know: a time limit doesn't end this wait, and a cancel answers as if all were well, but for a
  // warning. So it must close the connection instead.
  const psqlArgs = ['-X', '-d', cluster.member(primary).url, '-c', 'SET statement_timeout = 100', '-c'];
  const waiting = run(postgresBin('psql'), [...psqlArgs, 'INSERT INTO written(n) VALUES (-2)']);
  const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND query LIKE '%(-2)%' AND now() > query_start + interval '500 ms'`;
  await waitFor('the insert to wait past its time limit', async () =>
    (await cluster.psql(cancel, { role: 'postgres' })) === 't');
  const { code, stderr } = await waiting;
  assert.equal(code, 0);
  assert.match(stderr, /WARNING: +canceling wait for synchronous replication due to user request/);
  const start = Date.now();
  await cluster.startMember(others[0]);
  await insert(-3, { timeoutMs: 30000 });
  t.diagnostic(`writes again ${((Date.now() - start) / 1000).toFixed(1)} s after the first standby's start`);
});

test('a whole cluster begins anew from the backup, as it was at the chosen moment', async (t) => {
  await cluster.stop();
  const start = Date.now();
  const prepare = async (empty) => {
    const { dataDir } = empty.members[0];
    mkdirSync(path.dirname(dataDir), { recursive: true, mode: 0o700 });
    giveToDaemons(path.dirname(dataDir));
    const args = ['--from', context.backup.store, '--to', dataDir, '--time', context.chosen];
    t.diagnostic((await runOk(path.join(empty.ops, 'restore'), args)).trim().replaceAll('\n', '; '));
  };
  restored = await startDatabaseCluster({ prepare, secrets: cluster.secrets });
  t.diagnostic(`three members again after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  const rows = (await restored.psql('SELECT n FROM written ORDER BY n')).split('\n').map(Number);
  const unknown = rows.filter((n) => !context.byThen.includes(n));
  assert.deepEqual(context.byThen.filter((n) => !rows.includes(n)), [], 'all that was acknowledged by then is there');
  assert.ok(unknown.every((n) => n < context.byThen.at(-1)), `nothing that was written after it: ${unknown}`);
  const settings = await restored.psql("SELECT current_setting('synchronous_standby_names')", { role: 'postgres' });
  assert.equal(settings, await restored.synchronousStandby(), 'it is as strict as it was');
  await restored.psql('INSERT INTO written(n) VALUES (-4)');
});

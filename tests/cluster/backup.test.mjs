/*
 * ops/database/backup and restore on a single server: what they keep, what they refuse, and that a backup which is
 * ahead of a new primary goes on. Failover and the restore of a whole cluster: database.test.mjs.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { daemonDir, giveToDaemons, postgresBin, removeTempDir, run, runOk, startDaemon } from '../lib/daemon.mjs';
import { FAST, psql, startPostgres } from '../lib/postgres.mjs';
import { root, waitFor } from '../lib/server.mjs';

class Backup {
  constructor(t, pg) {
    this.dir = daemonDir('kinglet-backup-');
    cpSync(path.join(root, 'ops/database'), path.join(this.dir, 'ops'), { recursive: true });
    this.store = path.join(this.dir, 'store');
    this.conf = path.join(this.dir, 'backup.conf');
    this.more = '';
    this.pointAt(pg.socketDir, pg.port);
    t.after(async () => {
      await this.receiver?.end();
      removeTempDir(this.dir);
    });
  }

  pointAt(host, port) {
    const text = `SOURCE='host=${host} port=${port} user=postgres'\nBACKUP_DIR=${this.store}\nCHECKPOINT=fast\nKEEP=2\n${this.more}`;
    writeFileSync(this.conf, text);
    giveToDaemons(this.conf);
  }

  command(name) {
    return run(path.join(this.dir, 'ops/backup'), [name, this.conf]);
  }

  /* A copy; never two in one second, of which their names are made. */
  async copy() {
    const before = this.names('base').at(-1);
    const second = () => new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    await waitFor('a new second', () => !before || second() > before);
    const { code, stderr } = await this.command('base');
    assert.equal(code, 0, stderr);
  }

  receive() {
    const log = path.join(this.dir, 'log');
    this.receiver = startDaemon(path.join(this.dir, 'ops/backup'), ['wal', this.conf], { cwd: this.dir, log });
  }

  names(folder) {
    const dir = path.join(this.store, folder);
    return existsSync(dir) ? readdirSync(dir).filter((name) => !name.startsWith('.')).sort() : [];
  }

  received(segment) {
    return waitFor(`${segment} in the backup`, () => this.names('wal').includes(segment), 20000);
  }

  restore(to, ...args) {
    return run(path.join(this.dir, 'ops/restore'), ['--from', this.store, '--to', to, ...args]);
  }
}

async function serverWithBackup(t) {
  const pg = await startPostgres({ settings: FAST });
  t.after(() => pg.stop());
  await pg.psql("SELECT pg_create_physical_replication_slot('backup', true); CREATE TABLE written (n int)");
  return { pg, backup: new Backup(t, pg) };
}

const FILL = 'INSERT INTO written VALUES (0); SELECT pg_walfile_name(pg_current_wal_lsn()), pg_switch_wal()';

/* Fills a segment; the name of the full one. */
async function fillSegment(pg) {
  return (await pg.psql(FILL)).split('|')[0];
}

test('of three copies the newest two are kept, and the changes that they need', async (t) => {
  const { pg, backup } = await serverWithBackup(t);
  backup.receive();
  await backup.copy();
  const [first] = backup.names('base');
  const early = await fillSegment(pg);
  await backup.received(early);
  await backup.copy();
  await backup.copy();
  const kept = backup.names('base');
  assert.equal(kept.length, 2);
  assert.ok(!kept.includes(first));
  assert.ok(!backup.names('wal').includes(early), `${early} is needed by nobody: ${backup.names('wal')}`);
  await backup.received(await fillSegment(pg));
  const status = await backup.command('status');
  assert.equal(status.code, 0, status.stdout);
});

/* The series that the node exporter would read: {name: value}. */
function seriesOf(file) {
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter((line) => !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => line.split(' ')).map(([name, value]) => [name, Number(value)]));
}

test('a copy tells the monitoring when it was made, and a gap in the changes is told', async (t) => {
  const { pg, backup } = await serverWithBackup(t);
  const metricsDir = daemonDir('kinglet-textfile-');
  t.after(() => removeTempDir(metricsDir));
  const file = path.join(metricsDir, 'kinglet_backup.prom');
  assert.equal((await backup.command('metrics')).code, 1, 'without METRICS_DIR');
  backup.more = `METRICS_DIR=${metricsDir}\n`;
  backup.pointAt(pg.socketDir, pg.port);
  assert.equal((await backup.command('metrics')).code, 0);
  assert.deepEqual(Object.keys(seriesOf(file)), ['kinglet_backup_copies', 'kinglet_backup_changes_bytes'],
    'no time is told where there is no copy');
  backup.receive();
  await backup.copy();
  const [name] = backup.names('base');
  const made = Date.parse(name.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')) / 1000;
  const first = seriesOf(file);
  assert.equal(first.kinglet_backup_last_success_timestamp_seconds, made);
  assert.equal(first.kinglet_backup_copies, 1);
  assert.equal(first.kinglet_backup_problems, 0);
  assert.ok(first.kinglet_backup_last_size_bytes > 1e6, JSON.stringify(first));
  assert.equal(statSync(file).mode & 0o777, 0o644, 'another user reads it');
  assert.deepEqual(readdirSync(metricsDir), ['kinglet_backup.prom'], 'nothing half-written stays');
  const segments = [await fillSegment(pg), await fillSegment(pg), await fillSegment(pg)];
  await backup.received(segments[2]);
  renameSync(path.join(backup.store, 'wal', segments[1]), path.join(backup.dir, segments[1]));
  assert.equal((await backup.command('metrics')).code, 0);
  assert.ok(seriesOf(file).kinglet_backup_problems > 0);
});

test('a missing file of changes is found, and a folder that holds anything is not restored into', async (t) => {
  const { pg, backup } = await serverWithBackup(t);
  backup.receive();
  await backup.copy();
  const segments = [await fillSegment(pg), await fillSegment(pg), await fillSegment(pg)];
  await backup.received(segments[2]);
  renameSync(path.join(backup.store, 'wal', segments[1]), path.join(backup.dir, segments[1]));
  const status = await backup.command('status');
  assert.equal(status.code, 1, status.stdout);
  assert.match(status.stdout, /changes are missing before/);
  const refused = await backup.restore(backup.dir, '--latest');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /isn't empty/);
});

test('a restore to a time that the backup does not reach fails and says so', async (t) => {
  const { pg, backup } = await serverWithBackup(t);
  backup.receive();
  await backup.copy();
  await backup.received(await fillSegment(pg));
  const { code, stderr } = await backup.restore(path.join(backup.dir, 'new'), '--time', '2200-01-01 00:00:00 UTC');
  assert.equal(code, 1);
  assert.match(stderr, /recovery ended before configured recovery target was reached/);
});

test('a backup that is ahead of the new primary moves what it alone has aside and goes on', async (t) => {
  const { pg, backup } = await serverWithBackup(t);
  backup.receive();
  await backup.copy();
  const to = path.join(backup.dir, 'new');
  const port = pg.port;
  const early = await backup.restore(to, '--latest'); // a primary that forked off here
  assert.equal(early.code, 0, early.stderr);
  await fillSegment(pg);
  const ahead = await fillSegment(pg);
  await backup.received(ahead);
  await pg.shutDown();
  const log = path.join(backup.dir, 'new.log');
  const args = ['-D', to, '-p', String(port), '-c', `unix_socket_directories=${backup.dir}`, '-c', 'listen_addresses='];
  const primary = startDaemon(postgresBin('postgres'), args, { cwd: backup.dir, log, quickSignal: 'SIGQUIT' });
  t.after(() => primary.end('SIGINT'));
  const url = `postgres://postgres@${encodeURIComponent(backup.dir)}:${port}/postgres`;
  await waitFor('the new primary', () => psql(url, 'SELECT 1').catch(() => ''), 20000);
  await psql(url, "SELECT pg_create_physical_replication_slot('backup', true)");
  await backup.receiver.end();
  backup.pointAt(backup.dir, port);
  backup.receive();
  await waitFor(`${ahead} to be moved aside`, () => backup.names('diverged').includes(ahead), 20000);
  const [next] = (await psql(url, FILL)).split('|');
  assert.match(next, /^00000002/);
  await backup.received(next);
  await runOk('test', ['-e', path.join(backup.store, 'wal/00000002.history')]);
});

/*
 * chaos_storage.mjs: the scenarios of chaos.mjs that are about what is on disks: a backup and its restore, a full disk.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  daemonDir, freePorts, giveToDaemons, postgresBin, removeTempDir, run, runOk, startDaemon, waitFor, waitUntilReady,
} from './daemon.mjs';
import { psql } from './postgres.mjs';
import { root, startServer } from './server.mjs';

const PROGRAMS_MS = 60000;
const since = (begun) => `${((performance.now() - begun) / 1000).toFixed(1)} s`;

/* The programs of ops/database on one PostgreSQL: base(), restore(to, time), stop(). `store` is what they keep. */
async function startBackup(pg) {
  const dir = daemonDir('kinglet-chaos-backup-');
  const ops = path.join(dir, 'ops');
  const conf = path.join(dir, 'backup.conf');
  cpSync(path.join(root, 'ops/database'), ops, { recursive: true });
  const source = `host=${pg.socketDir} port=${pg.port} user=postgres`;
  writeFileSync(conf, `SOURCE='${source}'\nBACKUP_DIR=${dir}/store\nCHECKPOINT=fast\nKEEP=2\n`);
  giveToDaemons(conf);
  await pg.psql("SELECT pg_create_physical_replication_slot('backup')");
  const program = path.join(ops, 'backup');
  const receiver = startDaemon(program, ['wal', conf], { cwd: dir, log: path.join(dir, 'log') });
  const wal = path.join(dir, 'store/wal');
  const received = () => existsSync(wal) && readdirSync(wal).length > 0;
  await waitFor('the first received changes', received, PROGRAMS_MS).catch((error) => {
    throw new Error(`${error.message}\n${receiver.output()}`);
  });
  return {
    dir,
    base: () => runOk(program, ['base', conf], { timeoutMs: PROGRAMS_MS }),
    restore: (to, time) => runOk(path.join(ops, 'restore'), ['--from', `${dir}/store`, '--to', to, '--time', time]),
    async hasAll() {
      const lsn = await pg.psql('SELECT pg_current_wal_lsn()');
      const asked = `SELECT flush_lsn >= '${lsn}' FROM pg_stat_replication WHERE application_name = 'kinglet_backup'`;
      await waitFor(`the backup to have received ${lsn}`, async () => (await pg.psql(asked)) === 't', PROGRAMS_MS);
    },
    async stop() {
      await receiver.end();
      removeTempDir(dir);
    },
  };
}

/* A server on a restored folder, on a socket of its own: {url, stop()}. */
async function startRestored(backup, dataDir) {
  const [port] = await freePorts(1);
  const log = path.join(backup.dir, 'restored.log');
  const daemon = startDaemon(postgresBin('postgres'), [
    '-D', dataDir, '-k', backup.dir, '-p', String(port), '-c', 'listen_addresses=',
  ], { cwd: backup.dir, log, quickSignal: 'SIGINT' });
  const url = `postgres://postgres@${encodeURIComponent(backup.dir)}:${port}/kinglet`;
  const look = async () => (await run(postgresBin('pg_isready'), ['-q', '-d', url])).code === 0;
  await waitUntilReady('the restored PostgreSQL', daemon, look);
  return { url, stop: () => daemon.end() };
}

/* The restored database, as of `asOf`, against what was told by then; a node serves it. */
async function judgeRestored(result, restored, ledger, asOf) {
  const found = await ledger.checkSql((sql) => psql(restored.url, sql), { asOf });
  for (const [what, list] of Object.entries(found)) {
    if (Array.isArray(list) && list.length) {
      result.problems.push(`restored, ${what}: ${list.length}, such as ${list.slice(0, 3).join('; ')}`);
    }
  }
  const rows = await psql(restored.url, 'SELECT count(*) FROM post');
  const told = [...ledger.posts.values()].filter((post) => post.outcome === 'acknowledged');
  result.notes.push(`${rows} posts restored, ${told.filter((post) => post.told < asOf).length} of ${told.length} ` +
    'acknowledged by then');
  const node = await startServer({ db: restored.url });
  const { status } = await fetch(`${node.web}/person0`);
  if (status !== 200) result.problems.push(`a node on the restored database says ${status}`);
  await node.stop();
}

export async function restoreUnderLoad(cluster, load, result, { between, say }) {
  const backup = await startBackup(cluster.pg);
  let restored = null;
  try {
    say('copying the database');
    const words = await backup.base();
    result.notes.push(words.match(/copied and verified: .*/)[0]);
    const copied = Date.now();
    await load.more(between);
    const asOf = (Math.floor(Math.max(Date.now(), copied + 1000) / 1000) + 1) * 1000;
    await waitFor('the chosen second to pass', () => Date.now() > asOf);
    await load.more(between);
    await backup.hasAll();
    const time = new Date(asOf).toISOString();
    say(`restoring as of ${time}`);
    const begun = performance.now();
    const dataDir = path.join(backup.dir, 'restored');
    result.notes.push((await backup.restore(dataDir, time)).match(/recovery stopping.*/)?.[0] ?? 'restored');
    restored = await startRestored(backup, dataDir);
    result.notes.push(`restored in ${since(begun)}, while the load went on`);
    await load.hold();
    await judgeRestored(result, restored, load.ledger, asOf);
    load.resume();
  } finally {
    await restored?.stop();
    await backup.stop();
  }
}

/* ---- a full disk --------------------------------------------------------------------------------- */

const DISK_BYTES = 80 << 20;

/*
 * A small disk of its own for the tables, where this process may mount one: {dir, fill(), free(), remove()}; else null.
 * The log of changes (WAL) stays elsewhere, as docs/database.md wants it: without room for that PostgreSQL stops.
 */
export function smallDisk(bytes = DISK_BYTES) {
  const dir = daemonDir('kinglet-disk-');
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=777`, 'kinglet', dir]);
  if (mounted.status !== 0) {
    removeTempDir(dir);
    return null;
  }
  const unmount = () => spawnSync('umount', ['--lazy', dir]);
  process.prependListener('exit', unmount);
  const tables = path.join(dir, 'tables');
  mkdirSync(tables);
  giveToDaemons(tables);
  const ballast = path.join(dir, 'ballast');
  return {
    tables,
    fill() {
      const { bavail, bsize } = statfsSync(dir);
      try {
        writeFileSync(ballast, Buffer.alloc(Number(bavail) * Number(bsize)));
      } catch (error) {
        if (error.code !== 'ENOSPC') throw error; // who writes beside it took the last of it: full is full
      }
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      process.off('exit', unmount);
      unmount();
      removeTempDir(dir);
    },
  };
}

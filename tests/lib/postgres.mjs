/*
 * postgres.mjs: a real PostgreSQL, and PgBouncer before it, for one test: in a folder of their own, on a
 * Unix socket and a free port of loopback, under an unprivileged user.
 *
 * Everybody who reaches the socket is trusted, so that tests need no secret. Writes wait for the disk as in
 * production (fsync); `settings: FAST` gives that up where nothing is killed.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  daemonDir, freePorts, giveToDaemons, postgresBin, removeLeftSegment, removeTempDir, run, runOk, startDaemon,
  waitUntilReady,
} from './daemon.mjs';

/* Nothing waits for the disk: for servers that no test kills. */
export const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const STILL_IN_USE = /pre-existing shared memory block .* is still in use/;
const ADDRESS_TAKEN = /could not create any TCP\/IP sockets|Address already in use/;

function configLines(settings) {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join('');
}

/* The output of psql for some SQL: a line a row, columns divided by |. Throws where a statement fails. */
export async function psql(url, sql, { timeoutMs, env: extraEnv } = {}) {
  const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-'];
  const { code, stdout, stderr } = await run(postgresBin('psql'), args, { input: sql, timeoutMs, extraEnv });
  if (code !== 0) throw new Error(`psql: code ${code}: ${stderr}`);
  return stdout.trimEnd();
}

/*
 * Starts one server; `settings` go to postgresql.conf, `port` is chosen where none is given. With `standbyOf`, another
 * of these, it is a copy of that one which follows it.
 *   url, tcpUrl            of the database postgres, as its superuser, by the socket and by 127.0.0.1
 *   port, socketDir, dataDir, pid
 *   urlOf(name), tcpUrlOf(name)   the same for another database
 *   psql(sql, name?, options?)   runs statements; their rows; options as those of psql() above
 *   createDatabase(name)   makes one; its url (by the socket)
 *   promote()              of a standby: answers when it takes writes
 *   log()                  what the server has written
 *   kill()                 SIGKILL, as a crash: keeps the folder, for start()
 *   start()                after kill() or shutDown(), on the same port
 *   shutDown(signal?)      ends it and keeps the folder; SIGINT by default: open connections are cut
 *   restart()              shutDown() and start()
 *   stop()                 ends it, removes everything
 */
export async function startPostgres({ settings = {}, port: wantedPort, standbyOf } = {}) {
  const dir = daemonDir('kinglet-pg-');
  const dataDir = path.join(dir, 'data');
  const log = path.join(dir, 'log');
  let port = wantedPort;
  let daemon = null;

  async function startOnce() {
    const args = ['-D', dataDir, '-p', String(port)];
    daemon = startDaemon(postgresBin('postgres'), args, { cwd: dir, log, quickSignal: 'SIGQUIT' });
    const look = async () => (await run(postgresBin('pg_isready'), ['-q', '-h', dir, '-p', String(port)])).code === 0;
    await waitUntilReady('PostgreSQL accepts connections', daemon, look);
  }

  /* After a kill it refuses to start until the last child of the one before has noticed. */
  async function start() {
    const end = performance.now() + 30000;
    for (;;) {
      const said = existsSync(log) ? statSync(log).size : 0;
      try {
        return await startOnce();
      } catch (error) {
        const words = readFileSync(log).subarray(said).toString();
        if (performance.now() > end || !STILL_IN_USE.test(words)) throw error;
      }
    }
  }

  async function startOnSomePort() {
    for (let tries = 0; ; tries++) {
      [port] = await freePorts(1);
      try {
        return await start();
      } catch (error) {
        if (tries === 5 || !ADDRESS_TAKEN.test(error.message)) throw error;
        rmSync(log, { force: true });
      }
    }
  }

  async function end(signal) {
    const result = await daemon.end(signal);
    removeLeftSegment(dataDir);
    return result;
  }

  if (standbyOf) {
    const from = ['-d', standbyOf.url, '--checkpoint=fast', '--no-sync'];
    await runOk(postgresBin('pg_basebackup'), ['-D', dataDir, '-R', ...from]);
  } else {
    await runOk(postgresBin('initdb'), [
      '-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync',
      '--no-instructions',
    ]);
  }
  const config = path.join(dataDir, 'postgresql.auto.conf');
  appendFileSync(config, configLines({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dir,
    dynamic_shared_memory_type: 'mmap', // in the folder, where nothing is left in /dev/shm
    max_connections: 200,
    ...settings,
  }));
  giveToDaemons(config);
  await (wantedPort ? start() : startOnSomePort());

  const urlOf = (name) => `postgres://postgres@${encodeURIComponent(dir)}:${port}/${name}`;
  const tcpUrlOf = (name) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  return {
    url: urlOf('postgres'),
    tcpUrl: tcpUrlOf('postgres'),
    urlOf,
    tcpUrlOf,
    port,
    socketDir: dir,
    dataDir,
    get pid() {
      return daemon.pid;
    },
    log: () => daemon.output(),
    psql: (sql, name = 'postgres', options = {}) => psql(urlOf(name), sql, options),
    async createDatabase(name) {
      await psql(urlOf('postgres'), `CREATE DATABASE "${name}"`);
      return urlOf(name);
    },
    promote: () => psql(urlOf('postgres'), 'SELECT pg_promote()'),
    start,
    kill: () => daemon.end('SIGKILL'),
    shutDown: (signal = 'SIGINT') => end(signal),
    async restart() {
      await end('SIGINT');
      await start();
    },
    async stop() {
      await end('SIGINT');
      removeTempDir(dir);
    },
  };
}

/*
 * Starts PgBouncer before a server of startPostgres(). Options are those of its configuration file;
 * `databases` is its section of that name, by default any name, passed on by the socket.
 *   url, tcpUrl, urlOf(name), tcpUrlOf(name), port, socketDir, pid, log(), stop(), kill()
 *   admin(command)         SHOW POOLS and the like; rows as psql prints them
 */
export async function startPgBouncer(pg, { databases, ...options } = {}) {
  const dir = daemonDir('kinglet-bouncer-');
  const [port] = await freePorts(1);
  const log = path.join(dir, 'log');
  const file = path.join(dir, 'pgbouncer.ini');
  const users = path.join(dir, 'users');
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: dir,
    auth_type: 'trust',
    auth_file: users,
    admin_users: 'postgres',
    pool_mode: 'transaction',
    ...options,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
  const section = databases ?? `* = host=${pg.socketDir} port=${pg.port}`;
  writeFileSync(file, `[databases]\n${section}\n\n[pgbouncer]\n${lines.join('')}`);
  writeFileSync(users, '"postgres" ""\n');
  const urlOf = (name) => `postgres://postgres@${encodeURIComponent(dir)}:${port}/${name}`;
  const tcpUrlOf = (name) => `postgres://postgres@127.0.0.1:${port}/${name}`;
  const daemon = startDaemon('pgbouncer', [file], { cwd: dir, log, quickSignal: 'SIGTERM' });
  const look = async () => (await run(postgresBin('pg_isready'), ['-q', '-h', dir, '-p', String(port)])).code === 0;
  await waitUntilReady('PgBouncer accepts connections', daemon, look);
  return {
    url: urlOf('postgres'),
    tcpUrl: tcpUrlOf('postgres'),
    urlOf,
    tcpUrlOf,
    port,
    socketDir: dir,
    pid: daemon.pid,
    log: () => daemon.output(),
    admin: (command) => psql(urlOf('pgbouncer'), command),
    kill: () => daemon.end('SIGKILL'),
    async stop() {
      await daemon.end();
      removeTempDir(dir);
    },
  };
}

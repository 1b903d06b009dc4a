/*
 * logging.mjs: the logging stack of ops/logging for a test: a log host (rsyslog, and a PostgreSQL of its own) and any
 * number of shippers, the real programs, on free ports of loopback, in folders of their own, as an unprivileged user.
 */
import {
  appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';

import {
  daemonDir, endPidSync, freePorts, isRunning, removeTempDir, run, runOk, startDaemon, waitFor,
} from './daemon.mjs';
import {startPostgres} from './postgres.mjs';
import {jsonLines, root} from './server.mjs';

export const logging = path.join(root, 'ops/logging');
const program = (name) => path.join(logging, name);
const textOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/* Gives what this process made in a daemon's folder to the folder's owner. */
function giveTo(dir, file) {
  const { uid, gid } = statSync(dir);
  if (process.getuid() === 0) chownSync(file, uid, gid);
}

export function writeSettings(dir, name, settings) {
  const file = path.join(dir, name);
  const lines = Object.entries(settings).map(([key, value]) => `${key}='${value}'\n`);
  writeFileSync(file, lines.join(''));
  giveTo(dir, file);
  return file;
}

/* One rsyslog by `shipper` or `receiver`: {workDir, pid(), start(), stop(), kill(), words()}. */
async function startRsyslog(role, dir, settings) {
  const workDir = path.join(dir, 'work');
  mkdirSync(workDir, { recursive: true });
  giveTo(dir, workDir);
  const usual = { WORK_DIR: workDir, LIB_DIR: logging, STATS_S: 1, STOP_S: 10 };
  const file = writeSettings(dir, `${role}.env`, { ...usual, ...settings });
  const log = path.join(dir, 'output');
  let daemon = null;
  const pid = () => Number(existsSync(`${workDir}/pid`) ? readFileSync(`${workDir}/pid`, 'utf8') : 0);

  async function start() {
    const atExit = () => endPidSync(pid(), 'SIGKILL');
    daemon = startDaemon(program(role), [file], { cwd: dir, log, endMs: 40000, atExit });
    const ready = () => (pid() && isRunning(pid())) || !daemon.running();
    await waitFor(`rsyslog runs as ${role}`, ready, 30000);
    if (!daemon.running()) throw new Error(`${role} ended: ${daemon.output()}`);
  }
  await start();
  return {
    workDir,
    file,
    pid,
    start,
    words: () => readFileSync(log, 'utf8'),
    stop: () => daemon.end('SIGTERM'),
    /* As a crash: the program itself, without a moment to write anything down. */
    async kill() {
      process.kill(pid(), 'SIGKILL');
      await waitFor(`${role} is dead`, () => !daemon.running(), 30000);
    },
  };
}

/*
 * A log host:
 *   sql(text)         rows of a statement by its superuser, as psql prints them
 *   logs(args)        the command, as the reader: {code, stdout, stderr}; env is its environment
 *   shipper(settings) a host that ships to it; with file(name) and append(name, text) besides rsyslog's functions
 *   receiver          its rsyslog;  pg  its PostgreSQL
 *   certificate(name) makes one, by the authority; the folder
 */
export async function startLogHost({ hosts = ['app1', 'app2'], pgSettings = {}, settings = {} } = {}) {
  const dir = daemonDir('kinglet-logging-');
  const authority = path.join(dir, 'authority');
  await runOk(program('authority'), ['new', authority]);
  const certificate = async (name) => {
    if (!existsSync(path.join(authority, name))) await runOk(program('authority'), ['host', authority, name]);
    return path.join(authority, name);
  };
  const pg = await startPostgres({ settings: pgSettings });
  await runOk(program('setup-database'), [pg.url], { extraEnv: { SECRETS_DIR: dir } });
  const [port] = await freePorts(1);
  const hostDir = path.join(dir, 'loghost');
  mkdirSync(hostDir);
  giveTo(dir, hostDir);
  const receiver = await startRsyslog('receiver', hostDir, {
    HOST: 'loghost', LISTEN_ADDRESS: '127.0.0.1', LISTEN_PORT: port, PERMITTED_HOSTS: hosts.join(' '),
    TLS_DIR: await certificate('loghost'), METRICS_FILE: path.join(hostDir, 'receiver.prom'),
    DATABASE: `host=${pg.socketDir} port=${pg.port} dbname=logs user=log_writer`, ...settings,
  });
  const env = { PGHOST: pg.socketDir, PGPORT: String(pg.port), PGUSER: 'log_reader', PGDATABASE: 'logs' };
  const shippers = [];

  async function shipper({ host = 'app1', ...more } = {}) {
    const own = path.join(dir, host);
    mkdirSync(own);
    giveTo(dir, own);
    // As on a host where the shipper isn't root: what is made in the folder belongs to the shipper's group.
    const logDir = path.join(own, 'log');
    mkdirSync(logDir);
    chownSync(logDir, process.getuid(), statSync(own).gid);
    chmodSync(logDir, 0o2750);
    const rsyslog = await startRsyslog('shipper', own, {
      HOST: host, LOG_HOST: '127.0.0.1', LOG_HOST_NAME: 'loghost', LOG_PORT: port, TLS_DIR: await certificate(host),
      METRICS_FILE: path.join(own, 'shipper.prom'), KINGLET_FILES: `${logDir}/kinglet.log*`,
      POSTGRESQL_FILES: `${logDir}/postgresql*.json`, ...more,
    });
    const file = (name) => path.join(logDir, name);
    const append = (name, text) => appendFileSync(file(name), text, { mode: 0o640 });
    const made = {
      ...rsyslog,
      host,
      logDir,
      file,
      append,
      metrics: () => textOf(path.join(own, 'shipper.prom'))
    };
    shippers.push(made);
    return made;
  }

  return {
    dir, pg, receiver, port, env, certificate, shipper,
    metrics: () => textOf(path.join(hostDir, 'receiver.prom')),
    sql: (text) => pg.psql(text, 'logs'),
    logs: (args, more = {}) => run(program('logs'), args, { extraEnv: { ...env, ...more } }),
    async stop() {
      for (const one of [...shippers, receiver]) await one.stop();
      await pg.stop();
      removeTempDir(dir);
    },
  };
}

let made = 0;
/* A line of a request as Kinglet writes it. */
export function requestLine(fields = {}) {
  made += 1;
  return `${JSON.stringify({
    '@timestamp': new Date().toISOString(),
    'log.level': 'info',
    message: 'request',
    'ecs.version': '8.11.0',
    'service.name': 'frontend',
    'service.node.name': 'node1',
    'service.version': '0.0.0',
    'process.pid': process.pid,
    'event.dataset': 'kinglet.request',
    'http.request.id': `made-${process.pid}-${made}`,
    'http.request.method': 'GET',
    'http.response.status_code': 200,
    'http.response.bytes': 5120,
    'http.request.bytes': 0,
    'url.path': '/public',
    'kinglet.route': '/public',
    'client.address': '192.0.2.7',
    'event.duration': 412345,
    ...fields,
  })}\n`;
}

/* The ids of the requests that a log in JSON has lines of; what isn't a whole line yet isn't there. */
export const requestIds = (text) => jsonLines(text).filter((line) => line['event.dataset'] === 'kinglet.request')
  .map((line) => line['http.request.id']);

export { waitFor };

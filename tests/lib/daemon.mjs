/*
 * daemon.mjs: starts the servers that tests need beside Kinglet (PostgreSQL, PgBouncer, Patroni, etcd), as an
 * unprivileged user, since most of them refuse to run as root, and ends them by their pid.
 *
 * Nothing stays behind: a daemon is ended when the test's process exits, and the kernel ends it where that
 * process was itself killed. Output goes to a file in the daemon's folder, so that no pipe has to be drained.
 * Never ends anything by name: other tests, and other people's servers, run on the same machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chownSync, closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { removeTempDir, tempDir, waitFor } from './server.mjs';

const SYSTEM_PATH = '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin';
const searched = `${SYSTEM_PATH}:${process.env.PATH ?? ''}`;
const env = { ...process.env, PATH: searched, LC_ALL: 'C.UTF-8', HOME: '/nonexistent' };
for (const name of Object.keys(env)) if (/^(PG|PATRONI_|ETCD|KINGLET_)/.test(name)) delete env[name];

/* The user that daemons run as: {uid, gid}, or null where this process isn't root and stays who it is. */
function unprivilegedUser() {
  if (process.getuid() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(uid), gid: Number(gid) };
}
const user = unprivilegedUser();

/* A folder that is gone when this process is, and that daemons may write to. */
export function daemonDir(name) {
  const dir = tempDir(name);
  if (user) chownSync(dir, user.uid, user.gid);
  return dir;
}

/* Gives a file that this process made to the daemons' user. */
export function giveToDaemons(file) {
  if (user) chownSync(file, user.uid, user.gid);
}

/* Where PostgreSQL's programs are: the newest that Debian's packages brought. */
export function postgresBin(program) {
  const base = '/usr/lib/postgresql';
  const versions = existsSync(base) ? readdirSync(base).filter((v) => /^\d+$/.test(v)) : [];
  const found = versions
    .sort((a, b) => b - a)
    .map((version) => path.join(base, version, 'bin', program))
    .find((file) => existsSync(file));
  return found ?? program;
}

function asUser(command, args, deathSignal) {
  const ids = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'] : [];
  return ['setpriv', [...ids, '--pdeathsig', deathSignal, '--', command, ...args]];
}

/* Ports that nobody listens on, below the range from which the kernel takes those of outgoing connections. */
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = 15000 + Math.floor(Math.random() * 17000);
    const free = await new Promise((resolve) => {
      const server = net.createServer();
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) ports.add(port);
  }
  return [...ports];
}

const live = new Set();

/* Whether the process runs; one that is dead but not yet collected doesn't. */
export function isRunning(pid) {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function sleepSync(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/* Ends a process that isn't this one's child, without giving others a turn; for the exit of this process. */
export function endPidSync(pid, signal) {
  if (!pid || !isRunning(pid)) return;
  process.kill(pid, signal);
  for (let tries = 0; isRunning(pid) && tries < 150; tries++) sleepSync(20);
  if (isRunning(pid)) process.kill(pid, 'SIGKILL');
}

function endAllAtExit() {
  for (const daemon of live) daemon.atExit();
  const end = Date.now() + 5000;
  for (const daemon of live) {
    while (isRunning(daemon.pid) && Date.now() < end) sleepSync(20);
    daemon.signal('SIGKILL');
  }
}
process.prependListener('exit', endAllAtExit); // before the folders are removed

/*
 * Starts a daemon in the foreground, its output appended to `log`:
 *   pid, ended     a promise of {code, signal}
 *   output()       what it has written so far
 *   signal(name)   sends a signal; nothing where it has ended
 *   end(name)      sends a signal (its quick one by default) and waits; SIGKILL after `endMs`
 * `atExit` replaces the quick signal where this process exits before the daemon.
 */
export function startDaemon(command, args, options) {
  const { cwd, log, quickSignal = 'SIGTERM', endMs = 15000, extraEnv = {}, atExit } = options;
  const fd = openSync(log, 'a');
  const proc = spawn(...asUser(command, args, quickSignal.slice(3)), {
    cwd,
    env: { ...env, ...extraEnv },
    stdio: ['ignore', fd, fd],
  });
  closeSync(fd);
  const ended = new Promise((resolve) => {
    proc.on('error', (error) => resolve({ code: null, signal: null, error }));
    proc.on('exit', (code, signal) => resolve({ code, signal }));
  });
  proc.unref(); // one that a failed test forgot mustn't keep it alive
  const daemon = {
    pid: proc.pid,
    ended,
    atExit: atExit ?? (() => proc.kill(quickSignal)),
    output: () => readFileSync(log, 'utf8'),
    running: () => live.has(daemon),
    signal: (name) => proc.kill(name),
    async end(name = quickSignal) {
      proc.ref();
      proc.kill(name);
      const timer = setTimeout(() => proc.kill('SIGKILL'), endMs);
      const result = await ended;
      clearTimeout(timer);
      return result;
    },
  };
  live.add(daemon);
  ended.then(() => live.delete(daemon));
  return daemon;
}

/* Waits until look() is true; throws with the daemon's output where it ends before. */
export async function waitUntilReady(what, daemon, look, timeoutMs = 30000) {
  let end = null;
  daemon.ended.then((result) => {
    end = result;
  });
  try {
    await waitFor(what, async () => end || (await look()), timeoutMs);
  } catch (error) {
    throw new Error(`${error.message}\n${daemon.output()}`);
  }
  if (end) {
    const how = `code ${end.code}, signal ${end.signal} ${end.error ?? ''}`;
    throw new Error(`${what}: it ended (${how})\n${daemon.output()}`);
  }
}

/* Runs a program to its end; {code, signal, stdout, stderr}. Past its time it is killed. */
export function runProgram(command, args, { env: given = process.env, cwd, input = '', timeoutMs = 300000 } = {}) {
  const proc = spawn(command, args, { cwd, env: given, timeout: timeoutMs, killSignal: 'SIGKILL' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    proc[name].setEncoding('utf8');
    proc[name].on('data', (text) => {
      output[name] += text;
    });
  }
  proc.stdin.on('error', () => {}); // it may end before it has read everything
  proc.stdin.end(input);
  return new Promise((resolve, reject) => {
    proc.on('error', reject);
    proc.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

/* The same as the daemons' user. */
export function run(command, args, { cwd, extraEnv = {}, input = '', timeoutMs = 60000 } = {}) {
  return runProgram(...asUser(command, args, 'KILL'), { cwd, env: { ...env, ...extraEnv }, input, timeoutMs });
}

/* run() of what must succeed; its output. */
export async function runOk(command, args, options) {
  const { code, signal, stdout, stderr } = await run(command, args, options);
  if (code !== 0) {
    throw new Error(`${command} ${args.join(' ')}: code ${code}, signal ${signal}\n${stdout}${stderr}`);
  }
  return stdout;
}

/*
 * Removes the System V segment that a killed postmaster leaves, if its data folder names one: nobody else
 * would before the machine restarts.
 */
export function removeLeftSegment(dataDir) {
  try {
    const lines = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const id = lines[6]?.trim().split(/\s+/)[1];
    if (id && !isRunning(Number(lines[0]))) execFileSync('ipcrm', ['-m', id], { stdio: 'ignore' });
  } catch {
    // it ended as it should, or the segment is gone
  }
}

export { removeTempDir, waitFor };

/*
 * server.mjs: starts the real binary on free ports over a database of its own, for tests.
 *
 * Readiness is what the program prints, never a pause. Whatever happens to the test, no process and no
 * folder stays behind: they are ended and removed when the test's own process exits. A report of a
 * sanitizer makes stop() fail, so that every test that ends its server is a sanitizer test as well.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const buildDir = path.resolve(root, process.env.KINGLET_BUILD || 'build');
export const binary = path.join(buildDir, 'kinglet');

/* Sanitized builds are several times slower; their runs raise this. */
export const deadlineMs = Number(process.env.KINGLET_TEST_DEADLINE_MS || 10000);

const SANITIZER_REPORT =
  /ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:|SUMMARY: UndefinedBehavior/;

const liveProcesses = new Set();
const tempDirs = new Set();

function cleanUp() {
  for (const proc of liveProcesses) proc.kill('SIGKILL');
  for (const dir of tempDirs) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
}
process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

/* A folder that is gone when this process is. */
export function tempDir(name = 'kinglet-test-') {
  const dir = mkdtempSync(path.join(tmpdir(), name));
  tempDirs.add(dir);
  return dir;
}

export function removeTempDir(dir) {
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  tempDirs.delete(dir);
}

/* This process's environment without what would configure the program that is tested. */
export function cleanEnv(env = {}) {
  const kept = Object.entries(process.env).filter(([name]) => !/^KINGLET_(?!BUILD|TEST_)/.test(name));
  return { ...Object.fromEntries(kept), ...env };
}

function start(args, { env = {}, cwd = root, program = binary, wrap = [] } = {}) {
  const [command, ...words] = [...wrap, program, ...args];
  const proc = spawn(command, words, { cwd, env: cleanEnv(env), stdio: ['pipe', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  liveProcesses.add(proc);
  proc.stdin.on('error', () => {}); // it may end before it has read everything
  for (const name of ['stdout', 'stderr']) {
    proc[name].setEncoding('utf8');
    proc[name].on('data', (text) => {
      output[name] += text;
    });
  }
  const ended = new Promise((resolve) => {
    proc.on('error', (error) => {
      liveProcesses.delete(proc);
      output.stderr += String(error);
      resolve({ code: null, signal: null });
    });
    proc.on('close', (code, signal) => {
      liveProcesses.delete(proc);
      resolve({ code, signal });
    });
  });
  return { proc, output, ended };
}

/* Whether this process waits for the child. A server that a failed test forgot mustn't keep it alive. */
function hold(proc, wanted) {
  for (const handle of [proc, proc.stdin, proc.stdout, proc.stderr]) wanted ? handle.ref() : handle.unref();
}

function failOnSanitizerReport(stderr) {
  if (SANITIZER_REPORT.test(stderr)) throw new Error(`a sanitizer reports:\n${stderr}`);
}

/*
 * Runs `kinglet ARGS…` to its end; {code, signal, stdout, stderr}. Throws past the deadline, and on a
 * sanitizer's report.
 */
export async function runKinglet(args, { env, cwd, program, input = '', timeoutMs = 3 * deadlineMs } = {}) {
  const { proc, output, ended } = start(args, { env, cwd, program });
  proc.stdin.end(input);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    proc.kill('SIGKILL');
  }, timeoutMs);
  const end = await ended;
  clearTimeout(timer);
  if (late) {
    throw new Error(`kinglet ${args.join(' ')}: still running after ${timeoutMs} ms\n${output.stderr}`);
  }
  failOnSanitizerReport(output.stderr);
  return { ...end, ...output };
}

/* The lines of a log in JSON that are whole; a line that is no object throws. */
export function jsonLines(text) {
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line));
}

function announced(stdout) {
  const urls = {};
  if (stdout.startsWith('{')) {
    const lines = jsonLines(stdout).filter(({ message }) => message === 'listening');
    return Object.fromEntries(lines.map((line) => [line['kinglet.listener'], line['url.full']]));
  }
  for (const [, name, url] of stdout.matchAll(/^kinglet: (web|api|admin) listening on (http:\/\/\S+)$/gm)) {
    urls[name] = url;
  }
  return urls;
}

/* A database of its own on the server that KINGLET_TEST_POSTGRES names: {url, drop()}. */
let made = 0;
async function makeDatabase() {
  const { psql } = await import('./postgres.mjs'); // late: it needs this file
  const server = process.env.KINGLET_TEST_POSTGRES;
  const name = `test_${process.pid}_${(made += 1)}`;
  await psql(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = name;
  return { url: url.href, drop: () => psql(server, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/*
 * Starts `kinglet serve` and answers when it has said that it is ready:
 *   web, api, admin   base URLs without a slash at the end; undefined for a listener that is off
 *   db, dir           its database and its folder; given ones are kept, others removed by stop()
 *   proc, stdout(), stderr(), ended   a promise of {code, signal}
 *   log()             what it has written so far, its log among it; for people to read, unless `env` asks for JSON
 *   logged(event)     the JSON lines of that event so far
 *   stop()            SIGTERM; {code, signal}. Throws where it takes too long or a sanitizer reports
 *   kill()            SIGKILL; {code, signal}. Keeps the folder, for the next start with `db`
 * Without `db` it is a new file, or a new database where KINGLET_TEST_ENGINE is postgres: tests run on either.
 * `args` come last, so that they override the defaults; `bare` starts it with nothing but them;
 * `program` is another build of it; `wrap` are words before the command, such as those that enter a network namespace.
 */
export async function startServer({ args = [], env = {}, db, cwd, program, bare = false, wrap } = {}) {
  const dir = tempDir();
  const own = !db && !bare && process.env.KINGLET_TEST_ENGINE === 'postgres' ? await makeDatabase() : null;
  const url = db ?? own?.url ?? `sqlite:${path.join(dir, 'kinglet.db')}`;
  const free = '127.0.0.1:0';
  const { proc, output, ended } = start(
    bare ? ['serve', ...args] : ['serve', '--db', url, '--web', free, '--api', free, '--admin', free, ...args],
    { env: { KINGLET_LOG_FORMAT: 'text', ...env }, cwd, program, wrap },
  );
  await new Promise((resolve, reject) => {
    const fail = (why) => {
      proc.kill('SIGKILL');
      reject(new Error(`kinglet serve ${args.join(' ')}: ${why}\n${output.stdout}${output.stderr}`));
    };
    const timer = setTimeout(() => fail(`not ready after ${deadlineMs} ms`), deadlineMs);
    const look = () => {
      if (!/^kinglet: ready$|^\{.*"message":"ready"/m.test(output.stdout)) return;
      clearTimeout(timer);
      proc.stdout.off('data', look);
      resolve();
    };
    proc.stdout.on('data', look);
    ended.then(({ code, signal }) => {
      clearTimeout(timer);
      fail(`ended (code ${code}, signal ${signal}) before it was ready`);
    });
  });

  hold(proc, false);

  async function stop() {
    hold(proc, true);
    proc.kill('SIGTERM');
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      proc.kill('SIGKILL');
    }, 2 * deadlineMs);
    const end = await ended;
    clearTimeout(timer);
    removeTempDir(dir);
    await own?.drop();
    if (late) throw new Error(`kinglet: still running ${2 * deadlineMs} ms after SIGTERM\n${output.stderr}`);
    failOnSanitizerReport(output.stderr);
    return end;
  }
  async function kill() {
    hold(proc, true);
    proc.kill('SIGKILL');
    return ended;
  }
  return {
    ...announced(output.stdout),
    db: url,
    dir,
    proc,
    get ended() {
      hold(proc, true);
      return ended;
    },
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    log: () => output.stdout + output.stderr,
    logged: (event) => jsonLines(output.stdout).filter(({ message }) => message === event),
    stop,
    kill,
  };
}

/* Ends a server, and throws where it doesn't end as it should. For after() hooks. */
export async function stopCleanly(server) {
  const { code, signal } = await server.stop();
  if (code !== 0) {
    throw new Error(`kinglet ended with code ${code}, signal ${signal}; wanted 0\n${server.log()}`);
  }
}

/* startServer() for one test: ended with it, and the test fails where that doesn't go cleanly. */
export async function serverFor(t, options) {
  const server = await startServer(options);
  t.after(() => stopCleanly(server));
  return server;
}

/* Calls `look` until it answers something true; event-driven waiting is better where there is an event. */
export async function waitFor(what, look, timeoutMs = deadlineMs) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

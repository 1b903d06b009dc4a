/*
 * echo.mjs: drives echo_server and speaks raw HTTP to it, for tests of framing, limits and time.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import net from 'node:net';
import path from 'node:path';
import { buildDir, deadlineMs } from '../lib/server.mjs';

const live = new Set();
process.on('exit', () => live.forEach((proc) => proc.kill('SIGKILL')));

export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${deadlineMs} ms`)), deadlineMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* Asks again and again until `ask` gives something true. */
export async function until(ask, what) {
  const end = Date.now() + deadlineMs;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/* A connection that sends what it is told and splits what comes back into answers. */
export class Raw {
  constructor(port) {
    this.pieces = [];
    this.ended = null; // then 'end' or the code of an error
    this.waiting = [];
    this.socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.socket.on('data', (data) => {
      this.pieces.push(data);
      this.#wake();
    });
    this.socket.on('end', () => this.#end('end'));
    this.socket.on('error', (error) => this.#end(error.code));
    this.socket.on('close', () => this.#end('end'));
  }

  /* What came and is not part of an answer that was taken. */
  get received() {
    if (this.pieces.length !== 1) this.pieces = [Buffer.concat(this.pieces)];
    return this.pieces[0];
  }

  #end(how) {
    this.ended ??= how;
    this.#wake();
  }

  #wake() {
    this.waiting.splice(0).forEach((wake) => wake());
  }

  async #until(ready, what) {
    const end = Date.now() + deadlineMs;
    while (!ready()) {
      if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms; got "${this.received}"`);
      await within(new Promise((resolve) => this.waiting.push(resolve)), what);
    }
  }

  send(...pieces) {
    for (const piece of pieces) this.socket.write(piece, 'latin1');
    return this;
  }

  /* {status, reason, headers (lower-case names), body (latin1)} */
  async answer({ head = false } = {}) {
    let at = -1;
    await this.#until(() => (at = this.received.indexOf('\r\n\r\n')) >= 0 || this.ended, 'the head of an answer');
    assert.ok(at >= 0, `the connection ended (${this.ended}) without an answer: "${this.received}"`);
    const [line, ...fields] = this.received.subarray(0, at).toString('latin1').split('\r\n');
    const [, status, reason] = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(line) ?? assert.fail(`a status line: "${line}"`);
    const headers = {};
    for (const field of fields) {
      const colon = field.indexOf(':');
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
    }
    const empty = head || ['100', '204', '304'].includes(status);
    const length = empty ? 0 : Number(headers['content-length']);
    const size = () => this.pieces.reduce((sum, piece) => sum + piece.length, 0);
    await this.#until(() => size() >= at + 4 + length || this.ended, 'the body of an answer');
    const body = this.received.subarray(at + 4, at + 4 + length);
    assert.equal(body.length, length, `the connection ended (${this.ended}) within a body`);
    this.pieces = [this.received.subarray(at + 4 + length)];
    return { status: Number(status), reason, headers, body: body.toString('latin1'), bytes: body };
  }

  /* How the server ended the connection: 'end', or the code of an error. */
  async closed() {
    await this.#until(() => this.ended, 'the end of the connection');
    return this.ended;
  }

  destroy() {
    this.socket.destroy();
  }
}

class Echo {
  constructor(proc) {
    this.proc = proc;
    this.stdout = this.stderr = '';
    this.open = new Set();
    proc.stdout.on('data', (data) => (this.stdout += data));
    proc.stderr.on('data', (data) => (this.stderr += data));
    this.exited = new Promise((resolve) => proc.on('exit', (code, signal) => resolve(signal ?? code)));
  }

  connect() {
    const raw = new Raw(this.port);
    this.open.add(raw);
    return raw;
  }

  /* One request on a connection of its own; the answer. */
  async ask(...pieces) {
    const raw = this.connect();
    try {
      return await raw.send(...pieces).answer();
    } finally {
      raw.destroy();
    }
  }

  get(target, headers = '') {
    return this.ask(`GET ${target} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`);
  }

  async counters() {
    return JSON.parse((await this.get('/counters')).body);
  }

  /* Drains it; asserts that it ended well, with no word from a sanitizer. */
  async stop() {
    this.open.forEach((raw) => raw.destroy());
    this.proc.kill('SIGTERM');
    const how = await within(this.exited, 'the end of echo_server');
    live.delete(this.proc);
    assert.equal(how, 0, `echo_server ended with ${how}: ${this.stderr}`);
    assert.equal(this.stderr, '');
  }
}

/* Starts one with small limits for this test alone; it is stopped when the test ends. */
export async function echoServer(t, limits = {}, { address } = {}) {
  const args = Object.entries(limits).map(([name, value]) => `${name}=${value}`);
  const env = { ...process.env, ...(address ? { ECHO_ADDRESS: address } : {}) };
  const proc = spawn(path.join(buildDir, 'tests/http/echo_server'), args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  live.add(proc);
  const echo = new Echo(proc);
  const ended = echo.exited.then((how) => {
    live.delete(proc);
    throw new Error(`echo_server ended with ${how}: ${echo.stderr}`);
  });
  ended.catch(() => {});
  const port = until(() => Number(/^port (\d+)$/m.exec(echo.stdout)?.[1]), 'the port of echo_server');
  port.catch(() => {});
  echo.port = await Promise.race([port, ended]);
  t.after(() => live.has(proc) && echo.stop());
  return echo;
}

/* What the echo says that it was sent. */
export function echoed(answer) {
  const [method, target, query, peer, scheme, length, ...body] = answer.body.split('\n');
  return { method, path: target, query, peer, scheme, length: Number(length), body: body.join('\n') };
}

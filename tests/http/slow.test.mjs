/*
 * Time and crowds: slow clients, dead clients, too many clients, and stopping with clients at hand.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import test from 'node:test';
import { echoed, echoServer, until, within } from './echo.mjs';

const HOST = 'Host: a\r\n';
const get = (path, headers = '') => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;

/* Connections refused, asked on a connection that is there: a new one might be refused. */
async function countersOver(raw) {
  return JSON.parse((await raw.send(get('/counters')).answer()).body).refused;
}

/* Sends `bytes` one by one, well within any pause that could count as progress, until an answer comes. */
async function trickle(raw, bytes) {
  let at = 0;
  const timer = setInterval(() => raw.send(bytes[at++ % bytes.length]), 20);
  try {
    return await raw.answer();
  } finally {
    clearInterval(timer);
  }
}

test('a head that trickles in is refused with 408 when its time is over', async (t) => {
  const echo = await echoServer(t, { header_ms: 300, header_bytes: 65536 });
  const raw = echo.connect();
  raw.send(`GET / HTTP/1.1\r\n${HOST}X: `);
  const answer = await trickle(raw, 'y');
  assert.equal(answer.status, 408);
  assert.equal(answer.headers.connection, 'close');
  assert.equal(await raw.closed(), 'end');
  assert.deepEqual((await echo.counters()).timeouts, { header: 1, body: 0, write: 0, idle: 0 });
});

test('a body that trickles in is refused with 408 when its time is over', async (t) => {
  const echo = await echoServer(t, { body_ms: 300 });
  for (const [headers, bytes] of [
    ['Content-Length: 8000\r\n', 'a'],
    ['Transfer-Encoding: chunked\r\n', '1\r\na\r\n'],
  ]) {
    const raw = echo.connect();
    raw.send(`POST / HTTP/1.1\r\n${HOST}${headers}\r\n`);
    assert.equal((await trickle(raw, bytes)).status, 408, headers);
    assert.equal(await raw.closed(), 'end');
  }
  assert.deepEqual((await echo.counters()).timeouts, { header: 0, body: 2, write: 0, idle: 0 });
});

test('an upload has a time of its own', async (t) => {
  const echo = await echoServer(t, { body_bytes: 100, upload_bytes: 1000, uploads: 1, body_ms: 100, upload_ms: 400 });
  const raw = echo.connect();
  raw.send(`POST /upload HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\na`);
  const short = await echo.ask(`POST /upload HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\na`);
  assert.equal(short.status, 408);
  raw.send('a'.repeat(999));
  assert.equal((await raw.answer()).status, 200, 'where others are over, it is not');
  raw.send(`POST /upload HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\n`);
  assert.equal((await trickle(raw, 'a')).status, 408);
  assert.equal((await echo.counters()).timeouts.body, 2);
});

test('a body has its time from the end of the head, not from its own first byte', async (t) => {
  const echo = await echoServer(t, { body_ms: 200 });
  const raw = echo.connect();
  raw.send(`POST / HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\n`);
  assert.equal((await raw.answer()).status, 408);
});

test('a connection without a request is closed without a word', async (t) => {
  const echo = await echoServer(t, { idle_ms: 200 });
  const fresh = echo.connect();
  const used = echo.connect();
  used.send(get('/x'));
  assert.equal((await used.answer()).status, 200);
  for (const raw of [fresh, used]) {
    assert.equal(await raw.closed(), 'end');
    assert.equal(raw.received.length, 0);
  }
  assert.deepEqual((await echo.counters()).timeouts, { header: 0, body: 0, write: 0, idle: 2 });
});

test('a client that does not read its answer is dropped', async (t) => {
  const echo = await echoServer(t, { write_ms: 200, blob_bytes: 32 << 20 });
  const raw = echo.connect();
  raw.socket.pause();
  raw.send(get('/blob'));
  await until(async () => (await echo.counters()).timeouts.write === 1, 'the time-out');
  await until(async () => (await echo.counters()).open === 1, 'the end of the connection');
});

test('a client that reads slowly gets all of its answer', async (t) => {
  const echo = await echoServer(t, { write_ms: 1000, blob_bytes: 16 << 20 });
  const raw = echo.connect();
  raw.socket.on('data', () => {
    raw.socket.pause();
    setTimeout(() => raw.socket.resume(), 5);
  });
  raw.send(get('/blob'));
  assert.equal((await raw.answer()).body.length, 16 << 20);
});

test('a client that sends much and reads nothing is not read from without end', async (t) => {
  const echo = await echoServer(t, { blob_bytes: 1 << 20 });
  const raw = echo.connect();
  raw.socket.pause();
  const piece = get('/blob').repeat(1000);
  for (let i = 0; i < 1000; i++) raw.send(piece); // 40 MB of requests for 1 TB of answers
  let before = -1;
  await until(async () => {
    const answered = (await echo.counters()).answered;
    const written = raw.socket.bytesWritten - raw.socket.writableLength;
    const still = written === before;
    before = written;
    return still && answered > 0;
  }, 'the client to be held back');
  assert.ok(raw.socket.writableLength > 10 << 20, `only ${raw.socket.writableLength} bytes are left to send`);
  const rssKiB = Number(/VmRSS:\s+(\d+)/.exec(execFileSync('cat', [`/proc/${echo.proc.pid}/status`], { encoding: 'utf8' }))[1]);
  assert.ok(rssKiB < 200 << 10, `the server holds ${rssKiB} KiB`);
});

test('a thousand slow clients delay nobody', async (t) => {
  const echo = await echoServer(t, { header_ms: 60000, body_ms: 60000 });
  const slow = Array.from({ length: 1000 }, (_, i) => {
    const raw = echo.connect();
    return raw.send(i % 2 ? 'GET / HT' : `POST /x HTTP/1.1\r\n${HOST}Content-Length: 10\r\n\r\na`);
  });
  await until(async () => (await echo.counters()).open === 1001, 'a thousand connections');
  /* All of them go on sending, a byte at a time, while others want to be served. */
  const drips = slow.filter((raw, i) => i % 2 === 0);
  const drip = setInterval(() => drips.forEach((raw) => raw.socket.bytesWritten < 60 && raw.send('a')), 50);
  try {
    for (const path of ['/x', '/pool', '/blob', '/password']) {
      for (let i = 0; i < 25; i++) assert.equal((await echo.get(path)).status, 200, path);
    }
  } finally {
    clearInterval(drip);
  }
  const counters = await echo.counters();
  assert.deepEqual(counters.timeouts, { header: 0, body: 0, write: 0, idle: 0 });
  assert.ok(counters.answered >= 100);
});

test('workers that wait delay no answer from the loop', async (t) => {
  const echo = await echoServer(t, { workers: 2, pool_queue: 4 });
  const waiting = [];
  for (const [at_work, queued] of [[1, 0], [2, 0], [2, 1], [2, 2], [2, 3], [2, 4]]) {
    waiting.push(echo.connect().send(get('/wait')));
    await until(async () => {
      const c = await echo.counters();
      return c.waiting === at_work && c.pool_queued === queued;
    }, `${at_work} at work and ${queued} queued`);
  }
  assert.equal((await echo.get('/x')).status, 200);
  assert.equal((await echo.get('/password')).status, 200, 'passwords have workers of their own');
  for (let i = 0; i < 6; i++) await echo.get('/release');
  for (const raw of waiting) assert.equal((await raw.answer()).status, 200);
});

test('a full queue is said at once, and the connection may go on', async (t) => {
  const echo = await echoServer(t, { workers: 1, pool_queue: 1 });
  const first = echo.connect().send(get('/wait'));
  await until(async () => (await echo.counters()).waiting === 1, 'the worker to wait');
  const second = echo.connect().send(get('/wait'));
  await until(async () => (await echo.counters()).pool_queued === 1, 'the queue to be full');
  const third = echo.connect().send(get('/pool'), get('/x'));
  const answer = await third.answer();
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(answer.headers.connection, undefined);
  assert.equal(echoed(await third.answer()).path, '/x');
  assert.equal((await echo.counters()).shed, 1);
  await echo.get('/release');
  await echo.get('/release');
  for (const raw of [first, second]) assert.equal((await raw.answer()).status, 200);
  assert.equal((await echo.counters()).pool_waits, 2);
});

test('the answer to a client that has gone is dropped, and work that has not begun is not done', async (t) => {
  const echo = await echoServer(t, { workers: 1, pool_queue: 10 });
  const gone = Array.from({ length: 3 }, () => echo.connect().send(get('/wait')));
  await until(async () => {
    const c = await echo.counters();
    return c.waiting === 1 && c.pool_queued === 2;
  }, 'one at work and two behind');
  gone.forEach((raw) => raw.socket.resetAndDestroy?.() ?? raw.destroy());
  await until(async () => (await echo.counters()).open === 1, 'their connections to be closed');
  await echo.get('/release'); // for the one that had begun; the others would wait for ever
  await until(async () => (await echo.counters()).in_flight === 1, 'all of them to be done with');
  assert.equal((await echo.get('/pool')).status, 200, 'the worker is free');
});

test('connections past the limit are closed, and the others go on', async (t) => {
  const echo = await echoServer(t, { connections: 3 });
  const kept = [echo.connect(), echo.connect(), echo.connect()];
  for (const raw of kept) assert.equal((await raw.send(get('/x')).answer()).status, 200);
  const refused = echo.connect();
  await refused.closed();
  assert.equal(refused.received.length, 0);
  assert.deepEqual(await countersOver(kept[0]), { connections: 1, per_address: 0 });
  for (const raw of kept) assert.equal((await raw.send(get('/x')).answer()).status, 200);
  kept[0].destroy();
  await until(async () => {
    const raw = echo.connect();
    const answer = await raw.send(get('/x')).answer().catch(() => null);
    raw.destroy();
    return answer?.status === 200;
  }, 'room for another');
});

test('one address has its limit, and a trusted proxy has none', async (t) => {
  const echo = await echoServer(t, { connections_per_address: 2 });
  const kept = [echo.connect(), echo.connect()];
  for (const raw of kept) assert.equal((await raw.send(get('/x')).answer()).status, 200);
  const refused = echo.connect();
  await refused.closed();
  assert.equal(refused.received.length, 0);
  assert.deepEqual(await countersOver(kept[0]), { connections: 0, per_address: 1 });
  const behind = await echoServer(t, { connections_per_address: 2, trust: '127.0.0.1' });
  const all = Array.from({ length: 5 }, () => behind.connect().send(get('/x')));
  for (const raw of all) assert.equal((await raw.answer()).status, 200);
});

test('stopping answers what is in flight and closes the rest', async (t) => {
  const echo = await echoServer(t, { workers: 1, pool_queue: 4 });
  const idle = echo.connect().send(get('/x'));
  assert.equal((await idle.answer()).status, 200);
  const begun = [echo.connect().send(get('/wait')), echo.connect().send(get('/wait'))];
  await until(async () => {
    const c = await echo.counters();
    return c.waiting === 1 && c.pool_queued === 1;
  }, 'one at work and one behind');
  const half = echo.connect().send('GET /release HTTP/1.1\r\n');
  await until(async () => (await echo.counters()).open === 5, 'all connections'); // and the one that asks
  await echo.get('/release');
  assert.equal((await begun[0].answer()).status, 200);
  await until(async () => (await echo.counters()).waiting === 1, 'the second to be at work');
  echo.proc.kill('SIGTERM');
  assert.equal(await idle.closed(), 'end'); // so it is stopping
  half.send(`${HOST}\r\n`);
  for (const raw of [half, begun[1]]) {
    const answer = await raw.answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.connection, 'close');
    raw.destroy();
  }
  assert.equal(await within(echo.exited, 'the end'), 0);
});

test('stopping waits only so long for a client that does not finish', async (t) => {
  const echo = await echoServer(t, { drain_ms: 300 });
  const raw = echo.connect().send('GET /x HTTP/1.1\r\n');
  await until(async () => (await echo.counters()).open === 2, 'the connection');
  echo.proc.kill('SIGTERM');
  await raw.closed();
  assert.equal(await within(echo.exited, 'the end'), 0);
});

test('a port that another process has is refused', async (t) => {
  const echo = await echoServer(t, { loops: 2 });
  const address = `127.0.0.1:${echo.port}`;
  await assert.rejects(echoServer(t, { loops: 2 }, { address }),
    /echo_server ended with 1: .*echo: cannot listen on .*: Address already in use/);
  assert.equal((await echo.get('/x')).status, 200);
});

test('several loops share one port', async (t) => {
  const echo = await echoServer(t, { loops: 4 });
  const raws = Array.from({ length: 64 }, () => echo.connect());
  for (const raw of raws) assert.equal((await raw.send(get('/pool')).answer().catch((e) => e)).status ?? 0, 200);
  assert.equal((await echo.counters()).open, 65);
});

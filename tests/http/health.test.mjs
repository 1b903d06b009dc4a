/* /healthz on the listeners that strangers reach: says whether, and nothing else. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, rawSocket, signedIn } from '../lib/client.mjs';
import { removeTempDir, serverFor, startServer, waitFor } from '../lib/server.mjs';

test('pages and API say that they can serve', async (t) => {
  const server = await serverFor(t);
  for (const base of [server.web, server.api]) {
    const answer = await new Client(base).get('/healthz');
    assert.equal(answer.status, 200);
    assert.equal(answer.text, 'ok\n');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(answer.headers['content-type'], /^text\/plain/);
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.equal((await new Client(base).request('HEAD', '/healthz')).status, 200);
    assert.equal((await new Client(base).post('/healthz', '')).status, 405);
  }
});

test('nobody can be called healthz', async (t) => {
  const server = await serverFor(t);
  const answer = await new Client(server.web).post('/register', 'username=HealthZ&email=a@b&password=x&password2=x');
  assert.equal(answer.status, 200);
  assert.match(answer.text, /class="?error/);
  await signedIn(server.web, 'healthzy');
  assert.equal((await new Client(server.web).get('/healthzy')).status, 200);
});

test('while it stops it says so', async (t) => {
  const server = await startServer({ args: ['--stop-delay-ms', '60000'] });
  t.after(async () => {
    server.kill();
    removeTempDir(server.dir);
  });
  server.proc.kill('SIGTERM');
  for (const base of [server.web, server.api]) {
    await waitFor('503', async () => {
      const socket = await rawSocket(base);
      socket.send('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      const answer = await socket.closed();
      return /^HTTP\/1\.1 503 [^]*\r\n\r\nunavailable\n$/.test(answer);
    });
  }
});

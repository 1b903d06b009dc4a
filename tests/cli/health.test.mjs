/* `kinglet health`, which containers ask by: it says yes of a server that is ready, and of nothing else. */
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { runKinglet, serverFor } from '../lib/server.mjs';

/* A listener that answers each connection with `text`, or with silence; its port. */
async function listenerFor(t, text) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}); // the other side may have left
    socket.once('data', () => text && socket.end(text));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return server.address().port;
}

test('a server that is ready is healthy: by the setting, by an address that is every address, by a URL', async (t) => {
  const server = await serverFor(t);
  const { port } = new URL(server.admin);
  for (const args of [['--admin', `127.0.0.1:${port}`], ['--admin', `0.0.0.0:${port}`], [`${server.admin}/livez`]]) {
    const { code, stdout, stderr } = await runKinglet(['health', ...args]);
    assert.equal(code, 0, `${args}: ${stderr}`);
    assert.match(stdout, /\S/, args.join(' '));
  }
  const byEnvironment = await runKinglet(['health'], { env: { KINGLET_ADMIN: `127.0.0.1:${port}` } });
  assert.equal(byEnvironment.code, 0, byEnvironment.stderr);
  assert.match(byEnvironment.stdout, /"ready": ?true/);
  const other = await runKinglet(['health', `${server.admin}/nowhere`]);
  assert.equal(other.code, 1, other.stdout);
});

test('a server that is not ready is not healthy, and the reason is repeated', async (t) => {
  const body = '{"ready": false, "checks": [{"name": "store", "ok": false}]}';
  const port = await listenerFor(t, `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/json\r\n\r\n${body}`);
  const { code, stderr } = await runKinglet(['health', '--admin', `127.0.0.1:${port}`]);
  assert.equal(code, 1);
  assert.ok(stderr.includes(body), stderr);
});

test('what is no answer of HTTP, none at all, or nobody there is not healthy', async (t) => {
  const rubbish = await listenerFor(t, 'SSH-2.0-OpenSSH\r\n');
  const said = await runKinglet(['health', '--admin', `127.0.0.1:${rubbish}`]);
  assert.equal(said.code, 1, said.stderr);

  const silent = await listenerFor(t, '');
  const waited = await runKinglet(['health', '--admin', `127.0.0.1:${silent}`]);
  assert.equal(waited.code, 1);
  assert.match(waited.stderr, /timed out/);

  const refused = await runKinglet(['health', '--admin', '127.0.0.1:1']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /refused/);
});

test('a question that can not be asked is refused', async () => {
  const wrong = ['https://127.0.0.1:1/', '127.0.0.1:80', 'http://127.0.0.1/', 'http://127.0.0.1:99999/', 'http://:80/',
    'http://127.0.0.1:80/a b', 'http://127.0.0.1:80/\r\nX: y'];
  for (const url of wrong) {
    const { code, stderr } = await runKinglet(['health', url]);
    assert.equal(code, 2, url);
    assert.match(stderr, /http:\/\/HOST:PORT\/PATH/, url);
  }
  for (const admin of ['off', '127.0.0.1:0']) {
    const { code, stderr } = await runKinglet(['health', '--admin', admin]);
    assert.equal(code, 1, admin);
    assert.match(stderr, /name a URL/);
  }
});

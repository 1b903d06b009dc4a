/*
 * The way of a request's line from the real programs to whoever looks for it: Kinglet writes its file, HAProxy sends
 * to syslog, both with the configuration of this repository; rsyslog ships, the log host stores, `logs` finds by id.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, statSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { freePorts } from '../lib/daemon.mjs';
import { startLogHost, waitFor } from '../lib/logging.mjs';
import { startNode, startProxy } from '../lib/proxy.mjs';

const LIMIT_MS = 30000;
let host;
let app;
let node;
let proxy;

before(async () => {
  host = await startLogHost();
  const [port] = await freePorts(1);
  app = await host.shipper({ HAPROXY_PORT: port });
  node = await startNode({ args: ['--log-format', 'json', '--log-file', app.file('kinglet.log')] });
  proxy = await startProxy({ web: [node], api: [node], settings: { KINGLET_PROXY_LOG: `127.0.0.1:${port}` } });
  await proxy.until('web1', 'UP');
});
after(async () => {
  await proxy?.stop();
  await node?.remove();
  await host?.stop();
});

/* What `logs` prints of a request once it is there from each of `sources`, by source. */
async function linesOf(id, ...sources) {
  let lines;
  await waitFor(`lines of ${id} from ${sources}`, async () => {
    const { stdout } = await host.logs(['--id', id, '--json']);
    lines = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
    return lines.length >= sources.length;
  }, LIMIT_MS);
  assert.deepEqual(lines.map((line) => line['service.name']).sort(), [...sources].sort());
  return Object.fromEntries(lines.map((line) => [line['service.name'], line]));
}

async function ask(method, target) {
  const { status, headers } = await new Client(proxy.web).request(method, target);
  assert.match(headers['x-request-id'], /^[0-9a-f-]{36}$/);
  return { status, id: headers['x-request-id'] };
}

test('a request that went well is found by its id as Kinglet logged it', async () => {
  const { status, id } = await ask('GET', '/public?secret=hidden');
  assert.equal(status, 200);
  const { frontend } = await linesOf(id, 'frontend');
  const { 'http.request.method': method, 'http.response.status_code': code, 'url.path': path } = frontend;
  assert.deepEqual({ method, code, path }, { method: 'GET', code: 200, path: '/public' });
  assert.match(frontend['client.address'], /^127\./);
  assert.equal(statSync(app.file('kinglet.log')).mode & 0o777, 0o640, 'the shipper reads it as one of its group');
});

/* What an operator should never do: the node's database loses a table, and everything that needs it fails. */
const SQL = 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])';
const nodeSql = (statement) => execFileSync('python3', ['-c', SQL, node.db.replace('sqlite:', ''), statement]);

test('a request that failed is found as Kinglet and as HAProxy logged it, by the same id', async () => {
  nodeSql('ALTER TABLE user RENAME TO lost');
  const { status, id } = await ask('GET', '/somebody');
  nodeSql('ALTER TABLE lost RENAME TO user');
  assert.equal(status, 500);
  const { frontend, proxy: balancer } = await linesOf(id, 'frontend', 'proxy');
  assert.equal(frontend['http.response.status_code'], 500);
  assert.ok(frontend['error.message']);
  assert.equal(balancer['http.response.status_code'], 500);
  assert.equal(balancer['url.path'], '/somebody');
  assert.equal(balancer['haproxy.server_name'], 'web1');
});

test('lines that Kinglet writes while its file is rotated are found', async () => {
  const before = await ask('GET', '/public');
  renameSync(app.file('kinglet.log'), app.file('kinglet.log.1'));
  const between = await ask('GET', '/public');
  node.server.proc.kill('SIGHUP');
  await waitFor('a new file', () => existsSync(app.file('kinglet.log')), LIMIT_MS);
  const behind = await ask('GET', '/public');
  for (const { id } of [before, between, behind]) await linesOf(id, 'frontend');
});

test('a request that no node answered is found as HAProxy logged it', async () => {
  await node.kill();
  await proxy.until('web1', 'DOWN');
  const path = `/${'long'.repeat(240)}`; // the id stands behind it
  const { status, id } = await ask('POST', path);
  assert.equal(status, 503);
  const { proxy: balancer } = await linesOf(id, 'proxy');
  assert.equal(balancer['url.path'], path);
  assert.equal(balancer['log.level'], 'error');
  assert.match(balancer['error.message'], /^web_write\/<NOSRV> ended with /);
});

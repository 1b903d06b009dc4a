/* What the server says about itself: each line whole, nothing secret in it, and nobody waits for it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Api } from '../lib/api.mjs';
import { Client as AnyClient, SAME_ORIGIN } from '../lib/client.mjs';
import { binary, cleanEnv, jsonLines, runKinglet, serverFor, tempDir, waitFor } from '../lib/server.mjs';

/* From 127.0.0.1, which the proxies' settings below name. */
class Client extends AnyClient {
  constructor(base) {
    super(base, { from: '127.0.0.1', headers: SAME_ORIGIN });
  }

  register(username, email, password) {
    return this.post('/register', { username, email, password, password2: password });
  }

  login(username, password) {
    return this.post('/login', { username, password });
  }
}

const JSON_LOG = { KINGLET_LOG_FORMAT: 'json' };
const ID = /^[0-9a-f]{16}$/;

/* The request line of the answer with this id, as soon as it is there. */
function lineOf(server, id) {
  return waitFor(`the line of request ${id}`, () =>
    [...server.logged('request'), ...server.logged('slow request')].find((line) => line['http.request.id'] === id));
}

async function metric(server, name) {
  const { text } = await new Client(server.admin).get('/metrics');
  const row = text.split('\n').find((line) => line.startsWith(`${name} `));
  return Number(row.split(' ')[1]);
}

/* ---- the line of a request ---------------------------------------------------------------------- */

test('each answer has an id, and a line with the ECS fields of it', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  const answer = await new Client(server.web).get('/public?page=7');
  const id = answer.headers['x-request-id'];
  assert.match(id, ID);
  const line = await lineOf(server, id);
  assert.equal(line['ecs.version'], '8.11.0');
  assert.equal(line['log.level'], 'info');
  assert.equal(line['service.name'], 'frontend');
  assert.equal(line['service.version'], readFileSync('VERSION', 'utf8').trim());
  assert.equal(line['process.pid'], server.proc.pid);
  assert.equal(line['event.dataset'], 'kinglet.request');
  assert.equal(line['http.request.method'], 'GET');
  assert.equal(line['http.response.status_code'], 200);
  assert.equal(line['url.path'], '/public', 'without its query');
  assert.equal(line['kinglet.route'], '/public');
  assert.equal(line['client.address'], '127.0.0.1');
  assert.ok(line['http.response.bytes'] > answer.body.length);
  assert.ok(line['event.duration'] > 0 && line['event.duration'] % 1000 === 0);
  assert.match(line['@timestamp'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(line['@timestamp']) - Date.now()) < 60000);
});

test('a line says who it was: the person signed in, or the API by its name', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  const client = new Client(server.web);
  await client.register('Åse', 'aase@example.org', 'secret');
  await client.login('Åse', 'secret');
  const page = await client.get('/');
  assert.equal((await lineOf(server, page.headers['x-request-id']))['user.name'], 'Åse');
  const api = new Api(server.api);
  const list = await api.get('/msgs');
  assert.equal((await lineOf(server, list.headers['x-request-id']))['user.name'], 'simulator');
  const anonymous = await new Client(server.web).get('/public');
  assert.equal((await lineOf(server, anonymous.headers['x-request-id']))['user.name'], undefined);
});

test('a line says where a redirect leads, and why a request failed', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  const home = await new Client(server.web).get('/');
  assert.equal((await lineOf(server, home.headers['x-request-id']))['kinglet.redirect'], '/public');
  const missing = await new Client(server.web).get('/nobody');
  const line = await lineOf(server, missing.headers['x-request-id']);
  assert.equal(line['error.type'], 'not_found');
  assert.equal(line['log.level'], 'info');
});

test('a request that was never whole has a line and an id as well', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  const { hostname, port } = new URL(server.web);
  const text = await new Promise((resolve, reject) => {
    let all = '';
    const socket = net.connect(port, hostname, () => socket.write('GET /\u0001 HTTP/1.1\r\n\r\n'));
    socket.on('data', (data) => { all += data; }).on('end', () => resolve(all)).on('error', reject);
  });
  const line = await lineOf(server, /^X-Request-Id: (\S+)\r$/m.exec(text)[1]);
  assert.equal(line['http.response.status_code'], 400);
  assert.equal(line['kinglet.route'], 'none');
});

test("an id comes from a trusted proxy only, and only a harmless one", async (t) => {
  const trusting = await serverFor(t, { env: JSON_LOG, args: ['--trusted-proxies', '127.0.0.1'] });
  const ask = async (server, id) =>
    (await new Client(server.web).get('/public', { headers: { 'X-Request-Id': id } })).headers['x-request-id'];
  assert.equal(await ask(trusting, 'lb-1:4711.a_B'), 'lb-1:4711.a_B');
  assert.equal((await lineOf(trusting, 'lb-1:4711.a_B'))['url.path'], '/public');
  for (const bad of ['a b', 'x"y', 'x'.repeat(65), 'ø', '{"a":1}']) assert.match(await ask(trusting, bad), ID, bad);
  const distrusting = await serverFor(t, { env: JSON_LOG });
  assert.match(await ask(distrusting, 'lb-1'), ID);
});

test('addresses are truncated or left out where that is wanted', async (t) => {
  const address = async (wanted, forwarded) => {
    const args = ['--log-client-address', wanted, '--trusted-proxies', '127.0.0.1'];
    const server = await serverFor(t, { env: JSON_LOG, args });
    const { headers } = await new Client(server.web).get('/public', { headers: { 'X-Forwarded-For': forwarded } });
    return (await lineOf(server, headers['x-request-id']))['client.address'];
  };
  assert.equal(await address('full', '203.0.113.77'), '203.0.113.77');
  assert.equal(await address('truncated', '203.0.113.77'), '203.0.113.0');
  assert.equal(await address('truncated', '2001:db8:1:2:3::4'), '2001:db8:1::');
  assert.equal(await address('none', '203.0.113.77'), undefined);
});

/* ---- levels ------------------------------------------------------------------------------------- */

test('what is slow is a warning, and what is not wanted is left out', async (t) => {
  const slow = await serverFor(t, { env: JSON_LOG, args: ['--slow-request-ms', '1'] });
  const client = new Client(slow.web);
  const { headers } = await client.register('anna', 'a@b', 'secret');
  const line = await lineOf(slow, headers['x-request-id']);
  assert.equal(line.message, 'slow request');
  assert.equal(line['log.level'], 'warn');
  const quiet = await serverFor(t, { env: JSON_LOG, args: ['--log-requests=off', '--slow-request-ms', '5'] });
  await new Client(quiet.web).get('/public');
  await new Client(quiet.web).register('anna', 'a@b', 'secret');
  await waitFor('the slow one', () => quiet.logged('slow request').length > 0);
  assert.equal(quiet.logged('request').length, 0);
});

test("what an operator's page makes the store do is named by the page's id", async (t) => {
  const file = path.join(tempDir(), 'k.db');
  const server = await serverFor(t, { env: JSON_LOG, db: `sqlite:${file}`, args: ['--slow-store-ms', '1'] });
  /* In the place of the history something that takes its time: it counts far. */
  execFileSync('sqlite3', [file, `.timeout 10000`, `ALTER TABLE sample RENAME TO quick;
    CREATE VIEW sample AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
      SELECT i - i AS resolution_s, i AS at_s, 'x' AS node, '{}' AS data FROM n`]);
  const page = await new Client(server.admin).get('/admin/business');
  /* Of the recorder, which asks as well, there may be lines without an id. */
  await waitFor('a slow operation of that page', () => server.logged('slow store operation').some((line) =>
    line['kinglet.operation'] === 'sample_list' && line['http.request.id'] === page.headers['x-request-id']));
});

test('what monitoring asks for is logged at debug only', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  await new Client(server.admin).get('/livez');
  const { headers } = await new Client(server.web).get('/public');
  await lineOf(server, headers['x-request-id']);
  assert.equal(server.logged('request').filter((line) => line['service.name'] === 'admin').length, 0);
  const chatty = await serverFor(t, { env: { ...JSON_LOG, KINGLET_LOG_LEVEL: 'debug' } });
  await new Client(chatty.admin).get('/livez');
  const lines = await waitFor('a line of it', () => {
    const found = chatty.logged('request').filter((line) => line['service.name'] === 'admin');
    return found.length && found;
  });
  assert.equal(lines[0]['log.level'], 'debug');
});

test('at a terminal lines are text, and a file gets JSON', async (t) => {
  const text = await serverFor(t, { env: { KINGLET_LOG_FORMAT: 'text' } });
  const { headers } = await new Client(text.web).get('/public');
  const id = headers['x-request-id'];
  await waitFor('its line', () => text.stdout().includes(id));
  assert.match(text.stdout(), new RegExp(`info  request GET /public 200 \\d+ B \\d+\\.\\d ms .*http.request.id=${id}`));
  assert.doesNotMatch(text.stdout(), /\u001b/, 'no colours in a pipe');
});

test('settings of the log that make no sense are refused', async () => {
  for (const [args, words] of [
    [['--log-format', 'xml'], /log-format: 'xml' is none of auto, text, json/],
    [['--log-client-address', 'half'], /log-client-address: 'half' is none of full, truncated, none/],
    [['--log-file', '/no/such/folder/log'], /log-file: \/no\/such\/folder\/log can't be opened/],
  ]) {
    const dir = tempDir();
    const { code, stderr } = await runKinglet(['serve', '--db', `sqlite:${dir}/k.db`, ...args]);
    assert.notEqual(code, 0);
    assert.match(stderr, words);
    assert.equal(existsSync(`${dir}/k.db`), false, 'and nothing is made');
  }
  const fifo = path.join(tempDir(), 'fifo');
  execFileSync('mkfifo', [fifo]);
  const { code, stderr } = await runKinglet(['serve', '--db', `sqlite:${fifo}.db`, '--log-file', fifo]);
  assert.notEqual(code, 0, 'nobody reads the pipe');
  assert.match(stderr, /fifo can't be opened/);
});

test('a client that went before its answer, and a queue that was full, are told from success', async (t) => {
  const args = ['--password-workers', '1', '--password-queue', '1', '--register-burst', '0'];
  const server = await serverFor(t, { env: JSON_LOG, args });
  const body = 'username=anna&email=a%40b&password=x&password2=x';
  const head = `POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
  const { hostname, port } = new URL(server.web);
  await waitFor('both', async () => {
    const sockets = await Promise.all(Array.from({ length: 8 }, () => new Promise((resolve) => {
      const socket = net.connect(port, hostname, () => socket.write(head, () => resolve(socket)));
      socket.on('error', () => {});
    })));
    await new Client(server.web).get('/public');
    for (const socket of sockets) socket.resetAndDestroy();
    const lines = server.logged('request').filter((line) => line['kinglet.route'] === '/register');
    return lines.some((line) => line['http.response.status_code'] === 499 && line['error.type'] === 'client_gone') &&
      lines.some((line) => line['http.response.status_code'] === 503 && line['error.type'] === 'busy' &&
        line['error.message'] === 'the queue of waiting requests is full');
  });
});

/* ---- secrets and forgery ------------------------------------------------------------------------ */

test('the log says why a start failed, to those who read nothing else', async () => {
  const file = path.join(tempDir(), 'kinglet.log');
  const wrong = path.join(tempDir(), 'nowhere', 'k.db');
  const { code, stderr } = await runKinglet(['serve', '--db', `sqlite:${wrong}`, '--log-file', file]);
  assert.equal(code, 1);
  assert.match(stderr, /^kinglet: .*nowhere/);
  const line = jsonLines(readFileSync(file, 'utf8')).find(({ message }) => message === 'could not start');
  assert.equal(line['log.level'], 'error');
  assert.match(line['error.message'], /nowhere/);
});

test("no database's address is repeated that is not in the form of one", async () => {
  for (const db of ['host=127.0.0.1 password=s3cr3t', 'user:s3cr3t@host/db', 's3cr3t', 'User s3cr3t:x']) {
    const { code, stdout, stderr } = await runKinglet(['serve', '--db', db], { env: JSON_LOG });
    assert.equal(code, 1, db);
    assert.doesNotMatch(stdout + stderr, /s3cr3t/);
    assert.match(stderr, /no kind of database that Kinglet knows/);
  }
});

test('no password, cookie, token or post gets into the log, at debug level either', async (t) => {
  const env = { ...JSON_LOG, KINGLET_LOG_LEVEL: 'debug', KINGLET_API_PASSWORD: 'planted-api' };
  const server = await serverFor(t, { env });
  const client = new Client(server.web);
  await client.register('anna', 'planted-mail@b', 'planted-password');
  await client.login('planted-name-is-a-password', 'planted-password');
  await client.login('anna', 'planted-wrong');
  await client.login('anna', 'planted-password');
  const cookie = [...client.cookies.values()].join();
  assert.ok(cookie.length > 20);
  await client.post('/add_message', { text: 'planted-post' });
  await client.get('/public?token=planted-query', { headers: { Authorization: 'Bearer planted-header' } });
  const api = new Api(server.api, { password: 'planted-api' });
  await api.post('/msgs/anna', { content: 'planted-content' });
  await api.post('/register', { username: 'bea', email: 'b@c', pwd: 'planted-pwd' });
  await new Api(server.api, { password: 'planted-guess' }).get('/msgs');
  const { headers } = await client.get('/');
  await lineOf(server, headers['x-request-id']);
  assert.doesNotMatch(server.log(), /planted/);
  for (const value of client.cookies.values()) if (value.length > 20) assert.ok(!server.log().includes(value));
});

test('no path can forge a line or reach a terminal', async (t) => {
  const forged = '/x%0A%7B%22log.level%22:%22info%22%7D%1B%5B31m%C2%9B31m%22%5C%7F%E2%80%A8';
  const json = await serverFor(t, { env: JSON_LOG });
  const answer = await new Client(json.web).get(forged);
  const line = await lineOf(json, answer.headers['x-request-id']);
  assert.equal(line['url.path'], decodeURIComponent(forged));
  assert.doesNotMatch(json.stdout(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  const text = await serverFor(t);
  const other = await new Client(text.web).get(forged);
  await waitFor('its line', () => text.stdout().includes(other.headers['x-request-id']));
  assert.doesNotMatch(text.stdout(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  const own = text.stdout().split('\n').filter((row) => row.includes(other.headers['x-request-id']));
  assert.equal(own.length, 1);
});

/* ---- files, rotation ----------------------------------------------------------------------------- */

test('a file is opened again on SIGHUP, under load, and no line is lost', async (t) => {
  const dir = tempDir();
  const file = path.join(dir, 'kinglet.log');
  const server = await serverFor(t, { env: JSON_LOG, args: ['--log-file', file] });
  const ids = new Set();
  let rotating = true;
  const readers = Array.from({ length: 4 }, async () => {
    const client = new Client(server.web);
    while (rotating) ids.add((await client.get('/public')).headers['x-request-id']);
  });
  const files = [];
  for (let i = 1; i <= 5; i += 1) {
    const before = ids.size;
    await waitFor('requests', () => ids.size > before + 20);
    renameSync(file, `${file}.${i}`);
    files.push(`${file}.${i}`);
    server.proc.kill('SIGHUP');
    await waitFor('a new file', () => existsSync(file));
  }
  rotating = false;
  await Promise.all(readers);
  const all = () => [...files, file].flatMap((name) => jsonLines(readFileSync(name, 'utf8')));
  await waitFor('all lines', () => all().filter(({ message }) => message === 'request').length >= ids.size);
  const logged = all().map((line) => line['http.request.id']).filter(Boolean);
  assert.equal(new Set(logged).size, logged.length, 'none twice');
  for (const id of ids) assert.ok(logged.includes(id), id);
  for (const name of [...files.slice(1), file])
    await waitFor(`${name} to say why it begins`,
      () => readFileSync(name, 'utf8').includes('"message":"log file opened again"'));
  assert.equal(statSync(file).mode & 0o007, 0, 'not for everybody to read');
});

test('without a file SIGHUP ends it as SIGTERM does', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG });
  server.proc.kill('SIGHUP');
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.equal(server.logged('stopped').length, 1, 'with its last line written');
});

/* ---- nobody waits -------------------------------------------------------------------------------- */

/* A server whose standard output is a pipe that is not read after it was ready. */
async function startUnread(t, args) {
  const dir = tempDir();
  const all = ['serve', '--db', `sqlite:${dir}/k.db`, '--web', '127.0.0.1:0', '--api', 'off', '--admin', '127.0.0.1:0'];
  const proc = spawn(binary, [...all, ...args], { env: cleanEnv(JSON_LOG), stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => proc.on('exit', resolve));
  t.after(() => proc.kill('SIGKILL'));
  let text = '';
  await new Promise((resolve) => {
    const read = (data) => {
      text += data;
      if (!text.includes('"message":"ready"')) return;
      proc.stdout.off('data', read);
      proc.stdout.pause();
      resolve();
    };
    proc.stdout.on('data', read);
  });
  const urls = Object.fromEntries(jsonLines(text).filter((line) => line['url.full'])
    .map((line) => [line['kinglet.listener'], line['url.full']]));
  return { proc, ended, ...urls };
}

test('a reader that reads no more stalls nobody: lines are dropped, counted, and told of afterwards', async (t) => {
  const server = await startUnread(t, ['--log-queue-bytes', '65536']);
  const client = new Client(server.web);
  await waitFor('dropped lines', async () => {
    for (let i = 0; i < 50; i += 1) assert.equal((await client.get('/public')).status, 200);
    return (await metric(server, 'kinglet_log_dropped_total')) > 100;
  }, 60000);
  let rest = '';
  server.proc.stdout.on('data', (data) => { rest += data; });
  server.proc.stdout.resume();
  await waitFor('the word of it', () => rest.includes('log lines dropped'));
  await client.get('/public');
  server.proc.kill('SIGTERM');
  assert.equal(await server.ended, 0);
  const lines = jsonLines(rest.slice(rest.indexOf('\n{') + 1));
  const told = lines.filter(({ message }) => message === 'log lines dropped');
  assert.ok(told[0]['kinglet.log.dropped'] > 100);
  assert.equal(told[0]['log.level'], 'warn');
});

test('it ends, although nobody reads what it says', async (t) => {
  const server = await startUnread(t, ['--log-queue-bytes', '65536']);
  const client = new Client(server.web);
  await waitFor('dropped lines', async () => {
    for (let i = 0; i < 50; i += 1) await client.get('/public');
    return (await metric(server, 'kinglet_log_dropped_total')) > 0;
  }, 60000);
  server.proc.kill('SIGTERM');
  assert.equal(await server.ended, 0);
});

test('a disk that is full stops nothing', async (t) => {
  const server = await serverFor(t, { env: JSON_LOG, args: ['--log-file', '/dev/full'] });
  assert.equal((await new Client(server.web).get('/public')).status, 200);
  await waitFor('the line to count as dropped', async () => (await metric(server, 'kinglet_log_dropped_total')) > 0);
  assert.equal((await new Client(server.web).get('/public')).status, 200);
});

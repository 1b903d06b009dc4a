/* What a server says of itself after it has served requests of every kind, as Prometheus' own checker reads it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Api } from '../lib/api.mjs';
import { Client, nextAddress, rawRequest, signedIn } from '../lib/client.mjs';
import { runKinglet, serverFor, waitFor } from '../lib/server.mjs';
import { FAST, startPostgres } from '../lib/postgres.mjs';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0, text/plain; q=0.5';

const PAGES = ['/', '/public', '/Ada', '/Bo/followers', '/Bo/following', '/settings', '/about', '/robots.txt',
  '/healthz',
  '/avatar/Ada', '/favicon.ico', '/nobody', '/no/such/page', '/login', '/register', '/?before=x'];
const API_PATHS = ['/msgs', '/msgs/Cy', '/fllws/Cy', '/latest', '/openapi.json', '/healthz', '/nowhere'];
const LOCKED =
  "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'post'::regclass";
const LIMITS = ['--sign-in-burst', '2', '--sign-in-address-burst', '3', '--register-burst', '1', '--post-burst', '1'];

const metricsOf = async (server, headers = {}) => {
  const answer = await new Client(server.admin).get('/metrics', { headers });
  assert.equal(answer.status, 200);
  return answer;
};

/* The value of a series; undefined where it isn't there. */
function valueOf(text, series) {
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line && Number(line.slice(series.length + 1));
}

const assertValues = (text, wanted) =>
  assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((one) => [one, valueOf(text, one)])), wanted);

async function useThePages(server) {
  const ada = await signedIn(server.web, 'Ada', 'secret');
  await signedIn(server.web, 'Bo', 'secret');
  for (const path of PAGES) await ada.get(path);
  for (const name of ['Bo', 'Bo', 'nobody']) await ada.post(`/${name}/follow`, '');
  await ada.post('/add_message', 'text=hello');
  await ada.post('/add_message', 'text=');
  await ada.post('/Bo/unfollow', '');
  await ada.request('DELETE', '/public');
  await ada.request('HEAD', '/public');
  const stranger = new Client(server.web);
  for (const name of ['Ada', 'Nobody']) await stranger.post('/login', { username: name, password: 'wrong' });
  await stranger.post('/add_message', 'text=x');
  await rawRequest(server.web, 'BREW / HTTP/1.1\r\n\r\n');
  await ada.post('/settings/sign-out-everywhere', '');
}

async function useTheApi(server) {
  const api = new Api(server.api);
  await api.register('Cy');
  await api.register('Cy');
  await api.write('Cy', 'one');
  await api.write('Nobody', 'x');
  await api.follow('Cy', 'Ada');
  for (const path of API_PATHS) await api.get(path);
  await new Client(server.api).get('/msgs');
  for (const path of ['/', '/livez', '/readyz', '/metrics', '/nowhere']) await new Client(server.admin).get(path);
}

function assertPromtoolAgrees(text, what) {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(status, 0, `${what}: ${stdout}${stderr}`);
  assert.equal(`${stdout}${stderr}`, '', what);
}

async function checkServer(server) {
  await useThePages(server);
  await useTheApi(server);
  const text = await waitFor('all to be counted', async () => {
    const { text: now } = await metricsOf(server);
    return valueOf(now, 'kinglet_active_users') !== undefined && now.includes('route="/metrics"') && now;
  });
  assertPromtoolAgrees(text, 'after requests of every kind');
  assertValues(text, {
    'kinglet_sign_ins_total{result="ok"}': 2,
    'kinglet_sign_ins_total{result="wrong_password"}': 1,
    'kinglet_sign_ins_total{result="unknown_name"}': 1,
    'kinglet_sign_ins_total{result="limited"}': 0,
    kinglet_users_registered_total: 3,
    kinglet_posts_created_total: 2,
    kinglet_follows_created_total: 2, // asked for thrice
    kinglet_users: 3,
    kinglet_follows: 1,
    'kinglet_store_operations_total{operation="user_create",error="none"}': 3,
    'kinglet_store_operation_duration_seconds_count{operation="user_create"}': 3,
    'kinglet_http_requests_in_flight{service="admin"}': 1,
    'kinglet_http_requests_in_flight{service="frontend"}': 0,
    'kinglet_http_shed_total{pool="workers"}': 0,
    'kinglet_log_lines_total{level="error"}': 0,
    kinglet_log_dropped_total: 0,
  });
  assert.ok(valueOf(text, 'kinglet_http_pool_wait_seconds_count{pool="workers"}') > 0);
  assert.ok(valueOf(text, 'kinglet_http_request_bytes_total{service="backend"}') > 500);
  assert.ok(valueOf(text, 'kinglet_store_operations_total{operation="post_create",error="not_found"}') === undefined);
  assert.doesNotMatch(text, /NaN|Inf [^+]/);
  return text;
}

test('a server that has served every kind of request passes promtool', async (t) => {
  const text = await checkServer(await serverFor(t));
  assert.ok(valueOf(text, 'kinglet_store_commit_group_size_count') > 0);
  assert.ok(valueOf(text, 'kinglet_store_file_bytes') > 0);
  assert.ok(valueOf(text, 'kinglet_store_disk_free_bytes') > 0);
  assert.doesNotMatch(text, /kinglet_db_/);
});

test('a node on PostgreSQL that has served every kind of request passes promtool', async (t) => {
  const pg = await startPostgres({ settings: FAST });
  t.after(() => pg.stop());
  const server = await serverFor(t, { db: await pg.createDatabase('kinglet') });
  const text = await checkServer(server);
  assert.ok(valueOf(text, 'kinglet_db_connections') > 0);
  assert.ok(valueOf(text, 'kinglet_store_operations_total{operation="version",error="none"}') > 0);
  assert.doesNotMatch(text, /kinglet_store_(wal_bytes|commit_group_size)/);
  await waitFor('the size of the database', async () =>
    valueOf((await metricsOf(server)).text, 'kinglet_store_file_bytes') > 1e6);
});

test('the table of series and what is emitted are the same', async (t) => {
  const { stdout } = await runKinglet(['help', 'metrics']);
  const table = [...stdout.matchAll(/^\| `(kinglet_\w+)` \| (\w+) \|/gm)];
  const declared = new Set(table.map(([, name]) => name));
  assert.ok(declared.size > 60);
  assert.equal(declared.size, table.length, 'a series is declared twice');
  const server = await serverFor(t);
  await signedIn(server.web, 'Ada');
  const { text } = await metricsOf(server);
  for (const [, name] of text.matchAll(/^# TYPE (\w+)/gm)) assert.ok(declared.has(name), name);
});

test('OpenMetrics is spoken to whom asks for it', async (t) => {
  const server = await serverFor(t);
  await signedIn(server.web, 'Ada');
  const { text, headers } = await metricsOf(server, { Accept: OPENMETRICS });
  assert.equal(headers['content-type'], 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.ok(text.endsWith('\n# EOF\n'));
  assert.equal(text.indexOf('# EOF'), text.length - '# EOF\n'.length);
  const families = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)];
  assert.ok(families.length > 40);
  for (const [, name, type] of families) {
    assert.ok(!/_(total|info|count|sum|bucket)$/.test(name), name);
    const suffix = { counter: '_total', info: '_info', gauge: '', histogram: '_bucket' }[type];
    assert.match(text, new RegExp(`^${name}${suffix}[ {]`, 'm'), `${name}: ${type}`);
  }
  const units = [...text.matchAll(/^# UNIT (\w+) (\w+)$/gm)];
  assert.ok(units.length > 10);
  for (const [, name, unit] of units) assert.ok(name.endsWith(`_${unit}`), name);
  for (const [, le] of text.matchAll(/le="([^"]*)"/g)) assert.match(le, /^(\d+\.\d+|\+Inf)$/);
  for (const accept of ['text/plain', '*/*', 'application/openmetrics-text; q=0', '']) {
    const answer = await metricsOf(server, { Accept: accept });
    assert.match(answer.headers['content-type'], /^text\/plain; version=0\.0\.4/, accept);
    assert.doesNotMatch(answer.text, /# (EOF|UNIT)/);
  }
});

test('both formats are compressed for whom takes it', async (t) => {
  const server = await serverFor(t);
  for (const accept of [OPENMETRICS, 'text/plain']) {
    const answer = await fetchRaw(server, accept);
    assert.match(answer.head, /\r\nContent-Encoding: gzip(\r|$)/, accept);
    assert.match(gunzipSync(answer.body).toString(), /^# HELP kinglet_build/);
  }
});

async function fetchRaw(server, accept) {
  const url = new URL(server.admin);
  const socket = net.connect(Number(url.port), url.hostname);
  const headers = ['Host: x', `Accept: ${accept}`, 'Accept-Encoding: gzip', 'Connection: close'];
  socket.write(`GET /metrics HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  const pieces = [];
  for await (const piece of socket) pieces.push(piece);
  const all = Buffer.concat(pieces);
  const end = all.indexOf('\r\n\r\n');
  return { head: all.subarray(0, end).toString(), body: all.subarray(end + 4) };
}

test('what is over a limit is counted by that limit', async (t) => {
  const server = await serverFor(t, { args: LIMITS });
  const ada = await signedIn(server.web, 'Ada', 'secret');
  for (const text of ['a', 'b']) await ada.post('/add_message', `text=${text}`);
  const stranger = new Client(server.web, { from: nextAddress() });
  const form = (name) => `username=${name}&email=a@b&password=x&password2=x`;
  for (const name of ['Bo', 'Cy']) await stranger.post('/register', form(name));
  for (let i = 0; i < 3; i += 1) await stranger.post('/login', 'username=Ada&password=wrong');
  for (let i = 0; i < 2; i += 1) await stranger.post('/login', 'username=Zed&password=wrong');
  assertValues((await metricsOf(server)).text, {
    'kinglet_rate_limited_total{limit="post"}': 1,
    'kinglet_rate_limited_total{limit="register"}': 1,
    'kinglet_rate_limited_total{limit="sign_in"}': 1,
    'kinglet_rate_limited_total{limit="sign_in_address"}': 1,
    'kinglet_sign_ins_total{result="limited"}': 2,
    'kinglet_sign_ins_total{result="wrong_password"}': 2,
    'kinglet_sign_ins_total{result="unknown_name"}': 1,
  });
});

test('the load of the processor is right at the first look, and never over all cores', async (t) => {
  const server = await serverFor(t);
  const { text } = await metricsOf(server);
  const percent = valueOf(text, 'kinglet_process_cpu_percent');
  assert.ok(percent >= 0 && percent <= 101, `${percent} %`);
  assert.ok(valueOf(text, 'kinglet_process_cpu_cores') > 0);
});

/* A node on the database `name`, where a post has to wait longer than it may. */
async function nodeThatWaited(t, pg, name, args) {
  const server = await serverFor(t, { db: await pg.createDatabase(name), args: ['--log-format', 'json', ...args] });
  const api = new Api(server.api);
  assert.equal((await api.register('Ada')).status, 204);
  const locked = pg.psql('BEGIN; LOCK TABLE post; SELECT pg_sleep(1.5); COMMIT', name);
  await waitFor('the lock', async () => (await pg.psql(LOCKED, name)) === '1');
  assert.equal((await api.write('Ada', 'x')).status, 503);
  await locked;
  return `${server.stdout?.() ?? ''}${server.stderr()}`.split('\n');
}

test('a slow operation of the store is logged with its name, and none where that is off', async (t) => {
  const pg = await startPostgres({ settings: FAST });
  t.after(() => pg.stop());
  const lines = await nodeThatWaited(t, pg, 'told', ['--slow-store-ms', '100']);
  const line = JSON.parse(lines.find((one) => one.includes('slow store operation')) ?? '{}');
  assert.equal(line['kinglet.operation'], 'post_create');
  assert.equal(line['log.level'], 'warn');
  assert.ok(line['event.duration'] >= 100e6, `${line['event.duration']} ns`);
  const quiet = await nodeThatWaited(t, pg, 'quiet', ['--slow-store-ms', '0']);
  assert.deepEqual(quiet.filter((one) => one.includes('slow store operation')), []);
});

/* The operator's listener: health, and metrics that no client can make grow. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, rawRequest, rawSocket, signedIn } from '../lib/client.mjs';
import { removeTempDir, serverFor, startServer, waitFor } from '../lib/server.mjs';

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'OTHER']);

async function metricsOf(server) {
  const answer = await new Client(server.admin).get('/metrics');
  assert.equal(answer.status, 200);
  return answer;
}

/* name{labels} → value */
function samplesOf(text) {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return new Map(lines.map((line) => {
    const space = line.lastIndexOf(' ');
    return [line.slice(0, space), Number(line.slice(space + 1))];
  }));
}

/* The value once it is what is wanted: an answer is counted just after its last byte was sent. */
async function expectSample(server, series, wanted) {
  let got;
  await waitFor(`${series} to be ${wanted}`, async () => {
    got = samplesOf((await metricsOf(server)).text).get(series);
    return got === wanted;
  }).catch(() => assert.equal(got, wanted, series));
}

/* The text format as Prometheus' parser has it: each family declared once, its samples together. */
function assertWellFormed(text) {
  assert.ok(text.endsWith('\n'));
  const families = new Set();
  const seen = new Set();
  let family;
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP (kinglet_[a-z_]+) \S.*$/.exec(line);
    const type = /^# TYPE (kinglet_[a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      assert.ok(!families.has(help[1]), `declared twice: ${line}`);
      families.add(help[1]);
      family = { name: help[1] };
    } else if (type) {
      assert.equal(type[1], family.name, line);
      family.type = type[2];
      assert.equal(type[2] === 'counter', type[1].endsWith('_total'), line);
    } else {
      const sample = /^([a-z_]+)(\{([a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (-?[0-9.e+-]+)$/.exec(line);
      assert.ok(sample, `not a sample: ${line}`);
      const base = family.type === 'histogram' ? sample[1].replace(/_(bucket|sum|count)$/, '') : sample[1];
      assert.equal(base, family.name, line);
      const series = line.slice(0, line.lastIndexOf(' '));
      assert.ok(!seen.has(series), `twice: ${line}`);
      seen.add(series);
    }
  }
}

test('a server that serves is alive and ready', async (t) => {
  const server = await serverFor(t);
  const client = new Client(server.admin);
  assert.equal((await client.get('/livez')).text, 'ok\n');
  const ready = await client.get('/readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.headers['content-type'], /^application\/json/);
  assert.deepEqual(JSON.parse(ready.text), {
    ready: true,
    checks: [
      { name: 'serving', ok: true, required: true, reason: '' },
      { name: 'store', ok: true, required: true, reason: '' },
      { name: 'disk', ok: true, required: false, reason: '' },
      { name: 'migrations', ok: true, required: false, reason: '' },
    ],
  });
  assert.match((await client.get('/')).text, /\/livez[^]*\/readyz[^]*\/metrics/);
});

test('what is not there answers 404, and another method 405, as text', async (t) => {
  const server = await serverFor(t);
  const client = new Client(server.admin);
  assert.equal((await client.get('/nowhere')).status, 404);
  const post = await client.post('/metrics', '');
  assert.equal(post.status, 405);
  assert.equal(post.headers.allow, 'GET, HEAD');
  for (const path of ['/', '/livez', '/readyz', '/metrics']) {
    const head = await client.request('HEAD', path);
    assert.equal(head.status, 200, path);
    assert.equal(head.text, '', path);
  }
});

test('metrics are well-formed, complete and of the announced type', async (t) => {
  const server = await serverFor(t);
  await new Client(server.web).get('/public');
  await new Api(server.api).get('/msgs');
  const { text, headers } = await metricsOf(server);
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  assertWellFormed(text);
  for (const name of ['build_info', 'users', 'posts', 'follows', 'sessions', 'process_cpu_seconds_total',
    'process_resident_memory_bytes', 'process_open_fds', 'process_threads', 'process_start_time_seconds',
    'process_uptime_seconds', 'store_commits_total', 'http_connections', 'http_requests_total',
    'store_operations_total', 'store_operation_duration_seconds',
    'http_request_duration_seconds', 'http_response_bytes_total']) {
    assert.match(text, new RegExp(`^# TYPE kinglet_${name} `, 'm'));
  }
});

test('people, posts, follows and sessions are counted', async (t) => {
  const server = await serverFor(t);
  const api = new Api(server.api);
  for (const name of ['Ada', 'Bo']) expectStatus(await api.register(name), 204);
  for (const text of ['a', 'b', 'c']) expectStatus(await api.write('Ada', text), 204);
  expectStatus(await api.follow('Ada', 'Bo'), 204);
  await signedIn(server.web, 'Cy');
  await expectSample(server, 'kinglet_users', 3);
  await expectSample(server, 'kinglet_posts', 3);
  await expectSample(server, 'kinglet_follows', 1);
  await expectSample(server, 'kinglet_sessions', 1);
});

test('requests are counted by service, route, method and status', async (t) => {
  const server = await serverFor(t);
  const api = new Api(server.api);
  expectStatus(await api.register('Ada Lovelace'), 204);
  for (let i = 0; i < 3; i += 1) expectStatus(await api.write('Ada Lovelace', `post ${i}`), 204);
  expectStatus(await api.write('Nobody', 'x'), 404);
  await new Client(server.web).get('/public');
  const labels = 'service="backend",route="/msgs/:username",method="POST"';
  await expectSample(server, `kinglet_http_requests_total{${labels},status="204"}`, 3);
  await expectSample(server, `kinglet_http_requests_total{${labels},status="404"}`, 1);
  await expectSample(server, `kinglet_http_request_duration_seconds_count{${labels}}`, 4);
  await expectSample(server, `kinglet_http_request_duration_seconds_bucket{${labels},le="+Inf"}`, 4);
  await expectSample(server,
    'kinglet_http_requests_total{service="frontend",route="/public",method="GET",status="200"}', 1);
});

test('random paths, methods, users, headers and queries make no new series', async (t) => {
  const server = await serverFor(t);
  const storm = async (seed) => {
    for (let i = 0; i < 30; i += 1) {
      const word = `${seed}-${i}`;
      for (const base of [server.web, server.api, server.admin]) {
        await new Client(base).get(`/${word}/x/y?${word}=1`);
        await new Client(base).request('DELETE', `/${word}`);
        await new Client(base).get(`/${word}`);
        await rawRequest(base, `M${i}${seed} /${word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
        await rawRequest(base, `PROPFIND /${word} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      }
      await new Api(server.api).get(`/msgs/${word}?latest=${i}`);
      await new Client(server.web).post('/login', { username: word, password: word });
      await new Client(server.web).post('/register', { username: `${word}!`, email: word });
      const headers = { Accept: `application/${word}`, 'X-Request-Id': word };
      await new Client(server.admin).get('/metrics', { headers });
      await new Client(server.web).get(`/healthz?${word}`, { headers: { Cookie: `kinglet_session=${word}` } });
    }
  };
  await storm('a');
  const before = await waitFor('the first look at the metrics to be counted', async () => {
    const names = [...samplesOf((await metricsOf(server)).text).keys()];
    return names.some((name) => name.includes('route="/metrics"')) && names;
  });
  await storm('b');
  const after = await metricsOf(server);
  assert.deepEqual([...samplesOf(after.text).keys()].filter((one) => !before.includes(one)), []);
  assertWellFormed(after.text);
  for (const [, method] of after.text.matchAll(/method="([^"]*)"/g)) assert.ok(METHODS.has(method), method);
});

test('nothing secret is shown', async (t) => {
  const secret = 'planted-secret-7f3a';
  const server = await serverFor(t, { env: { KINGLET_API_PASSWORD: secret } });
  const api = new Api(server.api, { password: secret });
  expectStatus(await api.register('Planted Person', { email: 'planted@example.com', pwd: `${secret}-2` }), 204);
  expectStatus(await api.write('Planted Person', 'planted post'), 204);
  for (const path of ['/', '/livez', '/readyz', '/metrics', '/nowhere']) {
    assert.doesNotMatch((await new Client(server.admin).get(path)).text, /planted|simulator/i, path);
  }
  // Whose page was asked for stands in the path, which is logged; nothing else does.
  assert.doesNotMatch(server.log(), /planted(?! Person)/i);
});

test('while it drains it is alive and not ready', async (t) => {
  const server = await startServer({ args: ['--drain-ms', '30000'] });
  t.after(() => server.kill());
  /* A request that has begun holds the drain; another one asks. */
  const slow = await rawSocket(server.api);
  const probe = await rawSocket(server.admin);
  slow.send('POST /register HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{');
  probe.send('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await probe.until((text) => text.includes(']}')), /^HTTP\/1\.1 200 /);
  probe.send('GET /readyz HTTP/1.1\r\nHost: x\r\n');
  await expectSample(server, 'kinglet_http_connections{state="active"}', 3);
  server.proc.kill('SIGTERM');
  await waitFor('new connections to be refused', () =>
    new Client(server.admin).get('/livez').then(() => false, () => true));
  probe.send('\r\n');
  assert.match(await probe.closed(), /HTTP\/1\.1 503 [^]*"reason": "it is stopping"/);
  slow.send('}');
  assert.match(await slow.closed(), /^HTTP\/1\.1 400 /);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  removeTempDir(server.dir);
});

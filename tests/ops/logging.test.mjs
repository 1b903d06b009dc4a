/* The logging stack (ops/logging), end to end: rsyslog ships, the log host stores, `logs` finds. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { renameSync } from 'node:fs';
import dgram from 'node:dgram';
import { freePorts } from '../lib/daemon.mjs';
import { requestLine, startLogHost, waitFor } from '../lib/logging.mjs';

const LIMIT_MS = 30000;
let host;
let app;
let haproxyPort;

before(async () => {
  host = await startLogHost(
    { hosts: ['app1', 'app2'], pgSettings: { log_destination: 'jsonlog', logging_collector: 'on' } }
  );
  [haproxyPort] = await freePorts(1);
  app = await host.shipper({ HAPROXY_PORT: haproxyPort, POSTGRESQL_FILES: `${host.pg.dataDir}/log/*.json` });
});
after(() => host?.stop());

const rows = (condition) => host.sql(`SELECT count(*) FROM log.line WHERE ${condition}`).then(Number);
const arrives = (condition, count = 1) =>
  waitFor(`${count} lines where ${condition}`, async () => (await rows(condition)) >= count, LIMIT_MS);

test('a request is found by its id on the log host', async () => {
  app.append('kinglet.log', requestLine({ 'http.request.id': 'abc-123', 'user.name': 'mia', 'url.path': '/mia' }));
  await arrives("request_id = 'abc-123'");
  const { code, stdout } = await host.logs(['--id', 'abc-123', '--json']);
  assert.equal(code, 0);
  const line = JSON.parse(stdout);
  assert.equal(line['url.path'], '/mia');
  assert.equal(line['user.name'], 'mia');
});

test('fields of a line become columns of their own', async () => {
  app.append('kinglet.log', requestLine({
               'http.request.id': 'cols-1',
               'log.level': 'error',
               'http.response.status_code': 503,
               'error.type': 'BUSY',
               'error.message': 'pool is full',
               'service.name': 'backend',
             }));
  await arrives("request_id = 'cols-1'");
  const got = await host.sql(
    `SELECT host, source, service, node, level, message, client, method, status, path, route, duration_ns, bytes, error
    FROM log.line WHERE request_id = 'cols-1'`
  );
  assert.equal(
    got, 'app1|kinglet|backend|node1|error|request|192.0.2.7|GET|503|/public|/public|412345|5120|BUSY: pool is full'
  );
});

test('half a line waits for its other half', async () => {
  const line = requestLine({ 'http.request.id': 'half-1' });
  app.append('kinglet.log', line.slice(0, 100));
  app.append('kinglet.log', ''); // nothing more yet; another file's line shows that the shipper has looked
  app.append('kinglet.log.other', requestLine({ 'http.request.id': 'half-other' }));
  await arrives("request_id = 'half-other'");
  assert.equal(await rows("request_id = 'half-1'"), 0);
  app.append('kinglet.log', line.slice(100));
  await arrives("request_id = 'half-1'");
  assert.equal(await rows("line->>'event.dataset' = 'unparsed'"), 0);
});

test('half a line at a restart of the shipper arrives whole, once', async () => {
  const line = requestLine({ 'http.request.id': 'torn-1' });
  app.append('kinglet.log', line.slice(0, 57));
  await app.stop();
  app.append('kinglet.log', line.slice(57));
  await app.start();
  await arrives("request_id = 'torn-1'");
  assert.equal(await rows("request_id = 'torn-1'"), 1);
  assert.equal(await rows("line->>'event.dataset' = 'unparsed'"), 0);
});

test('rotation by rename loses and doubles nothing', async () => {
  for (let turn = 0; turn < 3; turn++) {
    for (let n = 0; n < 300; n++) app.append('kinglet.log', requestLine({ 'http.request.id': `turn-${turn}-${n}` }));
    renameSync(app.file('kinglet.log'), app.file(`kinglet.log.${turn}`));
    // The server goes on in the old file until it has reopened.
    for (let n = 300; n < 400; n++)
      app.append(`kinglet.log.${turn}`, requestLine({ 'http.request.id': `turn-${turn}-${n}` }));
  }
  await arrives("request_id LIKE 'turn-%'", 1200);
  assert.equal(await rows("request_id LIKE 'turn-%'"), 1200);
  assert.equal(
    await host.sql("SELECT count(DISTINCT request_id) FROM log.line WHERE request_id LIKE 'turn-%'"), '1200'
  );
});

const HOSTILE = {
  quote: "'); DROP TABLE log.line; --",
  doubled: "''''\\'",
  backslash: '\\\\\\" \\x00 \\u0000',
  percent: '%msg% %s %n $myhostname %%',
  dollar: '$$; DROP SCHEMA log CASCADE; $$ $1 ${x}',
  newline: 'one\ntwo\r\nBEGIN TRANSACTION\nCOMMIT TRANSACTION',
  controls: '\u0001\u001b[31m\u007f\u0085\u202e',
  nul: 'a\u0000b',
  wide: 'žluťoučký 🐦 \u{10ffff}',
  half: '\ud800',
};
for (const [name, text] of Object.entries(HOSTILE)) {
  test(`a line with ${name} lands as data`, async () => {
    const id = `hostile-${name}`;
    app.append('kinglet.log', requestLine({ 'http.request.id': id, 'user.name': text, 'url.path': `/${name}` }));
    await arrives(`request_id = '${id}'`);
    const { stdout } = await host.logs(['--id', id, '--json']);
    const wanted = text.replaceAll('\0', '\ufffd').replaceAll('\ud800', '?');
    assert.equal(JSON.parse(stdout)['user.name'], wanted);
  });
}

test('what is not JSON, not UTF-8, empty, deep or far too long holds nothing up', async () => {
  app.append(
    'kinglet.log',
    'plain words, marker-text\n\n   \n{"half": \n[1,2]\n"text"\nBEGIN TRANSACTION\nCOMMIT TRANSACTION\n'
  );
  app.append('kinglet.log', Buffer.from('marker-bytes \xff\xfe \xc0\xaf \xed\xa0\x80 \x00 end\n', 'latin1'));
  app.append('kinglet.log', `${'['.repeat(20000)}\n{"a":${'{"a":'.repeat(3000)}1${'}'.repeat(3001)}\n`);
  app.append(
    'kinglet.log',
    `{"message":"marker-number","event.duration":1e999,"http.response.status_code":70000,"x":${'9'.repeat(400)}}\n`
  );
  app.append(
    'kinglet.log',
    '{"@timestamp":"9999-99-99T99:99:99Z","message":"marker-time"}\n{"@timestamp":"1970-01-01T00:00:00Z","message":"marker-old"}\n'
  );
  app.append('kinglet.log', `{"message":"${'long '.repeat(60000)}"}\n`);
  app.append('kinglet.log', requestLine({ 'http.request.id': 'behind-it-all' }));
  await arrives("request_id = 'behind-it-all'");
  for (const marker of ['marker-text', 'marker-bytes', 'marker-number', 'marker-time', 'marker-old']) {
    assert.equal(await rows(`message LIKE '%${marker}%'`), 1, marker);
  }
  assert.equal(await rows("message LIKE '%long long%' AND host = 'app1'") > 0, true);
});

test('a line of HAProxy by syslog has the same fields', async () => {
  const socket = dgram.createSocket('udp4');
  const send = (text) => new Promise((resolve) => socket.send(text, haproxyPort, '127.0.0.1', resolve));
  await send(
'<134>Nov 25 12:00:00 haproxy[77]: 192.0.2.9 public web_write/web1 3/0/1/-1/2004 504 195 sH-- 1 POST /add_message ' +
      'hap-1'
  );
  await send('<134>Nov 25 12:00:00 haproxy[77]: Proxy public stopped (cumulated conns: FE: 7, BE: 0).');
  socket.close();
  await arrives("source = 'haproxy'", 2);
  const got = await host.sql(
    `SELECT service, level, client, method, status, path, duration_ns, bytes, request_id, error
    FROM log.line WHERE status = 504`
  );
  assert.equal(
    got, 'proxy|error|192.0.2.9|POST|504|/add_message|2004000000|195|hap-1|proxy: web_write/web1 ended with sH--'
  );
  assert.equal(await rows("source = 'haproxy' AND message LIKE 'Proxy public stopped%'"), 1);
});

test("a line of PostgreSQL's jsonlog has the same fields", async () => {
  await host.pg.psql('SELECT 1/0').catch(() => {});
  await arrives("source = 'postgresql' AND message = 'division by zero'");
  const got =
    await host.sql(`SELECT service, level, error, line->>'postgresql.log.query', at > now() - interval '5 minutes'
    FROM log.line WHERE message = 'division by zero'`);
  assert.equal(got, 'database|error|22012: division by zero|SELECT 1/0|t');
});

test('a host without a certificate, or with one that is not on the list, ships nothing', async () => {
  await host.certificate('stranger');
  const stranger = await host.shipper({ host: 'stranger' });
  stranger.append('kinglet.log', requestLine({ 'http.request.id': 'from-a-stranger' }));
  // It tries, and is refused; then a line of a host that is let in has come after it.
  await waitFor(
    'the receiver refuses', () => /stranger|not permitted|peer/i.test(host.receiver.words() + stranger.words()),
    LIMIT_MS
  );
  app.append('kinglet.log', requestLine({ 'http.request.id': 'from-a-friend' }));
  await arrives("request_id = 'from-a-friend'");
  assert.equal(await rows("request_id = 'from-a-stranger'"), 0);
});

test('shipping is counted in a file for the node exporter', async () => {
  const value = (text, series) =>
    Number(text.match(new RegExp(`^kinglet_log_shipping_${series} (\\d+)$`, 'm'))?.[1] ?? -1);
  await waitFor('counters', () => value(app.metrics(), 'queue_enqueued_total{queue="files"}') > 0, LIMIT_MS);
  await waitFor('an empty queue', () => value(app.metrics(), 'queue_lines{queue="files"}') === 0, LIMIT_MS);
  assert.ok(value(host.metrics(), 'queue_enqueued_total{queue="store"}') > 0, host.metrics());
  assert.equal(value(app.metrics(), 'queue_discarded_total{queue="datagrams"}'), 0);
});

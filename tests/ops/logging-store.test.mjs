/* The store of log lines, the command that looks into it, and the dashboard on it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { postgresBin, run } from '../lib/daemon.mjs';
import { alertsOf } from '../lib/monitoring.mjs';
import { logging, requestLine, startLogHost, waitFor } from '../lib/logging.mjs';

let host;
let app;
const at = (minutesAgo) => new Date(Date.now() - minutesAgo * 60000).toISOString();

before(async () => {
  host = await startLogHost();
  app = await host.shipper();
  const lines = [
    { 'http.request.id': 'one', 'user.name': 'mia', '@timestamp': at(5) },
    {
      'http.request.id': 'two',
      'http.response.status_code': 404,
      'log.level': 'info',
      'url.path': '/nobody/there',
      '@timestamp': at(4)
    },
    {
      'http.request.id': 'three',
      'http.response.status_code': 503,
      'log.level': 'error',
      'error.type': 'BUSY',
      'error.message': 'pool is full',
      'service.name': 'backend',
      'event.duration': 2500000000,
      '@timestamp': at(3)
    },
    {
      'http.request.id': 'four',
      message: 'slow request',
      'log.level': 'warn',
      'event.duration': 400000000,
      '@timestamp': at(2)
    },
    { 'http.request.id': 'old', 'user.name': 'mia', '@timestamp': at(180) },
    {
      'http.request.id': 'evil',
      'user.name': "'; SELECT pg_sleep(9); --",
      'url.path': '/\u001b[2J\u202e',
      '@timestamp': at(1)
    },
  ];
  app.append('kinglet.log', lines.map(requestLine).join(''));
  await waitFor('lines', async () => Number(await host.sql('SELECT count(*) FROM log.line')) === lines.length, 30000);
});
after(() => host?.stop());

const ids = (stdout) => stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)['http.request.id']);
const SEARCHES = [
  [['--id', 'old'], ['old']],
  [[], ['one', 'two', 'three', 'four', 'evil']],
  [['--since', '1d'], ['old', 'one', 'two', 'three', 'four', 'evil']],
  [['-s', '1d', '-u', '1h'], ['old']],
  [['-s', at(4.5), '-u', at(2.5)], ['two', 'three']],
  [['--status', '404'], ['two']],
  [['--status', '5xx'], ['three']],
  [['--status', '400-499'], ['two']],
  [['--status', '2xx'], ['one', 'four', 'evil']],
  [['--user', 'mia'], ['one']],
  [['--user', "'; SELECT pg_sleep(9); --"], ['evil']],
  [['--service', 'backend'], ['three']],
  [['--level', 'warn'], ['three', 'four']],
  [['--level', '=warn'], ['four']],
  [['--host', 'app1', '--node', 'node1', '--source', 'kinglet', '--client', '192.0.2.7', '--status', '404'], ['two']],
  [['--path', '/nobody'], ['two']],
  [['--slower', '300ms'], ['three', 'four']],
  [['POOL', 'full'], ['three']],
  [['there'], ['two']],
  [['-n', '2'], ['four', 'evil']],
  [['-n', '0', '--since', '2d'], ['old', 'one', 'two', 'three', 'four', 'evil']],
];
for (const [args, wanted] of SEARCHES) {
  test(`logs finds by "${args.join(' ').replaceAll(/\d{4}-\S+Z/g, 'TIME')}" what it should`, async () => {
    const { code, stdout, stderr } = await host.logs([...args, '--json']);
    assert.deepEqual({ code, stderr, ids: ids(stdout) }, { code: 0, stderr: '', ids: wanted });
  });
}

for (const args of [
       ['--user', "x' OR true --"], ['--id', "');DROP TABLE log.line;--"], ['--host', "\\'; \\! true"],
       ["o'neill $$ :'x' %"], ['--service', ':since'], ['--path', '%'], ['--user', 'MIA']]) {
  test(`logs takes "${args.join(' ')}" for data`, async () => {
    const { code, stdout, stderr } = await host.logs(args);
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: '' });
  });
}

for (const args of [
       ['--status', '6xx'], ['--since', 'soon'], ['--level', 'loud'], ['--slower', '3'], ['--limit', '-1'],
       ['--nothing'], ['--', '---']]) {
  test(`logs refuses "${args.join(' ')}" with status 2`, async () => {
    const { code, stdout, stderr } = await host.logs(args);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: '' });
    assert.notEqual(stderr, '');
  });
}

test('logs ends with 3 where the database cannot be asked', async () => {
  const { code, stderr } = await host.logs([], { PGPORT: '1' });
  assert.equal(code, 3);
  assert.match(stderr, /^logs: psql: error: connection/);
});

test('a line cannot move the cursor of a terminal, and colours come when they are asked for', async () => {
  const { stdout } = await host.logs(['--id', 'evil']);
  assert.match(stdout, /GET \/\\u001b\[2J\\u202e 200 /);
  assert.doesNotMatch(stdout, /[\u001b\u202e]/);
  const coloured = await host.logs(['--id', 'three', '--colour', 'always']);
  assert.match(coloured.stdout, /^\u001b\[31m.* error=BUSY: pool is full\u001b\[0m\n$/);
});

test('logs --follow prints lines as they arrive, each once, and only those asked for', async (t) => {
  const proc = spawn(path.join(logging, 'logs'), ['--follow', '--json', '--status', '418'], {
    env: {...process.env, ...host.env, PYTHONUNBUFFERED: '1' }
  });
  t.after(() => proc.kill('SIGKILL'));
  let said = '';
  proc.stdout.on('data', (text) => {
    said += text;
  });
  for (let n = 0; n < 5; n++) {
    app.append('kinglet.log', requestLine({ 'http.request.id': `not-${n}` }));
    app.append('kinglet.log', requestLine({ 'http.request.id': `tea-${n}`, 'http.response.status_code': 418 }));
    await waitFor(`line ${n}`, () => said.includes(`tea-${n}`), 30000);
  }
  assert.deepEqual(ids(said), ['tea-0', 'tea-1', 'tea-2', 'tea-3', 'tea-4']);
});

test('the reader may read and the writer may write, and neither anything else', async () => {
  const as = (user, sql) =>
    run(postgresBin('psql'), ['-X', '-q', '-A', '-t', '-c', sql], {
      extraEnv: { ...host.env, PGUSER: user, PGOPTIONS: '-c default_transaction_read_only=off' },
    });
  const denied = [
    ['log_reader', 'DELETE FROM log.line'],
    ['log_reader', "SELECT log.take('[]')"],
    ['log_reader', 'CREATE TABLE public.x ()'],
    ['log_reader', 'SELECT log.keep()'],
    ['log_writer', 'SELECT count(*) FROM log.line'],
    ['log_writer', 'DELETE FROM log.line'],
    ['log_writer', 'DROP TABLE log.line'],
    ['log_writer', "SELECT log.make_day('2000-01-01')"],
    ['log_writer', 'CREATE TABLE public.x ()'],
  ];
  for (const [user, sql] of denied) {
    const { code, stderr } = await as(user, sql);
    assert.notEqual(code, 0, `${user} may: ${sql}`);
    assert.match(stderr, /permission denied|must be owner/, sql);
  }
  assert.equal((await as('log_writer', "SELECT log.take('[]')")).stdout, '0\n');
});

test('retention drops whole days and makes those to come, and nothing else', async () => {
  const days = () => host.sql(
    "SELECT string_agg(right(relname, 8), ',' ORDER BY relname) FROM pg_class WHERE relname ~ '^line_[0-9]{8}$'"
  );
  const before14 = (await days()).split(',');
  assert.equal(before14.length, 14 + 7);
  const count = await host.sql('SELECT count(*) FROM log.line');
  assert.equal(await host.sql('SELECT * FROM log.keep()'), '0|0');
  const later = await host.sql("SELECT * FROM log.keep((now() AT TIME ZONE 'UTC')::date + 3)");
  assert.equal(later, '3|3');
  assert.deepEqual((await days()).split(',').slice(0, -3), before14.slice(3));
  assert.equal(await host.sql('SELECT count(*) FROM log.line'), count);
  await host.sql('UPDATE log.setting SET retention_days = 1');
  assert.equal(await host.sql("SELECT dropped FROM log.keep((now() AT TIME ZONE 'UTC')::date + 1)"), '11');
  assert.equal(await host.sql('SELECT count(*) FROM log.line'), '0');
  await host.sql('UPDATE log.setting SET retention_days = 14');
  await host.sql('SELECT log.keep()');
});

test('lines are stored though nobody made the day, or their day is gone', async () => {
  await host.sql(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relname ~ '^line_[0-9]{8}$' LOOP
      EXECUTE format('DROP TABLE log.%I', name);
    END LOOP; END $$`
  );
  const old = requestLine({ 'http.request.id': 'long-ago', '@timestamp': '2001-02-03T04:05:06.789Z' });
  const future = requestLine({ 'http.request.id': 'far-away', '@timestamp': '2999-02-03T04:05:06.789Z' });
  app.append('kinglet.log', old + future + requestLine({ 'http.request.id': 'today' }));
  const found = () => host.sql(
    `SELECT count(*) FROM log.line
      WHERE request_id IN ('long-ago', 'far-away', 'today') AND at > now() - interval '1 hour'`
  );
  await waitFor('three lines', async () => (await found()) === '3', 30000);
  await app.kill(); // all of the file comes a second time
  await app.start();
  app.append('kinglet.log', requestLine({ 'http.request.id': 'after' }));
  await waitFor(
    'another', async () => (await host.sql("SELECT count(*) FROM log.line WHERE request_id = 'after'")) === '1', 30000
  );
  assert.equal(await found(), '3');
  await host.sql('SELECT log.keep()');
});

/* The macros and variables of a panel's query, as Grafana's PostgreSQL data source expands them. */
function expand(sql, from, to, variables) {
  const quoted = (value) => `'${value.replaceAll("'", "''")}'`;
  return sql
    .replaceAll(/\$__timeFilter\((\w+)\)/g, (_, column) => `${column} BETWEEN ${quoted(from)} AND ${quoted(to)}`)
    .replaceAll(
      /\$__timeGroupAlias\((\w+),\s*\$__interval\)/g,
      (_, column) => `floor(extract(epoch from ${column})/10)*10 AS "time"`
    )
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name) => [variables[name]].flat().map(quoted).join(','));
}

test('each panel of the dashboard shows something of real lines, and no variable is pasted', async (t) => {
  const dashboard = JSON.parse(readFileSync(path.join(logging, 'grafana/dashboards/logs.json'), 'utf8'));
  app.append('kinglet.log', [
    {}, { 'http.response.status_code': 503, 'log.level': 'error', 'error.type': 'BUSY', 'error.message': 'pool' }
  ].map(requestLine).join(''));
  await waitFor(
    'a failed one', async () => (await host.sql("SELECT count(*) FROM log.line WHERE error = 'BUSY: pool'")) !== '0',
    30000
  );
  const variables = { words: '', id: '', user: '' };
  const [from, to] = [at(60), at(-1)];
  const ask = (sql) => run(
    postgresBin('psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-f', '-'],
    { extraEnv: host.env, input: sql }
  );
  for (const variable of dashboard.templating.list.filter(({ type }) => type === 'query')) {
    variables[variable.name] = (await ask(variable.query)).stdout.trimEnd().split('\n');
  }
  for (const panel of dashboard.panels) {
    for (const target of panel.targets) {
      await t.test(`the panel "${panel.title}" has data`, async () => {
        const sql = expand(target.rawSql, from, to, variables);
        assert.doesNotMatch(sql, /\$/);
        const { code, stdout, stderr } = await ask(sql);
        assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
        assert.notEqual(stdout.trim(), '');
        if (panel.type === 'timeseries') assert.match(stdout, /^\d{10}\|[^|]+\|[\d.]+$/m);
        const evil =
          await ask(expand(target.rawSql, from, to, {...variables, words: "x') OR true; --", id: "'", user: '\\' }));
        assert.equal(evil.code, 0, evil.stderr);
      });
    }
  }
});

test('the dashboard pastes no variable into a query', () => {
  const dashboard = JSON.parse(readFileSync(path.join(logging, 'grafana/dashboards/logs.json'), 'utf8'));
  for (const { title, targets } of dashboard.panels) {
    for (const { rawSql } of targets) assert.doesNotMatch(rawSql, /\$\{\w+\}|\$\{\w+:(?!sqlstring)|\[\[/, title);
  }
});

test('the writer has tests of its own, which pass', async () => {
  const { code, stderr } = await run('/usr/bin/python3', ['-B', path.join(logging, 'tests/test_writer.py')]);
  assert.equal(code, 0, stderr);
});

test('the series of shipping that alerts ask for are written', async () => {
  const series = alertsOf().flatMap(({ expr }) => expr.match(/\bkinglet_log_shipping_\w+/g) ?? []);
  assert.ok(series.length >= 4);
  /* rsyslog reports each of its queues at its own moment. */
  const missing = () => series.filter((name) => !new RegExp(`^${name}[ {]`, 'm').test(app.metrics()));
  await waitFor('the counters', () => !missing().length, 30000).catch(() => assert.deepEqual(missing(), []));
});

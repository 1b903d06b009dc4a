/*
 * Grafana's dashboards, as far as they can be tried without Grafana: the JSON is what the sources make and what
 * Grafana's own types allow; and every query of every panel and variable is run as Grafana would run it, against a
 * Prometheus that watches a real cluster under load, and against its database by the role that Grafana has.
 */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { files } from '../../ops/grafana/generate.mjs';
import {
  daemonDir, giveToDaemons, postgresBin, removeTempDir, runOk, startDaemon, waitFor, waitUntilReady,
} from '../lib/daemon.mjs';
import { panelsOf, promQl, schemaProblems, sql } from '../lib/grafana.mjs';
import { startLoad } from '../lib/load.mjs';
import {
  OPS, alertsOf, readYaml, startAlertmanager, startBlackbox, startNodeExporter, startPostgresExporter, startPrometheus,
} from '../lib/monitoring.mjs';
import { FAST, psql, startPostgres } from '../lib/postgres.mjs';
import { startNode, startProxy } from '../lib/proxy.mjs';
import { root, runKinglet } from '../lib/server.mjs';

const GRAFANA = path.join(root, 'ops/grafana');
const folder = path.join(GRAFANA, 'dashboards');
const dashboards = readdirSync(folder).map((name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
const byUid = (uid) => dashboards.find((one) => one.uid === uid);
const business = byUid('kinglet-business');
const infrastructure = byUid('kinglet-infrastructure');
/* Made by hand; its queries are run by logging-store.test.mjs. */
const LOGS = path.join(root, 'ops/logging/grafana');
const logs = JSON.parse(readFileSync(path.join(LOGS, 'dashboards/logs.json'), 'utf8'));
const all = [...dashboards, logs];

/* ---- as they stand in the tree --------------------------------------------------------------------------------- */

test('the dashboards are what their sources make: run node ops/grafana/generate.mjs', () => {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(files).sort());
  for (const [name, text] of Object.entries(files)) {
    assert.ok(readFileSync(path.join(folder, name), 'utf8') === text, `${name} isn't current`);
  }
});

for (const dashboard of all) {
  test(`the types of Grafana's own package find nothing wrong with ${dashboard.uid}`, () => {
    assert.deepEqual(schemaProblems(dashboard), []);
  });

  test(`the panels of ${dashboard.uid} lie beside each other, and none on another`, () => {
    const taken = new Map();
    for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
      assert.ok(x >= 0 && w > 0 && h > 0 && x + w <= 24, `${title} leaves the page`);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          const place = `${column},${line}`;
          assert.ok(!taken.has(place), `${title} lies on ${taken.get(place)}`);
          taken.set(place, title);
        }
      }
    }
  });

  test(`each panel of ${dashboard.uid} says what it shows, in which unit, and from where`, () => {
    const ids = dashboard.panels.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const titles = panelsOf(dashboard).map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length, 'a title is used twice');
    const sources = dashboard.templating.list.filter(({ type }) => type === 'datasource')
      .map(({ name }) => `\${${name}}`);
    if (dashboard === logs) sources.push('kinglet-logs'); // there is one store of lines
    for (const panel of panelsOf(dashboard)) {
      assert.ok(panel.description?.length > 15, `${panel.title} has no description`);
      assert.ok(panel.fieldConfig.defaults.unit, `${panel.title} has no unit`);
      assert.ok(panel.fieldConfig.defaults.thresholds.steps.length > 0, `${panel.title} has no threshold`);
      for (const { datasource, refId } of panel.targets) {
        assert.ok(sources.includes(datasource.uid), `${panel.title} ${refId} reads from ${datasource.uid}`);
      }
    }
  });

  test(`links of ${dashboard.uid} lead to the other dashboards and to runbooks that exist`, () => {
    const names = alertsOf().map(({ alert }) => alert);
    assert.ok(dashboard.links.some(({ type, tags }) => type === 'dashboards' && tags.includes('kinglet')));
    assert.ok(dashboard.tags.includes('kinglet'));
    for (const { title, links = [] } of panelsOf(dashboard)) {
      for (const { url } of links) {
        assert.ok(names.includes(/^\$\{runbooks\}\/docs\/runbooks\/(\w+)\.md$/.exec(url)?.[1]), `${title}: ${url}`);
      }
    }
  });
}

test('each page of Grafana that an alert links to is one of ours', () => {
  for (const { alert, annotations } of alertsOf()) {
    const uid = /^\/d\/([a-z-]+)/.exec(annotations.dashboard)?.[1];
    assert.ok(all.some((one) => one.uid === uid), `${alert}: ${annotations.dashboard}`);
  }
});

test('several chosen nodes are alternatives, and their names no patterns', () => {
  const chosen = { variables: { instance: ['a.b', 'c'] }, rangeS: 1, stepS: 1, scrapeS: 1 };
  assert.equal(promQl('up{instance=~"$instance"}', chosen), 'up{instance=~"(a\\\\.b|c)"}');
  assert.throws(() => promQl('up{instance=~"$node"}', chosen), /\$node/);
});

test('provisioning names the sources that the dashboards read from, and no secret', () => {
  const sourcesOf = (file) => readYaml(file).datasources;
  const datasources = [...sourcesOf(path.join(GRAFANA, 'provisioning/datasources/kinglet.yml')),
    ...sourcesOf(path.join(LOGS, 'provisioning/datasources/logs.yaml'))];
  const wanted = all.flatMap(({ templating }) => templating.list).filter(({ type }) => type === 'datasource')
    .map(({ query, current }) => ({ type: query, uid: current.value }));
  for (const { type, uid } of [...wanted, ...panelsOf(logs).map(({ datasource }) => datasource)]) {
    assert.ok(datasources.some((one) => one.uid === uid && one.type === type), `${type} ${uid}`);
  }
  assert.equal(new Set(datasources.map(({ uid }) => uid)).size, datasources.length);
  for (const { secureJsonData = {} } of datasources) {
    for (const value of Object.values(secureJsonData)) assert.match(value, /^\$\{[A-Z_]+\}$/);
  }
  const providers = [path.join(GRAFANA, 'provisioning/dashboards/kinglet.yml'),
    path.join(LOGS, 'provisioning/dashboards/logs.yaml')].flatMap((file) => readYaml(file).providers);
  assert.deepEqual(providers.map(({ type }) => type), ['file', 'file']);
  assert.equal(new Set(providers.map(({ name }) => name)).size, 2);
});

/* ---- against what is real -------------------------------------------------------------------------------------- */

/* A standby that confirms each commit, as in the cluster of databases; Patroni isn't what is looked at here. */
async function startStandby(t, pg) {
  const dir = daemonDir('kinglet-standby-');
  const data = path.join(dir, 'data');
  const source = `host=${pg.socketDir} port=${pg.port} user=postgres application_name=db2`;
  await runOk(postgresBin('pg_basebackup'), ['-d', source, '-D', data, '-c', 'fast', '-R', '--no-sync']);
  const args = ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${dir}`, '-c', 'hot_standby=on'];
  const daemon = startDaemon(postgresBin('postgres'), [...args, '-p', String(pg.port)], {
    cwd: dir, log: path.join(dir, 'log'), quickSignal: 'SIGQUIT',
  });
  t.after(async () => {
    await daemon.end();
    removeTempDir(dir);
  });
  const following = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
  const streams = async () => (await pg.psql(following)) === '1';
  await waitUntilReady('the standby follows', daemon, streams);
  await pg.psql("ALTER SYSTEM SET synchronous_standby_names = 'db2'");
  await pg.psql('SELECT pg_reload_conf()');
}

/* A copy by ops/database/backup, which tells the node exporter of it. */
async function backUp(t, pg, textfiles) {
  const dir = daemonDir('kinglet-backup-');
  t.after(() => removeTempDir(dir));
  cpSync(path.join(root, 'ops/database/backup'), path.join(dir, 'backup'));
  const conf = path.join(dir, 'backup.conf');
  const source = `host=${pg.socketDir} port=${pg.port} user=postgres`;
  writeFileSync(conf, `SOURCE='${source}'\nBACKUP_DIR=${dir}/store\nCHECKPOINT=fast\nMETRICS_DIR=${textfiles}\n`);
  giveToDaemons(conf);
  await runOk(path.join(dir, 'backup'), ['base', conf]);
}

/* A file that makes a role, as an operator runs it. */
const makeRole = (url, file) => psql(url, readFileSync(file, 'utf8'), { env: { ROLE_PASSWORD: "it's trusted here" } });

/* A community, one of whose posts is hidden, with a recorded history, in a database that Grafana's role may look at. */
async function fillDatabase(db) {
  const { code, stderr } = await runKinglet(['demo', '--db', db], { timeoutMs: 120000 });
  assert.equal(code, 0, stderr);
  const id = await psql(db, 'SELECT id FROM post ORDER BY id DESC LIMIT 1');
  const flagged = await runKinglet(['flag', '--db', db, id]);
  assert.equal(flagged.code, 0, flagged.stderr);
  await psql(db, `INSERT INTO sample
    SELECT 60, extract(epoch FROM date_trunc('minute', now()))::bigint - 60 * n, 'test',
      jsonb_build_object('follows', 100 - n)
    FROM generate_series(0, 20) n`);
  await makeRole(db, path.join(GRAFANA, 'read-only.sql'));
}

const asGrafana = (db) => db.replace('postgres://postgres@', 'postgres://kinglet_grafana@');

async function startFilledDatabase(t, settings = {}) {
  const pg = await startPostgres({ settings: { ...FAST, ...settings } });
  t.after(() => pg.stop());
  const db = await pg.createDatabase('kinglet');
  await fillDatabase(db);
  return { pg, db };
}

test("each query of Business Monitoring returns rows by Grafana's role, and counts what is there", async (t) => {
  const { db } = await startFilledDatabase(t);
  const toS = Math.ceil(Date.now() / 1000);
  const range = { variables: { rows: '10' }, fromS: toS - 30 * 86400, toS, interval: '1h' };
  const found = {};
  for (const panel of panelsOf(business)) {
    for (const { refId, rawSql } of panel.targets) {
      const query = sql(rawSql, { ...range, interval: panel.interval ?? range.interval });
      const answer = await psql(asGrafana(db), `SELECT coalesce(json_agg(row), '[]') FROM (${query}) AS row`);
      const rows = JSON.parse(answer);
      assert.ok(rows.length > 0, `${panel.title} ${refId} returns nothing:\n${query}`);
      const values = rows.flatMap((row) => Object.values(row));
      assert.ok(values.some((value) => value !== null), `${panel.title} ${refId} returns nothing but NULL`);
      found[`${panel.title} ${refId}`] = rows;
    }
  }
  const [users, posts, follows] = (await psql(db, `SELECT (SELECT count(*) FROM "user"),
    (SELECT count(*) FROM post WHERE NOT flagged), (SELECT count(*) FROM follow)`)).split('|').map(Number);
  assert.equal(found['People A'][0].people, users);
  assert.equal(found['Posts A'][0].posts, posts);
  assert.equal(found['Followers A'][0].followers, follows);
  assert.equal(found['People over time A'].at(-1).users, users, 'the line ends where the number is');
  assert.equal(found['Posts over time A'].at(-1).posts, posts);
  const flagged = found['New posts B'].reduce((sum, row) => sum + row.flagged, 0);
  assert.equal(flagged, 1);
});

test("Grafana's role reads no text, address, password or session, and writes nothing", async (t) => {
  const { db } = await startFilledDatabase(t);
  const grafana = asGrafana(db);
  const secrets = ['SELECT text FROM post', 'SELECT email FROM "user"', 'SELECT pw_hash FROM "user"',
    'SELECT * FROM "user"',
    'SELECT * FROM session', 'SELECT user_id FROM session', 'SELECT count(*) FROM follow', 'SELECT * FROM note',
    'SELECT * FROM pg_authid', "SELECT pg_read_file('/etc/passwd')"];
  for (const query of secrets) await assert.rejects(psql(grafana, query), /permission denied/, query);
  await psql(grafana, 'SELECT id, name, created_ms FROM "user" LIMIT 1');
  const writes = ['DELETE FROM sample', 'UPDATE "user" SET name = name', 'CREATE TABLE mine (n int)',
    'CREATE TABLE monitoring.mine (n int)', "INSERT INTO total (slot) VALUES (99)"];
  for (const query of writes) {
    await assert.rejects(psql(grafana, query), /read-only transaction/, query);
    const forced = `SET default_transaction_read_only = off; ${query}`;
    await assert.rejects(psql(grafana, forced), /permission denied/, query);
  }
  await makeRole(db, path.join(GRAFANA, 'read-only.sql')); // may be run again
  const owner = await psql(db, "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'active_people'");
  assert.equal(owner, await psql(db, "SELECT tableowner FROM pg_tables WHERE tablename = 'session'"));
});

/* A whole cluster under load, and everything that watches it. */
async function startWatchedCluster(t) {
  const { pg, db } = await startFilledDatabase(t, { fsync: 'off', synchronous_commit: 'on' });
  await startStandby(t, pg);
  await makeRole(db, path.join(OPS, 'postgres-role.sql'));
  const textfiles = daemonDir('kinglet-textfile-');
  t.after(() => removeTempDir(textfiles));
  await backUp(t, pg, textfiles);
  const nodes = [await startNode({ db }), await startNode({ db })];
  for (const node of nodes) t.after(() => node.remove());
  const proxy = await startProxy({ web: nodes, api: nodes });
  t.after(() => proxy.stop());
  const public_ = await startProxy({ web: nodes, api: nodes, tls: true });
  t.after(() => public_.stop());
  const outside = 'http://127.0.0.1:9';
  const alertmanager = await startAlertmanager({
    DISCORD_WEBHOOK_URL: outside, HEARTBEAT_URL: outside, GRAFANA_URL: outside, RUNBOOKS_URL: outside,
  });
  const host = await startNodeExporter(textfiles);
  const database = await startPostgresExporter(pg, 'kinglet');
  const blackbox = await startBlackbox(public_.certificate);
  const prometheus = await startPrometheus({
    blackbox: blackbox.address,
    targets: {
      kinglet: nodes.map((node) => new URL(node.admin).host), haproxy: [`127.0.0.1:${proxy.metricsPort}`],
      node: [host.address], postgres: [database.address], alertmanager: [alertmanager.address],
      probe: [`https://127.0.0.1:${public_.webPort}/public`],
    },
  });
  for (const one of [prometheus, alertmanager, blackbox, database, host]) t.after(() => one.stop());
  for (const name of ['web1', 'web2', 'api1', 'api2']) await proxy.until(name, 'UP');
  const load = await startLoad({ web: proxy.web, api: proxy.api, rate: 60, people: 4 });
  t.after(() => load.stop());
  return { nodes, prometheus, load };
}

const finite = ({ value, values }) => (values ?? [value]).some(([, text]) => Number.isFinite(Number(text)));

/* What alerts look at, but for the shipping of logs, which has its own host and tests. */
function seriesOfAlerts() {
  const series = /\b(?:kinglet|haproxy|node|pg|probe|prometheus|alertmanager)_\w+/g;
  const names = alertsOf().flatMap(({ expr }) => expr.replace(/"[^"]*"/g, '').match(series) ?? []);
  return [...new Set(names)].filter((name) => !name.startsWith('kinglet_log_shipping_'));
}

/* The values of a variable, as Grafana asks for them. */
async function valuesOf(prometheus, variable) {
  const [, series, label] = /^label_values\((.+), (\w+)\)$/.exec(variable.query.query);
  const result = await prometheus.get('/api/v1/series', { 'match[]': series });
  return [...new Set(result.map((one) => one[label]))].sort();
}

/* Queries of panels that have no figure yet: rates need a while, and some kinds of requests are rare. */
async function withoutFigures(prometheus, choices, beganS) {
  const endS = Date.now() / 1000;
  const problems = [];
  for (const panel of panelsOf(infrastructure)) {
    for (const { refId, expr, instant } of panel.targets) {
      for (const variables of choices) {
        const query = promQl(expr, { variables, rangeS: Math.ceil(endS - beganS), stepS: 1, scrapeS: 1 });
        const result = await (instant ? prometheus.query(query) : prometheus.range(query, beganS, endS, 1));
        if (!result.some(finite)) problems.push(`${panel.title} ${refId}: ${query}`);
      }
    }
  }
  return problems;
}

/* Series of an embedded store, which no cluster has: drill.test.mjs asks for it where there is one. */
const OF_EMBEDDED = ['kinglet_store_disk_free_bytes'];

test('each query of Infrastructure Monitoring returns figures, for all nodes and for a chosen one', async (t) => {
  const { nodes, prometheus, load } = await startWatchedCluster(t);
  const beganS = Date.now() / 1000;
  await load.more(150, 60000);
  const queried = infrastructure.templating.list.filter(({ type }) => type === 'query');
  const values = {};
  for (const variable of queried) values[variable.name] = await valuesOf(prometheus, variable);
  assert.deepEqual(values.instance, nodes.map((node) => new URL(node.admin).host).sort());
  assert.deepEqual(values.service, ['backend', 'frontend']);
  const all = Object.fromEntries(queried.map(({ name, allValue }) => [name, allValue]));
  const choices = [all, { instance: values.instance, service: 'frontend' }];
  let problems;
  await waitFor('figures in every panel', async () => {
    problems = await withoutFigures(prometheus, choices, beganS);
    return problems.length === 0;
  }, 60000).catch(() => {}); // what is missing is said below
  assert.deepEqual(problems, []);
  const unknown = [];
  for (const series of seriesOfAlerts().filter((name) => !OF_EMBEDDED.includes(name))) {
    if (!(await prometheus.query(`count({__name__="${series}"})`)).length) unknown.push(series);
  }
  assert.deepEqual(unknown, [], 'alerts on series that nothing has can never fire');
  const firing = (await prometheus.alerts()).filter(({ state }) => state === 'firing');
  const names = firing.map(({ labels }) => labels.alertname);
  assert.deepEqual(names, ['Watchdog'], 'a cluster that is well calls nobody');
});

/*
 * monitoring.mjs: what watches a cluster, for tests: the rules of ops/prometheus as data, and the real Prometheus,
 * Alertmanager and exporters, started on free ports with the real configuration.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { daemonDir, freePorts, giveToDaemons, removeTempDir, startDaemon, waitUntilReady } from './daemon.mjs';
import { root } from './server.mjs';

export const OPS = path.join(root, 'ops/prometheus');
const filesIn = (folder) => readdirSync(path.join(OPS, folder)).sort().map((name) => path.join(OPS, folder, name));
export const RULES = filesIn('rules');
export const RULE_TESTS = filesIn('tests');

/* A YAML file as data; Python reads it, since Node has no parser. */
export function readYaml(file) {
  const script = 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)';
  return JSON.parse(execFileSync('python3', ['-c', script, file], { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

/* Runs promtool, amtool and their like to the end, as whoever runs the test: {code, output}. */
export function runTool(command, args) {
  return new Promise((resolve) => {
    execFile(command, args, { maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? error.code : 0, output: stdout + stderr, stdout }));
  });
}

/* All alerts: {alert, expr, for, labels, annotations}. */
export function alertsOf() {
  return RULES.flatMap((file) => readYaml(file).groups).flatMap(({ rules }) => rules).filter(({ alert }) => alert);
}

/* ops/alertmanager/render with that environment and nothing else; the folder. Throws what it said where it refuses. */
export function renderAlertmanager(dir, env) {
  const script = path.join(root, 'ops/alertmanager/render');
  const done = spawnSync('sh', [script, dir], { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return dir;
}

/* ---- the programs, started ------------------------------------------------------------------------------------- */

const UNIT_MS = { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 };
const DURATION = /\b(\d+)(ms|s|m|h|d)\b/g;

/* A text's durations divided by `factor`, never under `leastMs`; whole seconds where they are that. */
function shorten(text, factor, leastMs) {
  return text.replace(DURATION, (_, count, unit) => {
    const ms = Math.max(leastMs, Math.round((Number(count) * UNIT_MS[unit]) / factor));
    return ms % 1000 ? `${ms}ms` : `${ms / 1000}s`;
  });
}

/*
 * The rules with their durations shortened and nothing else: how long something must last (`for`), how often it is
 * looked at (`interval`), and, by `factor`, over which time (ranges in expressions, which comments don't have).
 */
function shortenRules(text, factor) {
  return text
    .replace(/^( *for: ).*$/gm, (line) => shorten(line, factor, 1000))
    .replace(/^( *interval: ).*$/gm, '    interval: 1s')
    .replace(/\[(\d+)([smhd])\]/g, (range) => shorten(range, factor, 3000));
}

const answers = (url) => fetch(url).then(({ ok }) => ok, () => false);

async function startListener(name, command, args, { extraEnv, ready = '/metrics', dir: given } = {}) {
  const dir = given ?? daemonDir(`kinglet-${name}-`);
  const [port] = await freePorts(1);
  const log = path.join(dir, 'log');
  const address = `127.0.0.1:${port}`;
  const daemon = startDaemon(command, args({ dir, address, port }), { cwd: dir, log, extraEnv });
  await waitUntilReady(`${name} answers`, daemon, () => answers(`http://${address}${ready}`));
  return {
    address,
    url: `http://${address}`,
    dir,
    log: daemon.output,
    signal: daemon.signal,
    end: () => daemon.end(),
    async stop() {
      await daemon.end();
      removeTempDir(dir);
    },
  };
}

/* What a host says of itself; `textfileDir` holds what scripts measure. */
export function startNodeExporter(textfileDir) {
  return startListener('node-exporter', 'prometheus-node-exporter', ({ address }) =>
    [`--web.listen-address=${address}`, `--collector.textfile.directory=${textfileDir}`]);
}

/* What a PostgreSQL says of itself, with our questions and by the role that postgres-role.sql makes. */
export function startPostgresExporter(pg, database) {
  const file = path.join(daemonDir('kinglet-queries-'), 'queries.yml');
  cpSync(path.join(OPS, 'postgres-queries.yml'), file);
  giveToDaemons(file);
  return startListener('postgres-exporter', 'prometheus-postgres-exporter', ({ address }) =>
    [`--web.listen-address=${address}`, `--extend.query-path=${file}`],
  { extraEnv: { DATA_SOURCE_NAME: `postgres://kinglet_exporter@127.0.0.1:${pg.port}/${database}?sslmode=disable` } });
}

/* What asks for public addresses; `tls` is the certificate of a test's own authority. */
export function startBlackbox(tls) {
  const dir = daemonDir('kinglet-blackbox-');
  const file = path.join(dir, 'blackbox.yml');
  const authority = path.join(dir, 'ca.pem');
  const more = `      tls_config:\n        ca_file: ${authority}\n        server_name: localhost\n`;
  if (tls) writeFileSync(authority, tls);
  writeFileSync(file, readFileSync(path.join(OPS, 'blackbox.yml'), 'utf8') + (tls ? more : ''));
  return startListener('blackbox', 'prometheus-blackbox-exporter', ({ address }) =>
    [`--web.listen-address=${address}`, `--config.file=${file}`], { dir });
}

/*
 * Prometheus with the real configuration and rules: `targets` is {job: [address]} for the files of targets/; a job that
 * isn't named has none. Scrapes and looks each second; `factor` shortens the rules' ranges and patience.
 *   query(expr, time?)              the result of an instant query: [{metric, value}]
 *   range(expr, fromS, toS, stepS)  of a range query: [{metric, values}]
 *   labelValues(query), alerts(), get(path)
 */
export async function startPrometheus({ targets, blackbox = '127.0.0.1:1', factor = 1 }) {
  const dir = daemonDir('kinglet-prometheus-');
  for (const name of ['rules', 'targets', 'data']) mkdirSync(path.join(dir, name));
  for (const file of RULES) {
    writeFileSync(path.join(dir, 'rules', path.basename(file)), shortenRules(readFileSync(file, 'utf8'), factor));
  }
  for (const name of readdirSync(path.join(OPS, 'targets'))) {
    const list = [{ targets: targets[path.basename(name, '.yml')] ?? [] }];
    writeFileSync(path.join(dir, 'targets', name), JSON.stringify(list));
  }
  giveToDaemons(path.join(dir, 'data'));
  const server = await startListener('prometheus', 'prometheus', ({ address }) => {
    const text = readFileSync(path.join(OPS, 'prometheus.yml'), 'utf8')
      .replace(/^( *(?:scrape_interval|scrape_timeout|evaluation_interval): ).*$/gm, '$11s')
      .replace(/^ *dns_sd_configs:\n( *- names:.*\n(?: {8}.*\n)+)/gm, '') // no such names here
      .replace('127.0.0.1:9115', blackbox)
      .replace('127.0.0.1:9090', address);
    writeFileSync(path.join(dir, 'prometheus.yml'), text);
    return [`--config.file=${path.join(dir, 'prometheus.yml')}`, `--storage.tsdb.path=${path.join(dir, 'data')}`,
      `--web.listen-address=${address}`, '--rules.alert.resend-delay=1s'];
  }, { dir, ready: '/-/ready' });
  async function get(target, parameters = {}) {
    const answer = await fetch(`${server.url}${target}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await answer.json();
    if (status !== 'success') throw new Error(`${target} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  }
  return {
    ...server,
    get,
    query: async (query) => (await get('/api/v1/query', { query })).result,
    range: async (query, start, end, step) => (await get('/api/v1/query_range', { query, start, end, step })).result,
    alerts: async () => (await get('/api/v1/alerts')).alerts,
  };
}

/*
 * Alertmanager with the configuration that ops/alertmanager/render makes, all waiting 60 times shorter.
 *   alerts()   what it knows: [{labels, status: {state, inhibitedBy}}]
 */
export async function startAlertmanager(env) {
  const dir = daemonDir('kinglet-alertmanager-');
  renderAlertmanager(path.join(dir, 'made'), env);
  const file = path.join(dir, 'made/alertmanager.yml');
  const lines = readFileSync(file, 'utf8').replace(/^.*(?:_wait|_interval): .*$/gm, (line) => shorten(line, 60, 100));
  writeFileSync(file, lines);
  mkdirSync(path.join(dir, 'data'));
  const owned = ['made', 'made/alertmanager.yml', 'made/templates', 'data'];
  for (const name of readdirSync(path.join(dir, 'made/templates'))) owned.push(`made/templates/${name}`);
  for (const name of owned) giveToDaemons(path.join(dir, name));
  const server = await startListener('alertmanager', 'prometheus-alertmanager', ({ address }) =>
    [`--config.file=${file}`, `--storage.path=${path.join(dir, 'data')}`, `--web.listen-address=${address}`,
      '--cluster.listen-address='], { dir, ready: '/-/ready' });
  return { ...server, alerts: async () => (await fetch(`${server.url}/api/v2/alerts`)).json() };
}

/*
 * The rules, the routes and the pages of the alerts, as they stand in the tree: promtool's and amtool's own tests, and
 * that each alert says what a person who is called at night needs. What really fires and arrives: firing.test.mjs.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { RULES, RULE_TESTS, alertsOf, readYaml, renderAlertmanager, runTool } from '../lib/monitoring.mjs';
import { removeTempDir, root, tempDir } from '../lib/server.mjs';

const alerts = alertsOf();
const SECRETS = {
  DISCORD_WEBHOOK_URL: 'https://discord.example/api/webhooks/1/one',
  DISCORD_WARN_WEBHOOK_URL: 'https://discord.example/api/webhooks/2/two',
  HEARTBEAT_URL: 'https://heartbeat.example/ping/three',
  GRAFANA_URL: 'https://grafana.example/',
  RUNBOOKS_URL: 'https://git.example/kinglet',
};

async function mustSucceed(command, ...args) {
  const { code, output } = await runTool(command, args);
  assert.equal(code, 0, output);
  return output;
}

function rendered(t, env) {
  const dir = tempDir('kinglet-alertmanager-');
  t.after(() => removeTempDir(dir));
  return renderAlertmanager(path.join(dir, 'made'), env);
}

test('promtool finds the configuration and all rules valid', async () => {
  const output = await mustSucceed('promtool', 'check', 'config', path.join(root, 'ops/prometheus/prometheus.yml'));
  assert.equal((output.match(/SUCCESS: \d+ rules found/g) ?? []).length, RULES.length, output);
});

test('the unit tests of all rules pass', { concurrency: 2 }, async (t) => {
  const all = RULE_TESTS.map((file) =>
    t.test(`those of ${path.basename(file)} pass`, () => mustSucceed('promtool', 'test', 'rules', file)));
  await Promise.all(all);
});

test('the blackbox exporter finds its configuration valid', async () => {
  const file = path.join(root, 'ops/prometheus/blackbox.yml');
  await mustSucceed('prometheus-blackbox-exporter', '--config.check', `--config.file=${file}`);
});

test('each alert says how bad it is, what is wrong, what it means, what to do and where to read on', () => {
  assert.ok(alerts.length > 30);
  const names = alerts.map(({ alert }) => alert);
  assert.equal(new Set(names).size, names.length, 'a name is used twice');
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels.severity, /^(page|warn|watchdog)$/, alert);
    for (const name of ['summary', 'description', 'action', 'runbook', 'dashboard']) {
      assert.ok(annotations[name]?.length > 8, `${alert} has no ${name}`);
      assert.doesNotMatch(annotations[name], /\n./, `${alert}: ${name} goes over several lines`);
    }
    const { summary, description, action } = annotations; // as the message's template bounds them; values may add to it
    assert.ok(summary.length <= 140 && description.length <= 250 && action.length <= 250, `${alert} says too much`);
    assert.equal(annotations.runbook, `docs/runbooks/${alert}.md`);
    const page = readFileSync(path.join(root, annotations.runbook), 'utf8');
    assert.ok(page.startsWith(`# ${alert}\n`), `${annotations.runbook} has another title`);
    for (const heading of ['## How to look', '## What to do', '## How to see that it is over']) {
      assert.ok(page.includes(`\n${heading}\n\n`), `${annotations.runbook} lacks: ${heading}`);
    }
  }
});

test('each runbook belongs to an alert, and the list of runbooks names each', () => {
  const pages = readdirSync(path.join(root, 'docs/runbooks')).filter((name) => name !== 'README.md');
  assert.deepEqual(pages.sort(), alerts.map(({ alert }) => `${alert}.md`).sort());
  const list = readFileSync(path.join(root, 'docs/runbooks/README.md'), 'utf8');
  for (const { alert, labels } of alerts) {
    assert.ok(list.includes(`| [${alert}](${alert}.md) | ${labels.severity} |`), alert);
  }
});

test('each alert has a test in which it fires and one in which it does not', () => {
  const checks = RULE_TESTS.flatMap((file) => readYaml(file).tests).flatMap((one) => one.promql_expr_test);
  for (const { alert } of alerts) {
    const own = checks.filter(({ expr }) => expr.includes(`alertname="${alert}"`));
    assert.ok(own.some(({ exp_samples: wanted }) => wanted.length > 0), `${alert} is never seen to fire`);
    if (alert === 'Watchdog') continue; // always fires
    assert.ok(own.some(({ exp_samples: wanted }) => wanted.length === 0), `${alert} is never seen not to fire`);
  }
});

test('alerts that hold others back, and those that are held back, exist', (t) => {
  const config = readYaml(path.join(rendered(t, SECRETS), 'alertmanager.yml'));
  const names = alerts.map(({ alert }) => alert);
  for (const { source_matchers: sources, target_matchers: targets } of config.inhibit_rules) {
    for (const matcher of [...sources, ...targets]) {
      const [, operator, value] = /^alertname (=~?) "?(.*?)"?$/.exec(matcher);
      const known = (word) => names.some((name) => new RegExp(`^(?:${word})$`).test(name));
      for (const word of operator === '=~' ? value.split('|') : [value]) assert.ok(known(word), `${matcher}: ${word}`);
    }
  }
});

test('the rendered configuration is valid, has the secrets, and is for its owner alone', async (t) => {
  const dir = rendered(t, SECRETS);
  const file = path.join(dir, 'alertmanager.yml');
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await mustSucceed('amtool', 'check-config', file);
  const text = readFileSync(file, 'utf8');
  for (const name of ['DISCORD_WEBHOOK_URL', 'DISCORD_WARN_WEBHOOK_URL', 'HEARTBEAT_URL']) {
    assert.ok(text.includes(`'${SECRETS[name]}'`), name);
  }
  assert.doesNotMatch(text.replace(/^ *#.*$/gm, ''), /@[A-Z_]+@/);
});

test('secrets come from files as well, and the second channel is the first where none is named', (t) => {
  const { DISCORD_WEBHOOK_URL: address, DISCORD_WARN_WEBHOOK_URL: _, ...others } = SECRETS;
  const folder = tempDir('kinglet-secret-');
  t.after(() => removeTempDir(folder));
  writeFileSync(path.join(folder, 'discord'), `${address}\n`);
  const dir = rendered(t, { ...others, DISCORD_WEBHOOK_URL_FILE: path.join(folder, 'discord') });
  const config = readYaml(path.join(dir, 'alertmanager.yml'));
  const urls = config.receivers.flatMap((one) => one.discord_configs ?? []).map((one) => one.webhook_url);
  assert.deepEqual(urls, [address, address]);
});

test('an address that is missing, or that could be read as something else, is refused without being said', (t) => {
  const { HEARTBEAT_URL: _, ...others } = SECRETS;
  assert.throws(() => rendered(t, others), /HEARTBEAT_URL \(or HEARTBEAT_URL_FILE\) must be set/);
  const start = 'https://x.example/';
  for (const bad of [`${start}'secretword`, `${start}{{secretword}}`, 'secretword', `${start}\nsecretword`]) {
    assert.throws(() => rendered(t, { ...SECRETS, HEARTBEAT_URL: bad }), (error) => {
      assert.match(error.message, /HEARTBEAT_URL/);
      assert.doesNotMatch(error.message, /secretword/);
      return true;
    });
  }
});

test('each severity has its way, and an alert without one goes where people look', async (t) => {
  const file = path.join(rendered(t, SECRETS), 'alertmanager.yml');
  const way = async (...labels) =>
    (await runTool('amtool', ['config', 'routes', 'test', `--config.file=${file}`, ...labels])).stdout.trim();
  const wanted = { page: 'discord-page', warn: 'discord-warn', watchdog: 'heartbeat' };
  for (const { alert, labels: { severity } } of alerts) {
    assert.equal(await way(`alertname=${alert}`, `severity=${severity}`, 'cluster=kinglet'), wanted[severity], alert);
  }
  assert.equal(await way('alertname=Unknown'), 'discord-page');
  assert.equal(await way('alertname=Unknown', 'severity=warning'), 'discord-page');
});

/*
 * What happens when something breaks: the real Prometheus sees it, the real Alertmanager tells it, and a server that
 * stands for Discord holds each message to Discord's own rules (https://discord.com/developers/docs/resources/webhook
 * and .../message#embed-object-embed-limits). The rules are those of ops/prometheus, sixty times as impatient.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { daemonDir, removeTempDir, waitFor } from '../lib/daemon.mjs';
import { assertDiscordMessage } from '../lib/discord.mjs';
import {
  alertsOf, startAlertmanager, startBlackbox, startNodeExporter, startPrometheus,
} from '../lib/monitoring.mjs';
import { FAST, startPostgres } from '../lib/postgres.mjs';
import { startNode, startProxy } from '../lib/proxy.mjs';

const PATIENCE_MS = 60000;

/* Stands for Discord and for the heartbeat's service. */
async function startOutside(t) {
  const messages = [];
  const seen = { heartbeats: 0 };
  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => {
      const text = Buffer.concat(parts).toString();
      if (req.url.startsWith('/ping/')) seen.heartbeats += 1;
      else messages.push({ channel: req.url.split('/').at(-1), type: req.headers['content-type'], text });
      res.writeHead(req.url.startsWith('/ping/') ? 200 : 204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    seen,
    env: {
      DISCORD_WEBHOOK_URL: `${base}/api/webhooks/1/page`,
      DISCORD_WARN_WEBHOOK_URL: `${base}/api/webhooks/2/warn`,
      HEARTBEAT_URL: `${base}/ping/kinglet`,
      GRAFANA_URL: 'https://grafana.example',
      RUNBOOKS_URL: 'https://git.example/kinglet',
    },
    /* The first message whose title matches, as Discord would show it; all that came are checked. */
    async message(title, channel) {
      const titleOf = (one) => JSON.parse(one.text).embeds[0].title;
      const look = () => messages.find((one) => one.channel === channel && title.test(titleOf(one)));
      const found = await waitFor(`a message ${title} on ${channel}`, look, PATIENCE_MS).catch((error) => {
        throw new Error(`${error.message}; there were: ${messages.map((one) => one.text).join('\n')}`);
      });
      assert.match(found.type, /^application\/json/);
      for (const one of messages) assertDiscordMessage(JSON.parse(one.text));
      return JSON.parse(found.text).embeds[0];
    },
    titles: () => messages.map((one) => JSON.parse(one.text).embeds[0].title),
  };
}

/* Nodes behind the balancer on one database, and what watches them. */
async function startWatchedCluster(t) {
  const outside = await startOutside(t);
  const pg = await startPostgres({ settings: FAST });
  t.after(() => pg.stop());
  const db = await pg.createDatabase('kinglet');
  const nodes = [await startNode({ db }), await startNode({ db })];
  for (const node of nodes) t.after(() => node.remove());
  const proxy = await startProxy({ web: nodes, api: nodes });
  t.after(() => proxy.stop());
  const textfiles = daemonDir('kinglet-textfile-');
  t.after(() => removeTempDir(textfiles));
  const host = await startNodeExporter(textfiles);
  t.after(() => host.stop());
  const alertmanager = await startAlertmanager(outside.env);
  t.after(() => alertmanager.stop());
  const admins = nodes.map((node) => new URL(node.admin).host);
  const prometheus = await startPrometheus({
    factor: 60,
    targets: {
      kinglet: admins, haproxy: [`127.0.0.1:${proxy.metricsPort}`], node: [host.address],
      alertmanager: [alertmanager.address],
    },
  });
  t.after(() => prometheus.stop());
  const seen = async () => (await prometheus.query('up{job="kinglet"} == 1')).length === 2;
  await waitFor('both nodes to be seen', seen, 20000);
  return { outside, pg, nodes, admins, proxy, alertmanager, prometheus };
}

const holds = (text, ...parts) => {
  for (const part of parts) assert.ok(text.includes(part), `${part} is not in:\n${text}`);
};

test('a killed node is told on Discord with what to do, then that it is over, and the heartbeat beats', async (t) => {
  const { outside, nodes, admins, alertmanager, prometheus } = await startWatchedCluster(t);
  await waitFor('the heartbeat', () => outside.seen.heartbeats >= 2, PATIENCE_MS);
  await nodes[1].kill();
  const told = await outside.message(/^🔥 NodeDown/, 'page');
  const { annotations } = alertsOf().find(({ alert }) => alert === 'NodeDown');
  holds(told.description, `The node ${admins[1]} doesn't answer`, `instance \`${admins[1]}\``, annotations.action,
    'https://git.example/kinglet/docs/runbooks/NodeDown.md',
    `https://grafana.example/d/kinglet-infrastructure?var-instance=${admins[1]}`);
  assert.match(told.description, /Since: <t:\d+:R> \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)/);
  const missed = await waitFor('the balancer to miss it', async () =>
    (await alertmanager.alerts()).find(({ labels }) => labels.alertname === 'ProxyLostServer'), PATIENCE_MS);
  assert.equal(missed.status.state, 'suppressed', 'what follows from a dead node is not told');
  /* Before it is back: the balancer needs seconds to see that, which are minutes by the clock of these rules. */
  assert.deepEqual(outside.titles().filter((title) => title.includes('ProxyLostServer')), []);
  await nodes[1].restart();
  const over = await outside.message(/^✅ over: NodeDown/, 'page');
  holds(over.description, `Over: The node ${admins[1]} doesn't answer`);
  await prometheus.end();
  await waitFor('Alertmanager to forget the watchdog', async () =>
    (await alertmanager.alerts()).every(({ labels }) => labels.alertname !== 'Watchdog'), 4 * PATIENCE_MS);
});

test('a database that goes away is told as that, and its consequences are held back', async (t) => {
  const { outside, pg, proxy, admins, alertmanager } = await startWatchedCluster(t);
  const client = new Client(proxy.web);
  assert.equal((await client.get('/public')).status, 200);
  await pg.shutDown();
  const told = await outside.message(/^🔥 DatabaseAway \(2\)/, 'page');
  holds(told.description, ...admins.map((admin) => `The node ${admin} can't reach its database`),
    'docs/runbooks/DatabaseAway.md', 'member ctl');
  const state = async (name) =>
    (await alertmanager.alerts()).filter(({ labels }) => labels.alertname === name).map(({ status }) => status.state);
  await waitFor('the balancer without servers to be held back', async () => {
    const states = await state('ProxyWithoutServers');
    return states.length > 0 && states.every((one) => one === 'suppressed');
  }, PATIENCE_MS);
  await pg.start();
  await outside.message(/^✅ over: DatabaseAway/, 'page');
  assert.equal((await client.get('/public')).status, 200);
});

test('a message stays within what Discord takes, however many alerts and long words', async (t) => {
  const outside = await startOutside(t);
  const alertmanager = await startAlertmanager(outside.env);
  t.after(() => alertmanager.stop());
  const long = (length) => 'word '.repeat(length / 5);
  const alerts = Array.from({ length: 60 }, (_, i) => ({
    labels: { alertname: `Long${'x'.repeat(300)}`, severity: 'page', instance: `node${i}:9464` },
    annotations: {
      summary: `${i} ${long(300)}`, description: long(2000), action: long(2000), runbook: 'docs/runbooks/NodeDown.md',
    },
  }));
  const many = alerts.map(({ annotations, labels }, i) => ({
    labels: { ...labels, alertname: 'Many' },
    annotations: { ...annotations, summary: `${i} is down`, description: 'd', action: 'a' },
  }));
  const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify([...alerts, ...many]),
  });
  assert.equal(answer.status, 200);
  const told = await outside.message(/^🔥 Many \(60\)/, 'page');
  holds(told.description, 'is down', '… and more: 60 in all');
  await outside.message(/^🔥 Long/, 'page');
});

test('a certificate that ends soon is measured by the probe, and warned of', async (t) => {
  const outside = await startOutside(t);
  const node = await startNode();
  t.after(() => node.remove());
  const proxy = await startProxy({ web: [node], api: [node], tls: true }); // two days, by its own authority
  t.after(() => proxy.stop());
  const blackbox = await startBlackbox(proxy.certificate);
  t.after(() => blackbox.stop());
  const alertmanager = await startAlertmanager(outside.env);
  t.after(() => alertmanager.stop());
  const site = `https://127.0.0.1:${proxy.webPort}/public`;
  const prometheus = await startPrometheus({
    factor: 3600,
    blackbox: blackbox.address,
    targets: { probe: [site], alertmanager: [alertmanager.address], kinglet: [new URL(node.admin).host] },
  });
  t.after(() => prometheus.stop());
  const told = await outside.message(/CertificateExpires/, 'page');
  holds(told.description, `The certificate of ${site} ends in 1d 23h`, 'reload HAProxy');
  assert.equal((await prometheus.query('probe_success'))[0].value[1], '1');
});

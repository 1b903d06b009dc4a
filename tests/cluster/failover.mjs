#!/usr/bin/env node
/*
 * failover.mjs: measures how long the cluster of databases takes to replace a primary, by what was killed of it, and
 * counts lost rows. Prints a line each: docs/database.md quotes them. Not a test: it judges nothing but losses.
 */
import { startDatabaseCluster } from '../lib/cluster_database.mjs';
import { Writer } from '../lib/database_writer.mjs';

const WAYS = [
  ['the whole machine: PostgreSQL, Patroni, etcd', (c, name) => c.kill(name, { etcd: true })],
  ['PostgreSQL and Patroni', (c, name) => c.kill(name)],
  ['PostgreSQL alone', (c, name) => c.kill(name, { patroni: false })],
  ['Patroni alone, PostgreSQL lives on', (c, name) => c.kill(name, { postgres: false })],
  ['frozen for the time (SIGSTOP)', (c, name) => c.freeze(name)],
  ['the synchronous standby, not the primary', async (c) => c.kill(await c.synchronousStandby())],
  ['nothing: switched over by hand', (c) => c.ctl('switchover', '--force')],
];

const cluster = await startDatabaseCluster();
let lostAtAll = 0;
await cluster.psql('CREATE TABLE written (n bigint PRIMARY KEY)');
console.log('| killed | seconds without an acknowledged write | acknowledged | lost |\n|---|---|---|---|');
for (const [what, how] of WAYS) {
  await cluster.psql('TRUNCATE written');
  const writer = new Writer(cluster.url);
  await writer.more(100);
  writer.longestGapMs = 0;
  const old = await cluster.waitForPrimary();
  await how(cluster, old);
  const deadline = Date.now() + 60000;
  while (writer.longestGapMs < 500 && Date.now() < deadline) {
    await Promise.race([writer.more(50, 60000), new Promise((resolve) => setTimeout(resolve, 5000))]);
    if (Date.now() - writer.last > 4000) writer.interrupt();
    if (/standby|by hand/.test(what) && Date.now() > deadline - 50000) break;
  }
  await writer.more(50);
  cluster.thaw(old);
  for (const { name } of cluster.members) await cluster.startMember(name);
  await cluster.waitUntilHealthy();
  await writer.stop();
  const rows = new Set((await cluster.psql('SELECT n FROM written')).split('\n').map(Number));
  const lost = writer.acknowledged.filter((n) => !rows.has(n)).length;
  lostAtAll += lost;
  const seconds = (writer.longestGapMs / 1000).toFixed(1);
  console.log(`| ${what} | ${seconds} | ${writer.acknowledged.length} | ${lost} |`);
}
await cluster.stop();
process.exit(lostAtAll ? 1 : 0);

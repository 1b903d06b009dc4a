/*
 * node ops/logging/tests/outage.mjs [--rounds N] [--round-s S] [--outage-s S] [--rate R]: what people notice of a dead
 * log host. A measurement, not a test of the suite: times are the machine's. Everything runs on this one, by the
 * libraries of tests/.
 *
 * A real Kinglet serves a steady load of reads and writes and logs each request; a shipper ships. In turns the log host
 * lives and is dead (rsyslog and PostgreSQL killed with -9), so that whatever else the machine does hits both alike;
 * then it is dead for long. Times of answers are taken from the clients, apart for each state. The seconds in which it
 * comes back and catches up count for neither. In the end each line must be there, once. Ends with 1 where a line is
 * missing or there twice, or a request failed.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { startLoad } from '../../../tests/lib/load.mjs';
import { requestIds, startLogHost, waitFor } from '../../../tests/lib/logging.mjs';
import { startNode } from '../../../tests/lib/proxy.mjs';

const number = (value) => ({ type: 'string', default: String(value) });
const { values: settings } = parseArgs({
  options: { rounds: number(3), 'round-s': number(30), 'outage-s': number(120), rate: number(100) },
});
const CATCH_UP_MS = 300000;

const host = await startLogHost();
const app = await host.shipper();
const file = app.file('kinglet.log');
// Few people stand for many: what one may post isn't what is measured.
const unlimited = ['--post-burst', '0', '--register-burst', '0'];
const node = await startNode({ args: ['--log-format', 'json', '--log-file', file, ...unlimited] });
const load = await startLoad({ web: node.web, api: node.api, rate: Number(settings.rate), people: 8 });
const spans = { alive: [], dead: [] };

async function during(state, seconds) {
  const from = performance.now();
  await pause(1000 * seconds);
  spans[state].push([from, performance.now()]);
}

async function die() {
  await host.receiver.kill();
  await host.pg.kill();
}

const ofRequests = "FROM log.line WHERE line->>'event.dataset' = 'kinglet.request'";
const stored = () => host.sql(`SELECT count(DISTINCT request_id) ${ofRequests}`).then(Number);
/* Until everything that had been logged when this was called is stored. */
async function comeBack() {
  await host.pg.start();
  await host.receiver.start();
  const wanted = requestIds(readFileSync(file, 'utf8')).length;
  const begun = performance.now();
  await waitFor(`${wanted} lines`, async () => (await stored()) >= wanted, CATCH_UP_MS);
  return (performance.now() - begun) / 1000;
}

for (let round = 0; round < Number(settings.rounds); round++) {
  await during('alive', Number(settings['round-s']));
  await die();
  await during('dead', Number(settings['round-s']));
  await comeBack();
}
await die();
const before = requestIds(readFileSync(file, 'utf8')).length;
await during('dead', Number(settings['outage-s']));
const missed = requestIds(readFileSync(file, 'utf8')).length - before;
const behindS = await comeBack();
await load.hold();
const { requests } = load.stats;
const summary = await load.stop();
const metrics = await (await fetch(`${node.admin}/metrics`)).text();
await node.stop();

const ids = requestIds(readFileSync(file, 'utf8'));
await waitFor('the rest', async () => (await stored()) >= ids.length, CATCH_UP_MS);
const [lines, different] =
  (await host.sql(`SELECT count(*), count(DISTINCT request_id) ${ofRequests}`)).split('|').map(Number);
const dropped = Number(/^kinglet_log_dropped_total (\d+)$/m.exec(metrics)[1]);
const failures = load.stats.failures();
const failed = Object.keys(failures).length > 0;

const within = (at, list) => list.some(([from, to]) => at > from && at <= to);
function figures(state, kind) {
  const times = requests.filter((one) => one.kind === kind && within(one.at, spans[state]))
    .map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(2);
  return `${times.length} requests, median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${times.at(-1).toFixed(0)} ms`;
}
for (const kind of ['read', 'write']) {
  for (const state of ['alive', 'dead']) console.log(`${kind}s, log host ${state}: ${figures(state, kind)}`);
}
console.log(`dead for ${settings['outage-s']} s at the end: ${missed} lines waited;`,
  `${behindS.toFixed(1)} s after it was back all were stored`);
console.log(`requests ${summary.requests}, failed ${JSON.stringify(failures)};`,
  `lines logged ${ids.length}, stored ${lines}, different ${different}, dropped by Kinglet ${dropped}`);
await node.remove();
await host.stop();
process.exit(failed || dropped || lines !== ids.length || different !== ids.length ? 1 : 0);

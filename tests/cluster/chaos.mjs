/*
 * chaos.mjs: ./dev chaos [SCENARIO…]: does to a cluster on this machine what docs/reliability.md promises that it
 * survives, under load, and prints a table of what became of the requests. Ends with 1 where a promise was broken.
 */
import { scenarios } from '../lib/chaos.mjs';

const ROUNDS = 3;
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !scenarios[name]);
if (unknown.length) {
  process.stderr.write(`chaos: no such scenario: ${unknown}; there are: ${Object.keys(scenarios).join(', ')}\n`);
  process.exit(2);
}

const kinds = (failures) => Object.entries(failures).map(([kind, count]) => `${count} × ${kind}`).join(', ') || 'none';
const s = (ms) => `${(ms / 1000).toFixed(1)} s`;

const print = (line) => process.stdout.write(`${line}\n`);
const head = [
  '| scenario | requests | failed reads | failed writes | longest gap reads / writes | slowest failure | '
    + 'writes acknowledged | lost |',
  '|---|---|---|---|---|---|---|---|',
];
head.forEach(print);
const words = [];
let broken = 0;
for (const name of wanted.length ? wanted : Object.keys(scenarios)) {
  const say = (text) => process.stderr.write(`chaos: ${name}: ${text}\n`);
  const { summary, problems, notes } = await scenarios[name]({ rounds: ROUNDS, rate: 100, between: 150, say });
  if (summary) print(`| \`${name}\` | ${[
    `${summary.requests} in ${summary.seconds.toFixed(0)} s`, kinds(summary.failedReads), kinds(summary.failedWrites),
    `${s(summary.gapReadMs)} / ${s(summary.gapWriteMs)}`, s(summary.slowestRefusalMs),
    summary.outcomes.acknowledged, summary.lost,
  ].join(' | ')} |`);
  words.push(`- \`${name}\`: ${notes.join('; ') || 'nothing else to say'}.`);
  words.push(...problems.map((problem) => `- **\`${name}\` broke a promise**: ${problem}`));
  broken += problems.length;
}
['', ...words].forEach(print);
process.exitCode = broken ? 1 : 0;

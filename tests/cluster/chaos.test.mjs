/*
 * The promises of docs/reliability.md, each by one round of harm under load. `./dev chaos` does the same for longer.
 * What is compared afterwards, in all of them, is in tests/lib/chaos.mjs.
 *
 * Two at a time: most of each is waiting for something to be noticed or to come back.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scenarios } from '../lib/chaos.mjs';

async function holds(name, options) {
  const { summary, notes, problems } = await scenarios[name](options);
  const said = summary && `${summary.requests} requests, ${summary.outcomes.acknowledged} writes acknowledged; ` +
    `failed reads ${JSON.stringify(summary.failedReads)}, writes ${JSON.stringify(summary.failedWrites)}; ` +
    `longest gap of writes ${(summary.gapWriteMs / 1000).toFixed(1)} s`;
  process.stdout.write(`# ${[name, said, ...notes].filter(Boolean).join('; ')}\n`);
  assert.deepEqual(problems, []);
}

describe('chaos', { concurrency: 2 }, () => {
  it('a killed primary stops writes for less than 30 s with quick 503s, and takes nothing acknowledged along', () =>
    holds('primary'));

  it('a primary that was replaced and lives on is left by the nodes, and nothing old is read from it', () =>
    holds('zombie'));

  it('killed nodes fail no read and lose no acknowledged write', () => holds('nodes'));

  it('a rolling restart of all nodes fails no request', () => holds('rolling'));

  it('a node cut off its database says 503 quickly, gets nothing from the balancer, and heals', () =>
    holds('partition'));

  it('everything stopped and started anew has the same rows, and all that was acknowledged', () => holds('redeploy'));

  it('a PostgreSQL that is killed takes nothing acknowledged along', () => holds('crash'));

  it('a backup restored to a chosen second has what was acknowledged by then, and nothing begun after it', () =>
    holds('restore'));

  it('a flood and a thousand slow clients exhaust no connections and lose no acknowledged write', () => holds('flood'));

  it('a full disk of the database refuses writes with 503, reads go on, and it heals by itself', () => holds('disk'));

  it('the checker finds what a database loses that acknowledges before it keeps', async () => {
    const { summary, problems } = await scenarios.crash({ lying: true });
    assert.ok(summary.lost > 0, `lost ${summary.lost}`);
    assert.match(problems.join('\n'), /acknowledged, and lost: /);
  });
});

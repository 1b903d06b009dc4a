/*
 * A whole community replayed against the simulator's API by bench/replay, and what is there afterwards
 * compared with what the file gives. The limit of 300 ms a request is the player's default and not
 * tested here, because machines that run tests are slow in ways that say nothing.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { makeScenario } from '../fixtures/scenario.mjs';
import { buildDir, deadlineMs, removeTempDir, serverFor, tempDir } from '../lib/server.mjs';

const player = path.join(buildDir, 'bench/replay');

function scenarioFor(t, text) {
  const dir = tempDir('kinglet-replay-');
  t.after(() => removeTempDir(dir));
  const file = path.join(dir, 'scenario.tsv');
  writeFileSync(file, text);
  return file;
}

/* {code, output} of the player; everything it prints is in the message of a failed assertion. */
function play(t, args) {
  return new Promise((resolve, reject) => {
    const proc = spawn(player, ['--timeout-ms', String(deadlineMs), ...args]);
    let output = '';
    t.after(() => proc.kill('SIGKILL'));
    for (const stream of [proc.stdout, proc.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    proc.on('error', reject);
    proc.on('close', (code) => resolve({ code, output }));
  });
}

const host = (url) => url.replace('http://', '');
const where = (server) => ['--api', host(server.api), '--admin', host(server.admin)];

for (const clients of [1, 8]) {
  test(`a community replayed by ${clients} client${clients > 1 ? 's' : ''} is there as the file has it`, async (t) => {
    const file = scenarioFor(t, makeScenario());
    const server = await serverFor(t);
    const { code, output } = await play(t, [...where(server), '--clients', clients, '--verify', file].map(String));
    assert.equal(code, 0, output);
    assert.match(output, /, 0 errors\n/);
    assert.match(output, /verified: 24 people, \d{3} posts, \d+ follows: 0 differences\n/);
  });
}

test('the comparison notices a post, a follow and a person that are missing', async (t) => {
  const all = makeScenario(200);
  const last = 'Ada Lind';
  const more =
    `200\t0\t0\tregister\tLate Comer\tlate@example.org\tpw\n` +
    `201\t0\t0\ttweet\t${last}\tOne more.\n` +
    `202\t0\t0\tfollow\t${last}\tLate Comer\n`;
  const server = await serverFor(t);
  const played = await play(t, [...where(server), scenarioFor(t, all)]);
  assert.equal(played.code, 0, played.output);
  const { code, output } = await play(t, [...where(server), '--verify-only', scenarioFor(t, all + more)]);
  assert.equal(code, 1, output);
  assert.match(output, /difference: messages of "Ada Lind": wanted \d+, got \d+/);
  assert.match(output, /difference: follows of "Ada Lind": wanted \d+, got \d+/);
  assert.match(output, /difference: \/msgs\/Late%20Comer\S* "Late Comer": status 404/);
  assert.match(output, /difference: value of "latest"/);
  assert.match(output, /difference: total "kinglet_users": wanted \d+, got \d+/);
  assert.match(output, /difference: total "kinglet_posts": wanted \d+, got \d+/);
  assert.match(output, /difference: total "kinglet_follows": wanted \d+, got \d+/);
});

test('an action by somebody who never registered counts as an error by its status', async (t) => {
  const server = await serverFor(t);
  const file = scenarioFor(t, '0\t0\t0\ttweet\tNobody Here\tHello?\n');
  const { code, output } = await play(t, [...where(server), file]);
  assert.equal(code, 1, output);
  assert.match(output, /error: tweet, status 404: 1\n/);
});

test('a server that is not there counts as an error by its kind', async (t) => {
  const file = scenarioFor(t, makeScenario(3));
  const { code, output } = await play(t, ['--api', '127.0.0.1:1', file]);
  assert.equal(code, 1, output);
  assert.match(output, /error: register, no connection: 2\n/);
});

test('a file that is no scenario is refused with the line that is wrong', async (t) => {
  const file = scenarioFor(t, `${makeScenario(2)}2\t0\t0\tdance\tAda Lind\tx\n`);
  const { code, output } = await play(t, [file]);
  assert.equal(code, 2, output);
  assert.match(output, /line 3: an unknown action\n/);
});

/* docs/metrics.md lists the series that the program has. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { binary, root, runKinglet } from '../lib/server.mjs';

test('the page on metrics lists every series as the program does', () => {
  const tool = path.join(root, 'tools/metrics_doc.py');
  const { status, stderr } = spawnSync('python3', [tool, binary], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the version names the commit that was built', async () => {
  const { stdout } = await runKinglet(['version']);
  assert.match(stdout, /^kinglet \d+\.\d+\.\d+\S* \(([0-9a-f]{12}|unknown)\)\n$/);
});

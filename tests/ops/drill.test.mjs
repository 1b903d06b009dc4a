/* What docs/drill.md says of each fault shows where it says so: in alerts, series, lines of the log and /readyz. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { drill } from '../lib/drill.mjs';

async function found(t, name) {
  const said = [];
  const say = (step, what) => said.push(`${step}: ${what}`);
  const ran = await drill(name, { say }).catch((error) => {
    throw new Error(`${error.message}\n${said.join('\n')}`);
  });
  if (!ran) t.diagnostic('no small disk can be mounted here, so nothing was filled');
  assert.ok(!ran || said.some((one) => one.startsWith('healed')), said.join('\n'));
}

test('a query without its index is found by latency, operation and log', (t) => found(t, 'slow-query'));

test('a full disk is found by failed writes, readiness and log, and heals', (t) => found(t, 'full-disk'));

test('connections taken by a stranger are found by alert and log, and come back', (t) => found(t, 'connections'));

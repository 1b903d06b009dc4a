/*
 * The rehearsal of docs/growing.md: a place on SQLite, with people who read and write all the time, moves to
 * two nodes on PostgreSQL. Before the server stands a small switch, as the load balancer does: it sends
 * each connection to where the place is at that moment.
 */
import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { deadlineMs, removeTempDir, runKinglet, serverFor, tempDir } from '../lib/server.mjs';
import { assertSameTables } from '../lib/tables.mjs';

const READERS = 4;
const WRITERS = 4;

/* A port that passes connections on to the targets in turn; `targets` may be changed at any time. */
async function startSwitch(t, targets) {
  const state = { targets };
  const sockets = new Set();
  let turn = 0;
  const server = net.createServer((client) => {
    const { hostname, port } = new URL(state.targets[turn++ % state.targets.length]);
    const node = net.connect(Number(port), hostname);
    for (const [socket, other] of [[client, node], [node, client]]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.end();
      });
      socket.pipe(other);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  state.url = `http://127.0.0.1:${server.address().port}`;
  return state;
}

/* People who read and write until they are stopped, over the switch; each failure of a read is noted. */
function startCrowd(api, web) {
  const state = { stopped: false, reads: 0, failed: [], acknowledged: [], refused: 0, gaps: [] };
  let lastAt = performance.now();
  async function write(writer) {
    const client = new Api(api.url);
    for (let i = 0; !state.stopped; i++) {
      const text = `writer ${writer} post ${i}`;
      const answer = await client.write(`writer${writer}`, text);
      if (answer.status === 204) {
        const now = performance.now();
        state.gaps.push(now - lastAt);
        lastAt = now;
        state.acknowledged.push(text);
      } else if (answer.status === 503) {
        state.refused += 1;
      } else {
        state.failed.push(`write: ${answer.status} ${answer.text}`);
      }
    }
  }
  async function read(reader) {
    const pages = ['/public', `/writer${reader % WRITERS}`];
    for (let i = 0; !state.stopped; i++) {
      const answer = await new Client(web.url).get(pages[i % pages.length]);
      state.reads += 1;
      if (answer.status !== 200) state.failed.push(`read: ${answer.status}`);
    }
  }
  const note = (error) => state.failed.push(String(error));
  const all = Promise.all([
    ...Array.from({ length: WRITERS }, (_, i) => write(i).catch(note)),
    ...Array.from({ length: READERS }, (_, i) => read(i).catch(note)),
  ]);
  state.stop = async () => {
    state.stopped = true;
    await all;
  };
  state.until = async (what, isTrue) => {
    const end = performance.now() + 3 * deadlineMs;
    while (!isTrue()) {
      assert.ok(performance.now() < end, `in vain: ${what}; ${state.failed.slice(0, 3)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return state;
}

async function command(...args) {
  const { code, stdout, stderr } = await runKinglet(args, { timeoutMs: 12 * deadlineMs });
  return { code, text: stdout + stderr };
}

test('a place moves to PostgreSQL under its readers and writers, and nothing is lost', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const pg = await startPostgres();
  t.after(() => pg.stop());
  const small = `sqlite:${path.join(dir, 'kinglet.db')}`;
  const large = await pg.createDatabase('kinglet');
  await command('demo', '--db', small);
  const old = await serverFor(t, { db: small });
  const api = await startSwitch(t, [old.api]);
  const web = await startSwitch(t, [old.web]);
  for (let i = 0; i < WRITERS; i++) expectStatus(await new Api(api.url).register(`writer${i}`), 204);
  const ann = await signedIn(web.url, 'ann');
  const crowd = startCrowd(api, web);
  t.after(() => crowd.stop());
  await crowd.until('posts are written', () => crowd.acknowledged.length > 50);

  // 1. The first pass, while everybody goes on.
  const first = await command('copy', '--from', small, '--to', large);
  assert.ok([0, 3].includes(first.code), first.text);

  // 2. Nothing is written any more.
  const frozenAt = performance.now();
  assert.equal((await command('freeze', '--db', small)).code, 0);

  // 3. The second pass: what has changed since; and that both are equal.
  const second = await command('copy', '--from', small, '--to', large);
  assert.equal(second.code, 0, second.text);
  assert.match(second.text, /^Equal: every row was compared/m);
  await assertSameTables(large, small);

  // 4. Nodes on PostgreSQL take over.
  const nodes = [await serverFor(t, { db: large }), await serverFor(t, { db: large })];
  const before = crowd.acknowledged.length;
  api.targets = nodes.map((node) => node.api);
  web.targets = nodes.map((node) => node.web);
  await crowd.until('posts are written again', () => crowd.acknowledged.length > before);
  const windowMs = performance.now() - frozenAt;
  await crowd.until('and more', () => crowd.acknowledged.length > before + 50);
  await crowd.stop();

  assert.deepEqual(crowd.failed, []);
  assert.ok(crowd.refused > 0, 'nobody was refused: there was no window');
  const posts = await command('posts', '--db', large);
  const texts = new Set(posts.text.split('\r\n').map((line) => line.split(',')[2]));
  assert.deepEqual(crowd.acknowledged.filter((text) => !texts.has(text)), [], 'acknowledged, and lost');
  assert.match((await ann.get('/')).text, /sign out/i, 'her session began before the move');
  t.diagnostic(`read-only window ${(windowMs / 1000).toFixed(2)} s, longest gap between two posts ` +
    `${(Math.max(...crowd.gaps) / 1000).toFixed(2)} s; ${crowd.reads} reads, none failed; ` +
    `${crowd.acknowledged.length} posts acknowledged, ${crowd.refused} refused, none lost`);
});

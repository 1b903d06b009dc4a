/*
 * kill -9 under a stream of writes: whatever was acknowledged is there after the restart.
 *
 * Several clients register, post and follow through the API, each as fast as answers come. After a number of
 * acknowledgements that is another in each round, the server is killed in the middle of it. What was under way
 * at that moment may or may not be there; what was answered 204 must be, and in order.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Client } from '../lib/client.mjs';
import { removeTempDir, startServer } from '../lib/server.mjs';

const ROUNDS = 12;
const CLIENTS = 8;
const AUTHORIZATION = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;

/* Numbers that look random and are the same in each run, so that a failure can be had again. */
function* numbers(seed) {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

class Writer {
  constructor(name, others, random) {
    Object.assign(this, { name, others, random, registered: false, posts: [], follows: new Map(), unknown: new Set() });
    this.sent = 0;
  }

  #next() {
    return this.random.next().value;
  }

  /* One write; answers false when the server is gone. What it can't know of is kept apart. */
  async step(client) {
    const choice = this.#next();
    const target = this.others[Math.floor(this.#next() * this.others.length)];
    if (!this.registered) {
      const status = await this.#send(client, '/register', { username: this.name, email: 'a@example.com', pwd: 'x' });
      if (status === 204 || status === 400) this.registered = true; // 400: an earlier one got through unanswered
      return status !== null;
    }
    if (choice < 0.6) {
      const content = `${this.name} says ${(this.sent += 1)}`;
      const status = await this.#send(client, `/msgs/${this.name}`, { content });
      if (status === 204) this.posts.push(content);
      return status !== null;
    }
    const verb = choice < 0.85 ? 'follow' : 'unfollow';
    const status = await this.#send(client, `/fllws/${this.name}`, { [verb]: target });
    if (status === 204) this.follows.set(target, verb === 'follow');
    if (status === 204) this.unknown.delete(target);
    if (status === null) this.unknown.add(target);
    return status !== null;
  }

  async #send(client, path, body) {
    try {
      return (await client.postJson(path, body, { headers: { Authorization: AUTHORIZATION } })).status;
    } catch {
      return null;
    }
  }
}

async function stream(server, writers, killAfter) {
  let acknowledged = 0;
  let killed = null;
  const agent = new http.Agent({ keepAlive: true });
  await Promise.all(writers.map(async (writer) => {
    const client = new Client(server.api, { agent, from: '127.0.0.1' });
    while (!killed && (await writer.step(client))) {
      acknowledged += 1;
      if (acknowledged >= killAfter) killed ??= server.kill();
    }
  }));
  agent.destroy();
  await (killed ?? server.kill());
  return acknowledged;
}

async function read(server, path) {
  const answer = await new Client(server.api).get(path, { headers: { Authorization: AUTHORIZATION } });
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return JSON.parse(answer.text);
}

async function compare(server, writers, round) {
  for (const writer of writers.filter((w) => w.registered)) {
    const stored = (await read(server, `/msgs/${writer.name}?no=1000`)).map((post) => post.content).reverse();
    const wanted = new Set(writer.posts);
    const kept = stored.filter((content) => wanted.has(content));
    assert.deepEqual(kept, writer.posts, `round ${round}: posts of ${writer.name}, in order`);
    const { follows } = await read(server, `/fllws/${writer.name}?no=1000`);
    for (const [name, follows_it] of writer.follows) {
      if (writer.unknown.has(name)) continue;
      assert.equal(follows.includes(name), follows_it, `round ${round}: does ${writer.name} follow ${name}?`);
    }
  }
}

test('nothing that was acknowledged is missing after kill -9 at any moment', async () => {
  const random = numbers(20240229);
  let server = await startServer();
  const { db, dir } = server;
  const seeds = ['seed-a', 'seed-b', 'seed-c', 'seed-d'];
  for (const username of seeds) {
    const answer = await new Client(server.api).postJson('/register', { username, email: 'a@example.com', pwd: 'x' });
    assert.equal(answer.status, 204);
  }
  const everybody = [];
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const fresh = Array.from({ length: CLIENTS }, (_, i) => new Writer(`round${round}-client${i}`, seeds, random));
    everybody.push(...fresh);
    acknowledged += await stream(server, fresh, 1 + Math.floor(random.next().value * 400));
    server = await startServer({ db });
    await compare(server, fresh, round);
    await compare(server, everybody.slice(-3 * CLIENTS), round);
  }
  await compare(server, everybody, 'after all');
  assert.ok(acknowledged > ROUNDS * 20, `only ${acknowledged} writes were acknowledged`);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  removeTempDir(dir);
});

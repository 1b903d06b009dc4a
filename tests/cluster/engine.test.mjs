/*
 * One node and a real PostgreSQL that is killed, stopped, late, or the wrong one: what people then get, how soon
 * the node is well again by itself, and that no password shows.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { giveToDaemons } from '../lib/daemon.mjs';
import { startPgBouncer, startPostgres } from '../lib/postgres.mjs';
import { runKinglet, serverFor, startServer, stopCleanly, waitFor } from '../lib/server.mjs';

/*
 * A page is answered within a second. How slow the machine is besides, /livez of the same node tells, which asks
 * no database: it is asked at the same moment and taken off.
 */
const QUICK_MS = 1000;
const QUICK_MAX_MS = 2500;
const CLIENTS = 64;
const AUTH = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;

let pg;
let count = 0;
before(async () => {
  pg = await startPostgres({ settings: { max_connections: 60 } });
});
after(() => pg.stop());

/* An address with a password in it. */
const addressOf = (password, rest) => `postgres://${['kim', password].join(':')}@${rest}`;
const database = () => pg.createDatabase(`engine_${count++}`);

async function get(url) {
  const begin = Date.now();
  const response = await fetch(url, { redirect: 'manual' });
  const body = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ms: Date.now() - begin, body };
}

async function post(url, body) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: AUTH },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return response.status;
}

const register = (node, name) => post(`${node.api}/register`, { username: name, email: 'a@b', pwd: 'secret' });
const isReady = async (node) => (await get(`${node.admin}/readyz`)).status === 200;

/* Who asks for a page and for /livez at once; what the page took longer, in ms. */
async function delayOfPage(node, what) {
  const [page, live] = await Promise.all([get(`${node.web}/public`), get(`${node.admin}/livez`)]);
  assert.equal(page.status, 503, `${what}: status`);
  assert.match(page.retryAfter ?? '', /^\d+$/, `${what}: Retry-After`);
  assert.equal(live.status, 200, `${what}: /livez`);
  return page.ms - live.ms;
}

function assertQuick(delays, what) {
  const sorted = delays.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  assert.ok(middle < QUICK_MS, `${what}: half of them took ${middle} ms or more`);
  assert.ok(sorted.at(-1) < QUICK_MAX_MS, `${what}: one took ${sorted.at(-1)} ms`);
}

/* At first, when the node doesn't know it yet, and later; by many clients and by one after another. */
async function assertAway(node, what) {
  const many = (when) => Promise.all(Array.from({ length: CLIENTS }, () => delayOfPage(node, `${what}, ${when}`)));
  assertQuick(await many('at first'), `${what}, at first`);
  const one = [];
  for (let i = 0; i < 5; i++) one.push(await delayOfPage(node, `${what}, one client`));
  assertQuick(one, `${what}, one client`);
  assertQuick(await many('later'), `${what}, later`);
  assert.equal((await get(`${node.admin}/readyz`)).status, 503, `${what}: /readyz`);
}

/* Every process of the server, the postmaster first. */
function serverPids() {
  const children = readdirSync('/proc').filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return stat.split(') ')[1].split(' ')[1] === String(pg.pid);
    } catch {
      return false;
    }
  });
  return [pg.pid, ...children.map(Number)];
}

test('a server that is killed: 503 within a second, and well again by itself once it is back', async (t) => {
  const node = await serverFor(t, { db: await database() });
  assert.equal(await register(node, 'before'), 204);
  await pg.kill();
  try {
    await assertAway(node, 'killed');
    assert.equal(await register(node, 'meanwhile'), 503);
  } finally {
    await pg.start();
  }
  await waitFor('the node is ready without any traffic but this', () => isReady(node));
  assert.equal((await get(`${node.web}/before`)).status, 200);
  assert.equal((await get(`${node.web}/meanwhile`)).status, 404);
  assert.match(node.log(), /database is away[^]*database is back/);
});

test('a server that hangs: 503 within a second, and well again when it goes on', async (t) => {
  const node = await serverFor(t, { db: await database() });
  assert.equal(await register(node, 'before'), 204);
  const pids = serverPids();
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await assertAway(node, 'stopped');
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
  await waitFor('the node is ready', () => isReady(node));
  assert.equal((await get(`${node.web}/before`)).status, 200);
});

/*
 * Passes bytes on to the server until set(true): from then on it accepts connections and says nothing. slow(ms): what
 * the server says comes so much later.
 */
async function startWay(t) {
  const sockets = new Set();
  let deaf = false;
  let lateMs = 0;
  const keep = (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = net.createServer((inner) => {
    keep(inner);
    if (deaf) return;
    const outer = keep(net.connect(pg.port, '127.0.0.1'));
    inner.pipe(outer);
    outer.on('data', (bytes) => {
      if (lateMs) setTimeout(() => inner.write(bytes), lateMs);
      else inner.write(bytes);
    });
    inner.on('close', () => outer.destroy());
    outer.on('close', () => inner.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  t.after(() => {
    cut();
    server.close();
  });
  return {
    port: server.address().port,
    set(value) {
      deaf = value;
      cut();
    },
    slow(ms) {
      lateMs = ms;
    },
  };
}

test('a socket that listens and never answers: 503 within a second, and well again when it does', async (t) => {
  const way = await startWay(t);
  const name = new URL(await database()).pathname.slice(1);
  const node = await serverFor(t, { db: `postgres://postgres@127.0.0.1:${way.port}/${name}` });
  assert.equal(await register(node, 'before'), 204);
  way.set(true);
  await assertAway(node, 'deaf');
  way.set(false);
  await waitFor('the node is ready', () => isReady(node));
  assert.equal((await get(`${node.web}/before`)).status, 200);
});

test('a page waits for a slow database once, not for each of the things that it asks', async (t) => {
  const way = await startWay(t);
  const name = new URL(await database()).pathname.slice(1);
  const timeoutMs = 2000;
  const args = ['--db-timeout-ms', String(timeoutMs)];
  const node = await serverFor(t, { db: `postgres://postgres@127.0.0.1:${way.port}/${name}`, args });
  const ann = new Client(node.web);
  await ann.register('ann');
  await ann.login('ann');
  assert.equal((await ann.get('/')).status, 200); // connections are there
  way.slow(50);
  assert.equal((await ann.get('/')).status, 200, 'all that it asks comes in time');
  way.slow(0.6 * timeoutMs); // each answer would come in time, but not all of them
  const { status, headers } = await ann.get('/');
  assert.equal(status, 503);
  assert.match(headers['retry-after'] ?? '', /^\d+$/);
  way.slow(0);
  await waitFor('the page again', async () => (await ann.get('/')).status === 200);
});

test('backends that are ended one by one cost no request', async (t) => {
  const url = await database();
  const node = await serverFor(t, { db: url });
  const name = new URL(url).pathname.slice(1);
  const failed = [];
  let over = false;
  const load = async (id) => {
    for (let i = 0; !over; i++) {
      const read = (await get(`${node.web}/public`)).status;
      if (read !== 200) failed.push(`page ${read}`);
      const written = await register(node, `u${id}x${i}`);
      if (written !== 204) failed.push(`register ${written}`);
    }
  };
  const loads = [load(1), load(2)];
  for (let i = 0; i < 20; i++) {
    const sql = `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' ORDER BY random() LIMIT 1`;
    await pg.psql(`SELECT pg_terminate_backend(pid) FROM (${sql}) p`);
  }
  over = true;
  await Promise.all(loads);
  assert.deepEqual(failed, [], node.log());
});

test('a write whose backend is ended before it happened is sent again', async (t) => {
  const url = await database();
  const node = await serverFor(t, { db: url, args: ['--db-timeout-ms', '20000'] });
  const name = new URL(url).pathname.slice(1);
  const ended = pg.psql(`DO $$ DECLARE ended int := 0; BEGIN
    LOCK TABLE "user" IN EXCLUSIVE MODE;
    PERFORM pg_advisory_lock(7);
    WHILE ended = 0 LOOP
      PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
      SELECT count(pg_terminate_backend(pid)) INTO ended FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock';
    END LOOP; END $$`, name);
  const held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND granted";
  await waitFor('the lock is held', async () => (await pg.psql(held, name)) === '1');
  assert.equal(await register(node, 'one'), 204);
  await ended;
  assert.equal(await pg.psql('SELECT count(*) FROM "user"', name), '1');
});

test('more clients than connections: they wait in line, and the server never sees more', async (t) => {
  const url = await database();
  const node = await serverFor(t, { db: url, args: ['--db-connections', '4'] });
  const name = new URL(url).pathname.slice(1);
  let over = false;
  let most = 0;
  const look = (async () => {
    while (!over) {
      const sql = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}'`;
      most = Math.max(most, Number(await pg.psql(sql)));
    }
  })();
  const answers = await Promise.all(Array.from({ length: 1000 }, () => get(`${node.web}/public`)));
  over = true;
  await look;
  for (const { status } of answers) assert.ok(status === 200 || status === 503, `status ${status}`);
  assert.ok(answers.some(({ status }) => status === 200), 'some are served');
  assert.ok(most >= 1 && most <= 4, `${most} connections at a time`);
});

test('a node that starts before its database waits for it', async (t) => {
  const url = await database();
  await pg.shutDown();
  const starting = startServer({ db: url });
  const again = new Promise((resolve) => setTimeout(resolve, 300)).then(() => pg.start());
  const node = await starting;
  t.after(() => stopCleanly(node));
  await again;
  assert.equal(await isReady(node), true);
  assert.equal((node.log().match(/waiting for it/g) ?? []).length, 1, node.log());
});

test('who waits in vain says why', async () => {
  const args = ['serve', '--db', addressOf('hidden1', '127.0.0.1:1/x'), '--db-start-wait-s', '0'];
  const { code, stdout, stderr } = await runKinglet(args);
  assert.equal(code, 1);
  assert.match(stderr, /can't be used: .*Connection refused/);
  assert.doesNotMatch(stdout + stderr, /hidden1/);
});

test('a wrong password and an unknown database end the start at once, and show nothing secret', async (t) => {
  const hba = path.join(pg.dataDir, 'pg_hba.conf');
  const kept = readFileSync(hba);
  writeFileSync(hba, 'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
  giveToDaemons(hba);
  t.after(async () => {
    writeFileSync(hba, kept);
    await pg.psql('SELECT pg_reload_conf()');
  });
  await pg.psql("SELECT pg_reload_conf(); CREATE ROLE kim LOGIN SUPERUSER PASSWORD 'right'");
  await waitFor('the password is asked for', async () => {
    const { stderr } = await runKinglet(['serve', '--db', addressOf('hidden2', `127.0.0.1:${pg.port}/postgres`)]);
    assert.doesNotMatch(stderr, /hidden2|waiting/);
    return /password authentication failed/.test(stderr);
  });
  const unknown = await runKinglet(['serve', '--db', addressOf('right', `127.0.0.1:${pg.port}/nowhere`)]);
  assert.match(unknown.stderr, /"nowhere" does not exist/);
  assert.doesNotMatch(unknown.stderr, /right|waiting/);
  const env = { PGPASSWORD: 'right' };
  const url = `postgresql://kim@127.0.0.1:${pg.port}/${new URL(await database()).pathname.slice(1)}`;
  const node = await serverFor(t, { db: url, env });
  assert.equal(await isReady(node), true);
  assert.doesNotMatch((await get(`${node.admin}/metrics`)).body + node.log() + node.stdout(), /right/);
});

for (const password of ['hid@den3', 'hid/den3', 'hid%zzden3']) {
  test(`an address that can't be read is not repeated: a password like ${password}`, async () => {
    const { code, stdout, stderr } = await runKinglet(['serve', '--db', addressOf(password, '127.0.0.1/x')]);
    assert.equal(code, 1);
    assert.match(stderr, /can't be read/);
    assert.doesNotMatch(stdout + stderr, /den3/);
  });
}

test('an option whose name is mistyped is named without its value', async () => {
  const { stderr } = await runKinglet(['serve', `--bd=${addressOf('hidden4', '127.0.0.1/x')}`]);
  assert.match(stderr, /--bd/);
  assert.doesNotMatch(stderr, /hidden4/);
});

test('a host that never answers before one that does costs a moment, not the whole time', async (t) => {
  const sockets = new Set();
  const hole = net.createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise((resolve) => hole.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    hole.close();
  });
  const name = new URL(await database()).pathname.slice(1);
  const hosts = `127.0.0.1:${hole.address().port},127.0.0.1:${pg.port}`;
  const node = await serverFor(t, { db: `postgres://postgres@${hosts}/${name}?target_session_attrs=read-write` });
  for (let i = 0; i < 5; i++) assert.equal(await register(node, `n${i}`), 204);
  assert.ok(sockets.size >= 1, 'the hole was tried');
});

test('a server that takes no writes any more is left for the one that does', async (t) => {
  const other = await startPostgres();
  t.after(() => other.stop());
  const hosts = `127.0.0.1:${pg.port},127.0.0.1:${other.port}`;
  const name = new URL(await database()).pathname.slice(1);
  await stopCleanly(await startServer({ db: await other.createDatabase(name) }));
  const node = await serverFor(t, { db: `postgres://postgres@${hosts}/${name}` });
  assert.equal(await register(node, 'first'), 204);
  await pg.psql(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await pg.psql(`ALTER SYSTEM SET default_transaction_read_only = on`);
  await pg.psql('SELECT pg_reload_conf()');
  t.after(async () => {
    await pg.psql('SET default_transaction_read_only = off; ALTER SYSTEM RESET default_transaction_read_only');
    await pg.psql('SELECT pg_reload_conf()');
  });
  await waitFor('the other server has the write', async () => {
    await register(node, 'second');
    return (await other.psql("SELECT count(*) FROM \"user\" WHERE name_key = 'second'", name)) === '1';
  });
  await waitFor('the node is ready', () => isReady(node));
});

test('a commit that no replica confirmed is no success', async (t) => {
  const name = new URL(await database()).pathname.slice(1);
  // Before the node is stopped: what it still writes waits for the replica, too.
  t.after(async () => {
    await pg.psql('SET synchronous_commit = local; ALTER SYSTEM RESET synchronous_standby_names');
    await pg.psql('SELECT pg_reload_conf()');
  });
  const node = await serverFor(t, { db: pg.urlOf(name), args: ['--db-timeout-ms', '20000'] });
  assert.equal(await register(node, 'first'), 204);
  await pg.psql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
  await pg.psql('SELECT pg_reload_conf()');
  const waiting = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  let status = null;
  const answer = register(node, 'second').then((s) => {
    status = s;
  });
  await waitFor('the wait was cancelled', async () => {
    await pg.psql(waiting);
    return status !== null;
  });
  await answer;
  assert.equal(status, 503);
});

test('through PgBouncer in transaction mode pages, writes and loads work', async (t) => {
  const name = new URL(await database()).pathname.slice(1);
  const bouncer = await startPgBouncer(pg, { default_pool_size: 3 });
  t.after(() => bouncer.stop());
  const node = await serverFor(t, { db: bouncer.urlOf(name) });
  const statuses = await Promise.all(Array.from({ length: 40 }, (_, i) => register(node, `b${i}`)));
  assert.deepEqual([...new Set(statuses)], [204]);
  const pages = await Promise.all(Array.from({ length: 40 }, (_, i) => get(`${node.web}/b${i}`)));
  assert.deepEqual([...new Set(pages.map(({ status }) => status))], [200]);
  const { code, stderr } = await runKinglet(['demo', '--db', bouncer.urlOf(name)]);
  assert.equal(code, 0, stderr);
});

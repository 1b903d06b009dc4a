/* What the logging stack promises when parts of it die: no line lost, none twice, and nobody waits. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { startLoad } from '../lib/load.mjs';
import { requestIds, requestLine, startLogHost, waitFor } from '../lib/logging.mjs';
import { startNode } from '../lib/proxy.mjs';

const LIMIT_MS = 120000;

let host;
before(async () => {
  host = await startLogHost({ hosts: ['outage', 'cut', 'killed', 'both', 'orderly', 'full'] });
});
after(() => host?.stop());

/* A host of its own for a test, which begins with a log host that lives. */
async function shipperFor(t, name, settings = {}) {
  const app = await host.shipper({ host: name, STOP_S: 1, ...settings });
  t.after(() => app.stop());
  return app;
}

const rows = (name) => host.sql(`SELECT count(*) FROM log.line WHERE request_id LIKE '${name}-%'`).then(Number);

/* Lines with numbers from `from` up to `to`. */
function write(app, name, from, to) {
  let text = '';
  for (let n = from; n < to; n++) text += requestLine({ 'http.request.id': `${name}-${n}` });
  app.append('kinglet.log', text);
}

/* Lines that are written for as long as something else goes on. */
function writeMeanwhile(app, name, everyMs = 20) {
  let count = 0;
  const timer = setInterval(() => {
    write(app, name, count, count + 50);
    count += 50;
  }, everyMs);
  return {
    count: () => count,
    stop() {
      clearInterval(timer);
      return count;
    },
  };
}

async function allThereOnce(name, count) {
  await waitFor(`${count} lines ${name}`, async () => (await rows(name)) >= count, LIMIT_MS).catch(async (error) => {
    throw new Error(`${error.message}: there are ${await rows(name)}\n${host.receiver.words()}`);
  });
  const got = await host.sql(
    `SELECT count(*), count(DISTINCT request_id) FROM log.line WHERE request_id LIKE '${name}-%'`
  );
  assert.equal(got, `${count}|${count}`, `${name}: lines, and different ones`);
}

const reached = (stream, count) => waitFor(`${count} lines written`, () => stream.count() >= count, LIMIT_MS);

async function killLogHost() {
  await host.receiver.kill();
  await host.pg.kill();
}

async function startAgain() {
  await host.pg.start();
  await host.receiver.start();
}

/* Kinglet with people on it, its log among the files that are shipped. */
async function startServed(t, app) {
  const file = app.file('kinglet.log.node');
  const node = await startNode({ args: ['--log-format', 'json', '--log-file', file] });
  t.after(() => node.remove());
  const load = await startLoad({ web: node.web, api: node.api, rate: 40, people: 6 });
  t.after(() => load.stop());
  return {
    load,
    metric: async (name) => Number(
      new RegExp(`^${name} (\\d+)$`, 'm').exec(await (await fetch(`${node.admin}/metrics`)).text())[1]
    ),
    ids: () => requestIds(readFileSync(file, 'utf8')),
    end: () => node.stop(),
  };
}

test('the log host dies under load, again and again: no line is lost or doubled, no request fails', async (t) => {
  const app = await shipperFor(t, 'outage');
  const served = await startServed(t, app);
  const stream = writeMeanwhile(app, 'outage', 100);
  for (let turn = 1; turn <= 2; turn++) {
    await waitFor('lines arrive', async () => (await rows('outage')) > 100 * turn, LIMIT_MS);
    await killLogHost();
    await served.load.more(30, LIMIT_MS);
    await reached(stream, stream.count() + 600);
    await startAgain();
  }
  const count = stream.stop();
  const { requests, failedReads, failedWrites } = await served.load.stop();
  assert.ok(requests > 100, `${requests} requests`);
  assert.deepEqual({ failedReads, failedWrites }, { failedReads: {}, failedWrites: {} });
  assert.equal(await served.metric('kinglet_log_dropped_total'), 0);
  await served.end();
  await allThereOnce('outage', count);
  const ids = served.ids();
  assert.ok(ids.length >= requests);
  const ofNode = "FROM log.line WHERE host = 'outage' AND request_id NOT LIKE 'outage-%'"
    + " AND line->>'event.dataset' = 'kinglet.request'";
  const stored = async () => (await host.sql(`SELECT request_id ${ofNode}`)).split('\n');
  await waitFor("all of Kinglet's lines", async () => (await stored()).length >= ids.length, LIMIT_MS);
  assert.deepEqual((await stored()).sort(), ids.sort());
});

test(
  'the database alone dies, or cuts connections in the middle of a batch, and no line is lost or doubled',
  async (t) => {
    const app = await shipperFor(t, 'cut');
    const stream = writeMeanwhile(app, 'cut');
    for (let turn = 0; turn < 10; turn++) {
      await host.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'log_writer'");
      await reached(stream, stream.count() + 100);
    }
    await host.pg.kill();
    await reached(stream, stream.count() + 500);
    await host.pg.start();
    await allThereOnce('cut', stream.stop());
  }
);

test('the shipper dies under load, and no line is lost or doubled', async (t) => {
  const app = await shipperFor(t, 'killed');
  const stream = writeMeanwhile(app, 'killed');
  for (let turn = 0; turn < 2; turn++) {
    await reached(stream, stream.count() + 700);
    await app.kill();
    await reached(stream, stream.count() + 200);
    await app.start();
  }
  await allThereOnce('killed', stream.stop());
});

test(
  'the shipper dies while the log host is away, with lines in its queue, and no line is lost or doubled',
  async (t) => {
    const app = await shipperFor(t, 'both', { QUEUE_LINES: 1000 });
    await host.receiver.kill();
    write(app, 'both', 0, 3000); // more than its memory holds
    await waitFor(
      'a queue on the disk', () => readdirSync(app.workDir).some((name) => /^files\.0/.test(name)), LIMIT_MS
    );
    await app.kill();
    await host.receiver.start();
    await app.start();
    await allThereOnce('both', 3000);
  }
);

test('an orderly restart of the shipper with a full queue loses and doubles nothing', async (t) => {
  const app = await shipperFor(t, 'orderly', { QUEUE_LINES: 2000, STOP_S: 10 });
  write(app, 'orderly', 0, 4000);
  await waitFor('lines arrive', async () => (await rows('orderly')) > 0, LIMIT_MS);
  await app.stop();
  await app.start();
  await allThereOnce('orderly', 4000);
});

test('a queue that is full makes reading wait: the disk is bounded, and nothing is thrown away', async (t) => {
  const app = await shipperFor(t, 'full', { QUEUE_LINES: 1000, QUEUE_SIZE: '9m' });
  await host.receiver.kill();
  write(app, 'full', 0, 9000); // more than memory and queue hold
  const queued = () => readdirSync(app.workDir).filter((name) => /^files\.0/.test(name))
    .reduce((sum, name) => sum + statSync(path.join(app.workDir, name)).size, 0);
  await waitFor(
    'the queue is full', () => /queue_full_total\{queue="files\[DA\]"\} [1-9]/.test(app.metrics()), LIMIT_MS
  );
  await app.stop(); // which it can't in an orderly way
  await app.start();
  await host.receiver.start();
  const largest = { bytes: 0 };
  const look = setInterval(() => {
    largest.bytes = Math.max(largest.bytes, queued());
  }, 50);
  t.after(() => clearInterval(look));
  await allThereOnce('full', 9000);
  assert.ok(largest.bytes < 18 * 1024 * 1024, `the queue took ${largest.bytes} bytes; its limit is 9 MiB and a file`);
  assert.match(app.metrics(), /queue_discarded_total\{queue="files"\} 0\n/);
});

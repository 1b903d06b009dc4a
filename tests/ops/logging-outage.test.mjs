/* What the logging stack promises when parts of it die: no line lost, none twice, and nobody waits. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { requestLine, startLogHost, waitFor } from '../lib/logging.mjs';

const LIMIT_MS = 120000;

async function stackFor(t, options = {}) {
  const host = await startLogHost(options);
  t.after(() => host.stop());
  return { host, app: await host.shipper(options.shipper) };
}

const rows = (host, condition = 'true') => host.sql(`SELECT count(*) FROM log.line WHERE ${condition}`).then(Number);

/* Lines with numbers from `from` up to `to`. */
function write(app, name, from, to) {
  let text = '';
  for (let n = from; n < to; n++) text += requestLine({ 'http.request.id': `${name}-${n}` });
  app.append('kinglet.log', text);
}

/* Lines that are written for as long as something else goes on. */
function writeMeanwhile(app, name) {
  let count = 0;
  const timer = setInterval(() => {
    write(app, name, count, count + 50);
    count += 50;
  }, 20);
  return {
    count: () => count,
    stop() {
      clearInterval(timer);
      return count;
    },
  };
}

async function allThereOnce(host, name, count) {
  const like = `request_id LIKE '${name}-%'`;
  await waitFor(
    `${count} lines ${name}`, async () => (await rows(host, like)) >= count, LIMIT_MS
  ).catch(async (error) => {
    throw new Error(`${error.message}: there are ${await rows(host, like)}\n${host.receiver.words()}`);
  });
  const got = await host.sql(`SELECT count(*), count(DISTINCT request_id) FROM log.line WHERE ${like}`);
  assert.equal(got, `${count}|${count}`, `${name}: lines, and different ones`);
}

const reached = (stream, count) => waitFor(`${count} lines written`, () => stream.count() >= count, LIMIT_MS);

test('the log host dies under load, again and again, and no line is lost or doubled', async (t) => {
  const { host, app } = await stackFor(t);
  const stream = writeMeanwhile(app, 'outage');
  for (let turn = 1; turn <= 3; turn++) {
    await waitFor('lines arrive', async () => (await rows(host)) > 100 * turn, LIMIT_MS);
    await host.receiver.kill();
    await host.pg.kill();
    await reached(stream, stream.count() + 1500);
    await host.pg.start();
    await host.receiver.start();
  }
  await allThereOnce(host, 'outage', stream.stop());
});

test(
  'the database alone dies, or cuts connections in the middle of a batch, and no line is lost or doubled',
  async (t) => {
    const { host, app } = await stackFor(t);
    const stream = writeMeanwhile(app, 'cut');
    for (let turn = 0; turn < 25; turn++) {
      await host.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'log_writer'");
      await reached(stream, stream.count() + 100);
    }
    await host.pg.kill();
    await reached(stream, stream.count() + 500);
    await host.pg.start();
    await allThereOnce(host, 'cut', stream.stop());
  }
);

test('the shipper dies under load, and no line is lost or doubled', async (t) => {
  const { host, app } = await stackFor(t);
  const stream = writeMeanwhile(app, 'killed');
  for (let turn = 0; turn < 4; turn++) {
    await reached(stream, stream.count() + 700);
    await app.kill();
    await reached(stream, stream.count() + 200);
    await app.start();
  }
  await allThereOnce(host, 'killed', stream.stop());
});

test(
  'the shipper dies while the log host is away, with lines in its queue, and no line is lost or doubled',
  async (t) => {
    const { host, app } = await stackFor(t, { shipper: { QUEUE_LINES: 500 } });
    await host.receiver.kill();
    write(app, 'both', 0, 3000); // more than its memory holds
    await waitFor(
      'a queue on the disk', () => readdirSync(app.workDir).some((name) => /^files\.0/.test(name)), LIMIT_MS
    );
    await app.kill();
    await host.receiver.start();
    await app.start();
    await allThereOnce(host, 'both', 3000);
  }
);

test('an orderly restart of the shipper with a full queue loses and doubles nothing', async (t) => {
  const { host, app } = await stackFor(t, { shipper: { QUEUE_LINES: 500 } });
  write(app, 'orderly', 0, 4000);
  await waitFor('lines arrive', async () => (await rows(host)) > 0, LIMIT_MS);
  await app.stop();
  await app.start();
  await allThereOnce(host, 'orderly', 4000);
});

test('a queue that is full makes reading wait: the disk is bounded, and nothing is thrown away', async (t) => {
  const { host, app } = await stackFor(t, { shipper: { QUEUE_LINES: 1000, QUEUE_SIZE: '9m', STOP_S: 1 } });
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
  await allThereOnce(host, 'full', 9000);
  assert.ok(largest.bytes < 18 * 1024 * 1024, `the queue took ${largest.bytes} bytes; its limit is 9 MiB and a file`);
  assert.match(app.metrics(), /queue_discarded_total\{queue="files"\} 0\n/);
});

/*
 * What comes to the shipper by syslog, as HAProxy's lines do, has no file to be read again from: what becomes of it
 * when the shipper dies with lines in its queue, and when that queue is full.
 */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { freePorts } from '../lib/daemon.mjs';
import { startLogHost, waitFor } from '../lib/logging.mjs';

const LIMIT_MS = 30000;
let host;

before(async () => {
  host = await startLogHost();
});
after(() => host?.stop());

const count = (app, name) =>
  Number(new RegExp(`^kinglet_log_shipping_${name}_total\\{queue="datagrams"\\} (\\d+)$`, 'm').exec(app.metrics())?.[1]);
const listens = (port) => readFileSync('/proc/net/udp', 'utf8').includes(`:${port.toString(16).toUpperCase()} `);

async function shipperFor(t, name, settings = {}) {
  const [port] = await freePorts(1);
  const app = await host.shipper({ host: name, HAPROXY_PORT: port, STOP_S: 1, ...settings });
  const socket = dgram.createSocket('udp4');
  t.after(() => socket.close());
  const line = (n, more) => '<134>Nov 25 12:00:00 haproxy[77]: 192.0.2.9 public web_write/web1 3/0/1/-1/2004 504 195 ' +
    `sH-- 1 POST /${name}${more} ${name}-${n}`;
  const throwOne = (text) => new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve));
  /* So few at a time that the socket's buffer holds them; answers when rsyslog has taken, or thrown away, all. */
  async function send(from, to, more = '') {
    await waitFor('rsyslog listens', () => listens(port), LIMIT_MS);
    await waitFor('its counters', () => count(app, 'queue_enqueued') >= 0, LIMIT_MS);
    const taken = () => count(app, 'queue_enqueued') + count(app, 'queue_discarded');
    const before = taken();
    for (let n = from; n < to; n++) await throwOne(line(n, more));
    await waitFor('the datagrams are counted', () => taken() >= before + to - from, LIMIT_MS);
  }
  /* Dies in the middle of work: of the lines that are just coming some are written down, one perhaps in half. */
  async function killAndStart() {
    for (let n = 0; n < 30; n++) await throwOne(line(n, '').replace(`${name}-`, 'under-way-'));
    await app.kill();
    rmSync(path.join(app.workDir, '../shipper.prom')); // what it counts begins anew
    await app.start();
  }
  const stored = async () => (await host.sql(
    `SELECT count(*), count(DISTINCT request_id) FROM log.line WHERE request_id LIKE '${name}-%'`
  )).split('|').map(Number);
  /* The lines are there, and no other, and none twice. */
  async function areStored(wanted) {
    await waitFor(`${wanted} lines`, async () => (await stored())[1] >= wanted, LIMIT_MS).catch(async (error) => {
      throw new Error(`${error.message}: there are ${await stored()}\n${app.words()}`);
    });
    assert.deepEqual(await stored(), [wanted, wanted]);
  }
  return { app, send, killAndStart, areStored };
}

test('lines of syslog in the queue outlive kills of the shipper, and none is there twice', async (t) => {
  const { send, killAndStart, areStored } = await shipperFor(t, 'app1');
  await host.receiver.kill();
  await send(0, 100);
  for (let turn = 1; turn <= 2; turn++) {
    await killAndStart();
    await send(100 * turn, 100 * turn + 100);
  }
  await host.receiver.start();
  await areStored(300);
});

test('a full queue of syslog throws the new lines away, counts each, and keeps those before them', async (t) => {
  const { app, send, areStored } = await shipperFor(t, 'app2', { DATAGRAM_QUEUE_SIZE: '100k' });
  await host.receiver.kill();
  let sent = 0;
  while (!(count(app, 'queue_discarded') > 0)) {
    await send(sent, sent + 50, 'x'.repeat(900));
    sent += 50;
    assert.ok(sent < 2000, 'the queue is bounded');
  }
  const discarded = count(app, 'queue_discarded');
  await host.receiver.start();
  await areStored(sent - discarded);
});

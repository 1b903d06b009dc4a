/*
 * streams.mjs: what a thousand idle streams of GET /events cost a server, in resident memory.
 *
 * usage: node bench/streams.mjs [COUNT] >bench/results/streams.json
 *
 * The server is warmed up first, by as many requests as there will be streams; then the streams are opened, each is
 * told where it is, all are told of one post, and when they are quiet the memory is read from /proc.
 */
import { readFileSync } from 'node:fs';
import { Api } from '../tests/lib/api.mjs';
import { Client } from '../tests/lib/client.mjs';
import { openEvents } from '../tests/lib/events.mjs';
import { startServer, stopCleanly } from '../tests/lib/server.mjs';

const count = Number(process.argv[2] ?? 1000);
const server = await startServer({ args: ['--streams-per-client', String(count), '--log-level', 'error'] });
const rss = () => Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.proc.pid}/status`, 'utf8'))[1]);

const api = new Api(server.api);
await api.register('Ada');
const client = new Client(server.web);
for (let i = 0; i < count; i++) await client.get('/public');
const beforeKib = rss();
const streams = [];
for (let i = 0; i < count; i++) {
  const stream = await openEvents(server.web, '/events?timeline=public');
  if (stream.status !== 200) throw new Error(`stream ${i}: ${stream.status}`);
  streams.push(stream);
}
await Promise.all(streams.map((stream) => stream.next()));
await api.write('Ada', 'to everybody');
await Promise.all(streams.map((stream) => stream.posts()));
const afterKib = rss();
for (const stream of streams) stream.close();
await stopCleanly(server);
const bytesEach = Math.round(((afterKib - beforeKib) * 1024) / count);
const result = { streams: count, beforeKib, afterKib, addedKib: afterKib - beforeKib, bytesEach };
process.stdout.write(`${JSON.stringify(result)}\n`);

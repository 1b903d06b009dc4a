/*
 * flood.mjs: far more clients than there are connections to the database, in a process of their own, so that a
 * test's own clients aren't held up by them.
 *
 *   const flood = startFlood({ web, api, name: 'crowd', busy: 300, slow: [{ base, count: 500 }] });
 *   const { answers, broken, acknowledged, slowOpen } = await flood.stop();
 *
 * `busy` clients ask and post, each as fast as answers come, on a connection that they keep. Slow ones send a request
 * that never ends, a byte now and then, and come again when they are sent away; `slowOpen` is how many were connected
 * at a time at most. `answers` counts by status; `acknowledged` are the texts of posts that were answered 204.
 */
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

const AUTHORIZATION = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;
const BYTE_EVERY_MS = 700;
const SLOW_HEAD = 'GET /public HTTP/1.1\r\nHost: slow.test\r\nX-Slow: ';

export function startFlood(options) {
  const proc = spawn(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const kill = () => proc.kill('SIGKILL');
  process.prependListener('exit', kill);
  let text = '';
  proc.stdout.setEncoding('utf8');
  proc.stdout.on('data', (part) => {
    text += part;
  });
  const ended = new Promise((resolve) => proc.on('close', resolve));
  return {
    async stop() {
      proc.stdin.end();
      await ended;
      process.off('exit', kill);
      return JSON.parse(text);
    },
  };
}

const address = (n) => `127.${230 + (n >> 16)}.${(n >> 8) % 256}.${n % 256}`;

function ask(report, agent, from, base, target, json) {
  const body = json && JSON.stringify(json);
  const headers = { Authorization: AUTHORIZATION, ...(body && { 'Content-Length': Buffer.byteLength(body) }) };
  const url = new URL(target, base);
  return new Promise((resolve) => {
    const broken = () => {
      report.broken += 1;
      resolve(0);
    };
    const req = http.request(url, { agent, method: body ? 'POST' : 'GET', headers, localAddress: from }, (res) => {
      res.resume();
      res.on('error', broken);
      res.on('end', () => {
        report.answers[res.statusCode] = (report.answers[res.statusCode] ?? 0) + 1;
        resolve(res.statusCode);
      });
    });
    req.on('error', broken);
    req.end(body);
  });
}

async function busyClient(report, { web, api, name }, n) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const from = address(n);
  for (let i = 0; report.going; i++) {
    const content = `flood ${n} ${i}.`;
    const status = await ask(report, agent, from, api, `/msgs/${name}`, { content });
    if (status === 204) report.acknowledged.push(content);
    await ask(report, agent, from, api, '/msgs?no=20');
    await ask(report, agent, from, web, '/public');
    await ask(report, agent, from, web, `/${name}`);
  }
  agent.destroy();
}

function slowClient(report, base, n) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port, localAddress: address(n) });
    const timer = setInterval(() => (report.going ? socket.write('x') : socket.destroy()), BYTE_EVERY_MS);
    socket.on('connect', () => {
      report.open += 1;
      report.slowOpen = Math.max(report.slowOpen, report.open);
      socket.once('close', () => {
        report.open -= 1;
      });
      socket.write(SLOW_HEAD);
    });
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('data', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

async function slowForEver(report, base, n) {
  while (report.going) {
    await slowClient(report, base, n);
    await new Promise((resolve) => setTimeout(resolve, BYTE_EVERY_MS));
  }
}

async function main(options) {
  const report = { going: true, answers: {}, broken: 0, acknowledged: [], open: 0, slowOpen: 0 };
  process.stdin.resume().on('end', () => {
    report.going = false;
  });
  const all = [];
  let n = 1;
  for (const { base, count } of options.slow) {
    for (let i = 0; i < count; i++) all.push(slowForEver(report, base, (n += 1)));
  }
  for (let i = 0; i < options.busy; i++) all.push(busyClient(report, options, (n += 1)));
  await Promise.all(all);
  process.stdout.write(JSON.stringify(report));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(JSON.parse(process.argv[2]));

/*
 * proxy.mjs: the real HAProxy, with the real configuration of ops/proxy, before nodes that a test started.
 *
 *   const a = await startNode(), b = await startNode();
 *   const proxy = await startProxy({ web: [a, b], api: [a, b] });
 *   await new Client(proxy.web).get('/public');
 *
 * startProxy({
 *   web, api    nodes: what startServer() answers, or anything with the URLs `web`, `api` and `admin`
 *   tls         true: with a certificate of its own making, for localhost and example.test; then `web` and `api`
 *               begin with https, and `plain` redirects there
 *   settings    KINGLET_… settings of ops/proxy/haproxy.cfg; limits that a test would meet by mistake are raised
 * }) answers when every node's health is known:
 *   web, api, plain, metrics      base URLs; webPort, apiPort, plainPort, metricsPort
 *   certificate                   PEM, to be trusted by clients
 *   command(text)                 speaks to the stats socket; what it says
 *   servers()                     [{backend, name, status, check}]; the names are web1, web2 …, api1, api2 …
 *   until(name, status)           waits until server `name` is 'UP', 'DOWN' or 'MAINT'
 *   disable(name), enable(name)   takes a server out, and back in; for reads and writes
 *   reload({web, api})            with other nodes; the sockets stay open. Answers when the new process serves
 *   log()                         what HAProxy has written
 *   stop()                        ends it, removes its folder
 *
 * startNode(options) is startServer() with ports that stay the same, a trusted proxy and a stop delay that fits the
 * proxy's checks; restart() starts it again on its ports and database, after stop() or kill().
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {
  daemonDir, freePorts, giveToDaemons, removeTempDir, run, startDaemon, waitFor, waitUntilReady,
} from './daemon.mjs';
import { root, startServer, tempDir } from './server.mjs';

const source = path.join(root, 'ops/proxy');

/* What a test's own clients would meet; tests of the limits set them lower. */
const ROOMY = {
  KINGLET_WEB_REQUESTS_10S: 1000000,
  KINGLET_API_REQUESTS_10S: 1000000,
  KINGLET_ATTEMPTS_60S: 1000000,
  KINGLET_NEW_CONNECTIONS_10S: 1000000,
  KINGLET_CONNECTIONS_PER_SOURCE: 900,
  KINGLET_CONNECTIONS: 1000,
};

const nodesOf = (nodes, surface) =>
  nodes.map((node) => `${new URL(node[surface]).host}/${new URL(node.admin).host}`).join(' ');

function makeCertificate(dir) {
  const [key, certificate, both] = ['key.pem', 'certificate.pem', 'both.pem'].map((name) => path.join(dir, name));
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=example.test', '-addext', 'subjectAltName=DNS:localhost,DNS:example.test,DNS:*.example.test',
    '-keyout', key, '-out', certificate,
  ], { stdio: 'ignore' });
  writeFileSync(both, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'), { mode: 0o600 });
  giveToDaemons(both);
  return { file: both, text: readFileSync(certificate, 'utf8') };
}

/* What ops/proxy/render makes of two lists of nodes, as it takes them. */
export function render(webNodes, apiNodes = '') {
  return execFileSync('sh', [path.join(source, 'render')], {
    env: { PATH: process.env.PATH, KINGLET_WEB_NODES: webNodes, KINGLET_API_NODES: apiNodes },
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

/* One command of the stats socket, and its answer. */
function speak(socketPath, text) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(socketPath);
    let said = '';
    socket.setEncoding('utf8');
    socket.on('data', (part) => {
      said += part;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(said));
    socket.write(`${text}\n`);
  });
}

export async function startProxy({ web = [], api = [], tls = false, settings = {} }) {
  const dir = daemonDir('kinglet-proxy-');
  const file = path.join(dir, 'haproxy.cfg');
  const socketPath = path.join(dir, 'socket');
  const [webPort, apiPort, plainPort, metricsPort] = await freePorts(4);
  const certificate = tls ? makeCertificate(dir) : null;
  const extraEnv = {
    KINGLET_PROXY_DIR: dir,
    KINGLET_PROXY_SOCKET: socketPath,
    KINGLET_PROXY_METRICS: `127.0.0.1:${metricsPort}`,
    KINGLET_WEB_BIND: `127.0.0.1:${webPort}`,
    KINGLET_API_BIND: `127.0.0.1:${apiPort}`,
    ...(tls && {
      KINGLET_CERTIFICATE: certificate.file,
      KINGLET_PLAIN_BIND: `127.0.0.1:${plainPort}`,
      KINGLET_HTTPS_SUFFIX: `:${webPort}`,
    }),
    ...ROOMY,
    ...settings,
  };
  cpSync(path.join(source, 'errors'), path.join(dir, 'errors'), { recursive: true });

  async function configure(nodes) {
    writeFileSync(file, render(nodesOf(nodes.web ?? [], 'web'), nodesOf(nodes.api ?? [], 'api')));
    const check = await run('haproxy', ['-c', '-f', file], { cwd: dir, extraEnv });
    if (check.code !== 0) throw new Error(`haproxy refuses its configuration:\n${check.stderr}`);
  }
  const command = (text) => speak(socketPath, text);
  async function servers() {
    const [head, ...rows] = (await command('show stat')).trim().split('\n').map((line) => line.split(','));
    const column = (name) => head.indexOf(name);
    return rows
      .filter((row) => !['FRONTEND', 'BACKEND', 'sorry'].includes(row[column('svname')]))
      .map((row) => ({
        backend: row[column('# pxname')],
        name: row[column('svname')],
        status: row[column('status')],
        check: row[column('check_status')],
      }));
  }
  /* The check of a server that reads is the one of its twin that writes. */
  async function healthIsKnown() {
    const reads = (await servers()).filter(({ backend }) => backend.endsWith('_read'));
    return reads.every(({ check }) => check && check !== 'INI' && !check.startsWith('*'));
  }

  await configure({ web, api });
  const daemon = startDaemon('haproxy', ['-W', '-f', file], { cwd: dir, log: path.join(dir, 'log'), extraEnv });
  const answers = () => command('show info').then(() => true, () => false);
  await waitUntilReady('HAProxy answers', daemon, answers);
  await waitFor('the health of all nodes to be known', healthIsKnown);

  const pid = async () => /^Pid: (\d+)$/m.exec(await command('show info').catch(() => ''))?.[1];
  return {
    web: `${tls ? 'https' : 'http'}://127.0.0.1:${webPort}`,
    api: `${tls ? 'https' : 'http'}://127.0.0.1:${apiPort}`,
    plain: `http://127.0.0.1:${plainPort}`,
    metrics: `http://127.0.0.1:${metricsPort}`,
    webPort, apiPort, plainPort, metricsPort,
    certificate: certificate?.text,
    command,
    servers,
    until: (name, status) =>
      waitFor(`${name} to be ${status}`, async () =>
        (await servers()).filter((server) => server.name === name).every((server) => server.status.startsWith(status))),
    disable: (name) => command(`disable server ${name.replace(/\d+$/, '')}_read/${name}`),
    enable: (name) => command(`enable server ${name.replace(/\d+$/, '')}_read/${name}`),
    async reload(nodes) {
      const before = await pid();
      await configure(nodes);
      daemon.signal('SIGUSR2');
      await waitFor('the new process to serve', async () => {
        const now = await pid();
        return now && now !== before;
      });
      await waitFor('the health of all nodes to be known', healthIsKnown);
    },
    log: daemon.output,
    async stop() {
      await daemon.end();
      removeTempDir(dir);
    },
  };
}

/* startServer() as a node behind the proxy. */
export async function startNode({ args = [], stopDelayMs = 1500, ...options } = {}) {
  const ports = await freePorts(3);
  const dir = tempDir('kinglet-node-');
  const db = options.db ?? `sqlite:${path.join(dir, 'kinglet.db')}`;
  const start = () =>
    startServer({
      ...options,
      db,
      args: [
        '--web', `127.0.0.1:${ports[0]}`, '--api', `127.0.0.1:${ports[1]}`, '--admin', `127.0.0.1:${ports[2]}`,
        '--trusted-proxies', '127.0.0.1', '--stop-delay-ms', String(stopDelayMs), ...args,
      ],
    });
  let server = await start();
  return {
    web: server.web,
    api: server.api,
    admin: server.admin,
    db,
    get server() {
      return server;
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    async restart() {
      server = await start();
    },
    async remove() {
      await server.kill();
      removeTempDir(dir);
    },
  };
}

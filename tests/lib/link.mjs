/*
 * link.mjs: the way from one node to its database, which a test can cut so that packets vanish without a word, in
 * both directions, and mend again.
 *
 *   const link = await makeLink();
 *   link.kind                 'namespace' or 'forwarder'
 *   link.network              what the database must let in, and `link.listen` where it must listen; beside loopback
 *   await link.open(port)     where the node finds the database that listens on `port`: HOST:PORT
 *   link.node                 {listen, proxy, wrap}: its address, who asks it from there, words before its command
 *   link.cut(), link.mend(), link.remove()
 *
 * As root, the node runs in a network namespace with two cables: one to the database, one to everybody else. The
 * first is cut by giving each end a neighbour that is nobody: packets leave and arrive nowhere, connections stay
 * open, the kernel repeats into the void. Where that right is missing, a forwarder takes its place and stops
 * forwarding: what was sent stays in buffers and arrives after mend(), as repeated packets would.
 */
import { spawnSync } from 'node:child_process';
import net from 'node:net';

const NOBODY = '02:de:ad:00:00:01';
const NETWORK = `10.${200 + (process.pid % 50)}`;
let links = 0;

function ip(words) {
  const { status, stderr } = spawnSync('ip', words.split(' '), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words}: ${stderr}`);
}

const left = new Set();
function removeNamespace(name) {
  if (left.delete(name)) ip(`netns del ${name}`); // its cables go with it
}
process.prependListener('exit', () => [...left].forEach(removeNamespace));

/* A namespace with its cables; throws where that isn't allowed. */
function makeNamespace() {
  links += 1;
  const id = `${process.pid.toString(36)}x${links}`;
  const name = `kinglet-${id}`;
  const base = `${NETWORK}.${(process.pid + links) % 256}`;
  ip(`netns add ${name}`);
  left.add(name);
  ip(`-n ${name} link set lo up`);
  for (const [end, first] of [['database', 0], ['outside', 4]]) {
    ip(`link add ${end[0]}${id} type veth peer name ${end} netns ${name}`);
    ip(`addr add ${base}.${first + 1}/30 dev ${end[0]}${id}`);
    ip(`link set ${end[0]}${id} up`);
    ip(`-n ${name} addr add ${base}.${first + 2}/30 dev ${end}`);
    ip(`-n ${name} link set ${end} up`);
  }
  return { id, name, base };
}

function namespaceLink() {
  const { id, name, base } = makeNamespace();
  const [outside, inside] = [`${base}.1`, `${base}.2`];
  return {
    kind: 'namespace',
    network: `${base}.0/30`,
    listen: outside,
    open: async (port) => `${outside}:${port}`,
    node: { listen: `${base}.6`, proxy: `${base}.5`, wrap: ['nsenter', `--net=/run/netns/${name}`, '--'] },
    cut() {
      ip(`neigh replace ${inside} lladdr ${NOBODY} dev d${id} nud permanent`);
      ip(`-n ${name} neigh replace ${outside} lladdr ${NOBODY} dev database nud permanent`);
    },
    mend() {
      ip(`neigh del ${inside} dev d${id}`);
      ip(`-n ${name} neigh del ${outside} dev database`);
    },
    async remove() {
      removeNamespace(name);
    },
  };
}

function forwarderLink() {
  const sockets = new Set();
  let server = null;
  let isCut = false;
  function forward(from, to) {
    sockets.add(from);
    if (isCut) from.pause();
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => !isCut && from.resume());
    from.on('error', () => {});
    from.on('end', () => to.end());
    from.on('close', () => {
      sockets.delete(from);
      if (!isCut) to.destroy();
    });
  }
  return {
    kind: 'forwarder',
    async open(port) {
      server = net.createServer({ allowHalfOpen: true }, (client) => {
        const database = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
        forward(client, database);
        forward(database, client);
      });
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      server.unref();
      return `127.0.0.1:${server.address().port}`;
    },
    node: { listen: '127.0.0.1', proxy: '127.0.0.1', wrap: [] },
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    mend() {
      isCut = false;
      for (const socket of sockets) socket.resume();
    },
    async remove() {
      for (const socket of sockets) socket.destroy();
      server?.close();
    },
  };
}

/* `kind` chooses one of the two; by default the first that is allowed. */
export async function makeLink(kind = process.env.KINGLET_TEST_LINK) {
  if (kind === 'forwarder' || process.getuid() !== 0) return forwarderLink();
  try {
    return namespaceLink();
  } catch (error) {
    if (kind) throw error;
    return forwarderLink();
  }
}

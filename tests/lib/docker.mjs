/*
 * docker.mjs: a Docker engine of the tests' own, containerd with it, beside whatever else runs on the machine.
 *
 *   const engine = await startEngine();                    // to build images, and run them in the host's network
 *   const engine = await startEngine({ network: 'own' });  // in a network namespace of its own: bridges, swarms, ports
 *   engine.host                    unix://…
 *   engine.env                     an environment in which every docker command, and ops/images/build, finds it
 *   await engine.docker('ps')      stdout; throws with what docker said. A last argument: {input, timeoutMs, env}
 *   engine.address                 where its published ports are: 127.0.0.1, or the namespace's end of the cable
 *   engine.from()                  an address of this machine, another one each time, that its ports can be asked from
 *   engine.wrap                    words before a command that runs it in the engine's network
 *   await engine.restart()         ends it as a machine does that shuts down, and starts it on what it had
 *   await engine.kill(), .start()  SIGKILL for engine and containerd, containers live on; and on again
 *   await engine.stop()            its containers, services, volumes and networks are gone; images and build cache stay
 *
 * One in the host's network makes no bridge and touches no iptables rule: `docker build --network host`, `docker run
 * --network host|none`. What one with a network of its own makes is gone with its namespace. Images stay in
 * build/docker (or `dataRoot`), so that the next test's builds are quick; only one engine at a time can use that.
 *
 * Everything is ended by pid, also when this process ends otherwise. Where it was itself killed, the kernel ends the
 * engine, and the next start on the same folder removes what is left. Where the kernel allows no engine at all,
 * startEngine() throws an Error whose code is 'ENOENGINE'. `node tests/lib/docker.mjs check` exits with 3 then, and
 * prints the reason.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { endPidSync, isRunning, runProgram } from './daemon.mjs';
import { removeTempDir, root, tempDir, waitFor } from './server.mjs';

const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
const START_MS = 60000;
const STOP_MS = 40000;

/* ---- whether it can be ------------------------------------------------------------------------------------------ */

const PROBES = [
  ['namespaces and mounts', 'unshare', ['--mount', '--net', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'none', '/mnt']],
  ['packet filters', 'unshare', ['--net', 'iptables', '-t', 'nat', '-L', '-n']],
];

/* Throws where no control group can be made. */
function tryControlGroup() {
  const top = '/sys/fs/cgroup';
  const parent = existsSync(`${top}/cgroup.controllers`) ? top : `${top}/memory`;
  const group = path.join(parent, `kinglet-probe-${process.pid}`);
  mkdirSync(group);
  rmdirSync(group);
}

/* Why this machine allows no engine; null where it does. */
export function whyNoEngine() {
  if (process.getuid() !== 0) return 'an engine needs root';
  try {
    tryControlGroup();
  } catch (error) {
    return `the kernel refuses control groups: ${error.message}`;
  }
  for (const [what, command, args] of PROBES) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, PATH } });
    if (error) throw error; // a program that isn't there is no kernel's refusal
    if (status !== 0) return `the kernel refuses ${what}: ${stderr.trim()}`;
  }
  return null;
}

function refuse(reason) {
  throw Object.assign(new Error(`no Docker engine: ${reason}`), { code: 'ENOENGINE' });
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

function commandLine(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}

function parentOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) . /s, '').split(' ')[0]);
  } catch {
    return 0;
  }
}

/* Containers whose engine was killed live on under their shims: ends those that name this containerd, both by pid. */
function endShims(socket) {
  const all = pids();
  const shims = all.filter((pid) => {
    const words = commandLine(pid);
    return /containerd-shim/.test(words[0]) && words.includes(socket);
  });
  const inside = all.filter((pid) => shims.includes(parentOf(pid)));
  for (const pid of [...inside, ...shims]) endPidSync(pid, 'SIGKILL');
}

/* What engines mount stays when they are killed; a swarm mounts the folder itself. */
function unmountBelow(dir) {
  const points = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1]);
  const ours = points.filter((one) => one === dir || one?.startsWith(`${dir}/`));
  for (const point of ours.reverse()) spawnSync('umount', ['-l', point]);
}

/* ---- the network ------------------------------------------------------------------------------------------------ */

function ip(words) {
  const { status, stderr } = spawnSync('ip', words.split(' '), { encoding: 'utf8', env: { ...process.env, PATH } });
  if (status !== 0) throw new Error(`ip ${words}: ${stderr}`);
}

/* A /24 that no route of this machine knows. */
function freeNetwork() {
  const routes = spawnSync('ip', ['-4', 'route', 'show', 'table', 'all'], { encoding: 'utf8' }).stdout;
  for (let i = 0; i < 200; i++) {
    const base = `10.19${i % 10}.${(process.pid + i) % 256}`;
    if (!routes.includes(`${base}.`)) return base;
  }
  throw new Error('no free network for an engine');
}

let cables = 0;

/*
 * A namespace with one cable. Its end is .2, the machine's .1; addresses from .64 to .127 are the machine's as well
 * without being configured, for clients that must be told apart. There is no way to anywhere else: a swarm asks for
 * each image's registry, and must be told at once that it can't be reached.
 */
function makeNetwork() {
  const name = `kinglet-engine-${process.pid.toString(36)}-${(cables += 1)}`;
  const cable = `ke${process.pid.toString(36)}x${cables}`;
  const base = freeNetwork();
  let last = 63;
  ip(`netns add ${name}`);
  ip(`-n ${name} link set lo up`);
  ip(`link add ${cable} type veth peer name outside netns ${name}`);
  ip(`addr add ${base}.1/24 dev ${cable}`);
  ip(`link set ${cable} up`);
  ip(`route add local ${base}.64/26 dev lo`);
  ip(`-n ${name} addr add ${base}.2/24 dev outside`);
  ip(`-n ${name} link set outside up`);
  return {
    name,
    base,
    address: `${base}.2`,
    from: () => `${base}.${(last = 64 + ((last - 63) % 63))}`,
    wrap: ['nsenter', `--net=/run/netns/${name}`, '--'],
  };
}

const HOST_NETWORK = { address: '127.0.0.1', from: () => '127.0.0.1', wrap: [] };

function removeNetwork({ name, base }) {
  if (!name) return;
  spawnSync('ip', ['route', 'del', 'local', `${base}.64/26`, 'dev', 'lo']);
  spawnSync('ip', ['netns', 'del', name]); // its cable, bridges and rules go with it
}

/* ---- an engine -------------------------------------------------------------------------------------------------- */

const live = new Set();
process.prependListener('exit', () => [...live].forEach((engine) => engine.endSync()));

const CONTAINERD_CONFIG = (engine) => `version = 2
root = "${engine.dataRoot}/containerd"
state = "${engine.dir}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${engine.containerd}"
`;

class Engine {
  constructor(dataRoot, network) {
    const dir = tempDir('kinglet-engine-'); // short: sockets' paths have at most 107 characters
    Object.assign(this, { dataRoot, dir, network, procs: [] });
    Object.assign(this, { address: network.address, from: network.from, wrap: network.wrap });
    this.containerd = path.join(dir, 'containerd.sock');
    this.host = `unix://${dir}/docker.sock`;
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('DOCKER_'));
    this.env = { ...Object.fromEntries(kept), PATH, DOCKER_HOST: this.host, DOCKER_CONFIG: path.join(dir, 'config') };
    mkdirSync(this.env.DOCKER_CONFIG);
    writeFileSync(path.join(dir, 'containerd.toml'), CONTAINERD_CONFIG(this));
    writeFileSync(path.join(dir, 'daemon.json'), '{}'); // not the machine's
  }

  output() {
    return readFileSync(path.join(this.dir, 'log'), 'utf8');
  }

  #spawn(command, args) {
    const fd = openSync(path.join(this.dir, 'log'), 'a');
    const words = ['--pdeathsig', 'TERM', '--', ...this.wrap, command, ...args];
    const proc = spawn('setpriv', words, { env: { ...this.env, DOCKER_HOST: undefined }, stdio: ['ignore', fd, fd] });
    closeSync(fd);
    proc.on('error', () => {}); // seen as one without a pid
    proc.unref();
    this.procs.push(proc);
    this.#remember();
    return proc;
  }

  /* For the next start, in case this process gets killed. */
  #remember() {
    const { dir, containerd, network } = this;
    const left = { dir, containerd, network: { name: network.name, base: network.base } };
    left.pids = this.procs.map(({ pid }) => pid);
    writeFileSync(path.join(this.dataRoot, 'engine.json'), JSON.stringify(left));
  }

  async #ready(what, proc, look) {
    try {
      await waitFor(what, async () => {
        if (!proc.pid || !isRunning(proc.pid)) throw new Error(`${what}: it ended`);
        return look();
      }, START_MS);
    } catch (error) {
      throw new Error(`${error.message}\n${this.output().split('\n').slice(-40).join('\n')}`);
    }
  }

  /* Starts it on what its folder has. */
  async start() {
    live.add(this);
    const containerd = this.#spawn('containerd', ['--config', path.join(this.dir, 'containerd.toml')]);
    await this.#ready('containerd', containerd, () => existsSync(this.containerd));
    const bridges = this.network.name ? [] : ['--bridge=none', '--iptables=false', '--ip-forward=false'];
    const dockerd = this.#spawn('dockerd', [
      '--config-file', path.join(this.dir, 'daemon.json'), '--data-root', this.dataRoot, '--host', this.host,
      '--exec-root', path.join(this.dir, 'exec'), '--pidfile', path.join(this.dir, 'docker.pid'),
      '--containerd', this.containerd, '--shutdown-timeout', '15', ...bridges,
    ]);
    this.pid = dockerd.pid;
    const answers = () => this.docker('version', { timeoutMs: 5000 }).then(() => true, () => false);
    await this.#ready('dockerd', dockerd, answers);
  }

  /* Runs docker; stdout. Throws where it fails. */
  async docker(...args) {
    const { input = '', timeoutMs = 300000, env = {} } = typeof args.at(-1) === 'object' ? args.pop() : {};
    const options = { env: { ...this.env, ...env }, input, timeoutMs };
    const { code, stdout, stderr } = await runProgram('docker', args, options);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit status ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  async #end(signal) {
    for (const { pid } of [...this.procs].reverse()) {
      if (!pid || !isRunning(pid)) continue;
      process.kill(pid, signal);
      const gone = waitFor(`${pid} to end`, () => !isRunning(pid), STOP_MS);
      await gone.catch(() => process.kill(pid, 'SIGKILL'));
    }
    this.procs = [];
    rmSync(this.containerd, { force: true });
  }

  async kill() {
    await this.#end('SIGKILL');
    rmSync(path.join(this.dir, 'docker.pid'), { force: true });
  }

  async restart() {
    await this.#end('SIGTERM');
    await this.start();
  }

  /* Removes what tests made; images and build cache stay. */
  async clean() {
    await this.docker('swarm', 'leave', '--force').catch(() => {}); // it mayn't be in one
    const list = async (...args) => (await this.docker(...args)).split('\n').filter(Boolean);
    await waitFor('all containers to be removed', async () => {
      const containers = await list('ps', '--all', '--quiet');
      if (containers.length === 0) return true;
      await this.docker('rm', '--force', '--volumes', ...containers).catch(() => {}); // the swarm removes some itself
      return false;
    }, 60000);
    const volumes = await list('volume', 'ls', '--quiet');
    if (volumes.length) await this.docker('volume', 'rm', '--force', ...volumes);
    await this.docker('network', 'prune', '--force');
  }

  async stop() {
    try {
      if (this.procs.length) await this.clean();
    } finally {
      await this.#end('SIGTERM');
      this.#sweep();
    }
  }

  endSync() {
    for (const { pid } of [...this.procs].reverse()) {
      for (let tries = 0; tries < 5 && isRunning(pid); tries++) endPidSync(pid, tries ? 'SIGKILL' : 'SIGTERM');
    }
    this.#sweep();
  }

  #sweep() {
    live.delete(this);
    sweep({ ...this, pids: [] });
    removeTempDir(this.dir);
    rmSync(path.join(this.dataRoot, 'engine.json'), { force: true });
  }
}

/* Removes what an engine leaves: processes, mounts, its network. */
function sweep({ pids: left, dir, containerd, dataRoot, network }) {
  for (const pid of left) if (commandLine(pid).some((word) => word.includes(dir))) endPidSync(pid, 'SIGKILL');
  endShims(containerd);
  unmountBelow(dir);
  unmountBelow(dataRoot);
  removeNetwork(network);
}

/* What the engine of a process that was killed has left here; throws where that engine is in use. */
function sweepEarlier(dataRoot) {
  const file = path.join(dataRoot, 'engine.json');
  if (!existsSync(file)) return;
  const earlier = JSON.parse(readFileSync(file, 'utf8'));
  const ours = (pid) => isRunning(pid) && commandLine(pid).some((word) => word.includes(earlier.dir));
  const used = earlier.pids.find(ours);
  if (used && parentOf(used) > 1) throw new Error(`another engine (process ${used}) uses ${dataRoot}`);
  sweep({ ...earlier, dataRoot });
  rmSync(earlier.dir, { recursive: true, force: true });
  rmSync(path.join(dataRoot, 'swarm'), { recursive: true, force: true });
}

export async function startEngine({ dataRoot = path.join(root, 'build', 'docker'), network = 'host' } = {}) {
  const reason = whyNoEngine();
  if (reason) refuse(reason);
  mkdirSync(dataRoot, { recursive: true, mode: 0o711 });
  sweepEarlier(dataRoot);
  const engine = new Engine(dataRoot, network === 'own' ? makeNetwork() : HOST_NETWORK);
  try {
    await engine.start();
    await engine.clean();
  } catch (error) {
    engine.endSync();
    throw error;
  }
  return engine;
}

if (process.argv[1] === new URL(import.meta.url).pathname && process.argv[2] === 'check') {
  const reason = whyNoEngine();
  if (reason) console.log(reason);
  process.exit(reason ? 3 : 0);
}

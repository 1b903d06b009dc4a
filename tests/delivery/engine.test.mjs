/* The engine that the other tests here use: it runs, comes back, and leaves nothing. */
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { isRunning } from '../lib/daemon.mjs';
import { startEngine } from '../lib/docker.mjs';
import { root, tempDir, waitFor } from '../lib/server.mjs';

/* The smallest image there is: a shell, sleep, and the libraries they want, from this machine. */
async function makeImage(engine) {
  const programs = ['/bin/sh', '/bin/sleep', '/bin/cat'];
  const libraries = execFileSync('ldd', programs, { encoding: 'utf8' }).match(/\/\S+(?=\s\(0x)/g);
  const tar = execFileSync('tar', ['--dereference', '--create', ...programs, ...new Set(libraries)],
    { cwd: '/', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  await engine.docker('import', '-', 'shell:test', { input: tar });
}

const mountsBelow = (dir) => readFileSync('/proc/self/mounts', 'utf8').split('\n').filter((line) => line.includes(dir));
const processesOf = (dir) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir);
  } catch {
    return false; // it has ended
  }
});
const namespaces = () => readdirSync('/run/netns', { withFileTypes: true }).map(({ name }) => name);

function nothingIsLeft({ dir, dataRoot, network }) {
  assert.deepEqual(processesOf(dir), [], 'processes');
  assert.deepEqual([...mountsBelow(dir), ...mountsBelow(dataRoot)], [], 'mounts');
  assert.equal(existsSync(dir), false, 'its folder');
  if (network.name) assert.equal(namespaces().includes(network.name), false, 'its network');
}

test('an engine in the host network runs containers and touches no packet filter', async (t) => {
  const filters = () => execFileSync('iptables-save', { encoding: 'utf8' }).replace(/^#.*\n|\[\d+:\d+\]/gm, '');
  const before = filters();
  const engine = await startEngine({ dataRoot: tempDir() });
  t.after(() => engine.stop());
  await makeImage(engine);
  const said = await engine.docker('run', '--rm', '--network', 'host', 'shell:test', 'sh', '-c', 'echo works');
  assert.equal(said, 'works\n');
  assert.equal(filters(), before);
  await assert.rejects(engine.docker('run', 'shell:test', 'no-such-program'), /no-such-program/);
  await engine.docker('run', '--detach', '--network', 'none', 'shell:test', 'sleep', '1000');
  await engine.stop();
  nothingIsLeft(engine);
});

test('a swarm on an engine of its own network comes back after the engine was killed', async (t) => {
  const engine = await startEngine({ dataRoot: tempDir(), network: 'own' });
  t.after(() => engine.stop());
  await makeImage(engine);
  await engine.docker('swarm', 'init', '--advertise-addr', engine.address);
  await engine.docker('network', 'create', '--driver', 'overlay', 'inner');
  await engine.docker('service', 'create', '--detach', '--name', 'two', '--replicas', '2', '--network', 'inner',
    '--endpoint-mode', 'dnsrr', 'shell:test', 'sh', '-c', 'trap exit TERM; sleep 1000 & wait');
  const running = async () => (await engine.docker('ps', '--quiet')).split('\n').filter(Boolean);
  await waitFor('two replicas', async () => (await running()).length === 2, 60000);
  const first = await running();
  await engine.kill();
  await engine.start();
  await waitFor('two new replicas', async () => {
    const now = await running();
    return now.length === 2 && now.every((id) => !first.includes(id));
  }, 60000);
  await engine.stop();
  nothingIsLeft(engine);
});

test('what an engine of a killed process leaves is removed by the next one in that folder', async (t) => {
  const dataRoot = tempDir();
  const script = `import { startEngine } from '${path.join(root, 'tests/lib/docker.mjs')}';
    const engine = await startEngine({ dataRoot: '${dataRoot}', network: 'own' });
    process.stdout.write(engine.dir + '\\n');
    setInterval(() => {}, 1000);`;
  const proc = spawn(process.execPath, ['--input-type=module', '--eval', script],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  const dir = await new Promise((resolve) => proc.stdout.once('data', (text) => resolve(String(text).trim())));
  const earlier = JSON.parse(readFileSync(path.join(dataRoot, 'engine.json'), 'utf8'));
  proc.kill('SIGKILL');
  await waitFor('the kernel to end the engine', () => !earlier.pids.some(isRunning), 30000);
  assert.equal(namespaces().includes(earlier.network.name), true);

  const engine = await startEngine({ dataRoot });
  t.after(() => engine.stop());
  nothingIsLeft({ ...earlier, dir, dataRoot: `${dataRoot}/nothing` });
  await engine.stop();
  nothingIsLeft(engine);
});

test('a second engine in the same folder is refused while the first one runs', async (t) => {
  const dataRoot = tempDir();
  const engine = await startEngine({ dataRoot });
  t.after(() => engine.stop());
  await assert.rejects(startEngine({ dataRoot }), /another engine \(process \d+\) uses/);
  assert.match(await engine.docker('info', '--format', '{{.ServerVersion}}'), /^\d+\./);
});

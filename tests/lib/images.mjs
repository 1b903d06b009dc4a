/*
 * images.mjs: the container images, built by an engine of the tests' own and run as they are meant to be run: with a
 * read-only root file system, without a right, without a network but the one that they share.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runProgram } from './daemon.mjs';
import { root, tempDir, waitFor } from './server.mjs';

export const IMAGES = ['kinglet', 'proxy', 'database', 'monitoring', 'logging', 'log-shipper'];
const BUILD_MS = 900000;
const HEALTH_MS = 120000;

/* Builds them; {kinglet: 'kinglet/kinglet:TAG', …}. `cwd` is the tree that they are built from. */
export async function buildImages(engine, { names = IMAGES, cwd = root, args = [] } = {}) {
  const command = path.join(cwd, 'ops/images/build');
  const { code, stdout, stderr } = await runProgram(command, [...args, ...names],
    { env: engine.env, cwd, timeoutMs: BUILD_MS });
  if (code !== 0) throw new Error(`ops/images/build ${names.join(' ')}: ${code}\n${stdout}${stderr.slice(-6000)}`);
  const lines = stdout.trim().split('\n').filter((line) => line.startsWith('kinglet/'));
  return Object.fromEntries(lines.map((line) => [/^kinglet\/([a-z-]+):/.exec(line)[1], line]));
}

/* A folder with files of these names and contents that a container's user may read. */
export function folderWith(files) {
  const dir = tempDir('kinglet-secrets-');
  chmodSync(dir, 0o755);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text, { mode: 0o644 });
  }
  return dir;
}

const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges', '--tmpfs', '/tmp'];

export class Container {
  constructor(engine, name) {
    Object.assign(this, { engine, name });
  }

  /* Starts one; `options` are docker run's. */
  static async run(engine, name, image, options = [], command = []) {
    await engine.docker('run', '--detach', '--name', name, ...HARDENED, ...options, image, ...command);
    return new Container(engine, name);
  }

  async inspect() {
    return JSON.parse(await this.engine.docker('inspect', this.name))[0];
  }

  /* What it said, on both outputs. */
  async logs() {
    const { stdout, stderr } = await runProgram('docker', ['logs', this.name], { env: this.engine.env });
    return stdout + stderr;
  }

  exec(...words) {
    return this.engine.docker('exec', this.name, ...words);
  }

  /* {code, stdout, stderr} of a program inside that may fail. */
  tryExec(...words) {
    return runProgram('docker', ['exec', this.name, ...words], { env: this.engine.env });
  }

  async healthy() {
    await waitFor(`${this.name} to be healthy`, async () => {
      const { State } = await this.inspect();
      if (!State.Running) throw new Error(`${this.name} ended (${State.ExitCode}):\n${await this.logs()}`);
      if (State.Health.Status === 'unhealthy') throw new Error(`unhealthy: ${JSON.stringify(State.Health.Log)}`);
      return State.Health.Status === 'healthy';
    }, HEALTH_MS);
  }

  /* What the kernel says of its first process: {uid, capabilities, noNewPrivileges}. */
  async rights() {
    const { State } = await this.inspect();
    const status = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
    const field = (name) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)[1];
    const capabilities = BigInt(`0x${field('CapEff')}`);
    return { uid: Number(field('Uid')), capabilities, noNewPrivileges: field('NoNewPrivs') };
  }

  /* Stops it as an engine does; {code, seconds}. Past `graceS` it would be killed, which is code 137. */
  async stop(graceS = 20) {
    const start = Date.now();
    await this.engine.docker('stop', '--time', String(graceS), this.name);
    const { State } = await this.inspect();
    return { code: State.ExitCode, seconds: (Date.now() - start) / 1000 };
  }

  async remove() {
    await this.engine.docker('rm', '--force', '--volumes', this.name);
  }
}

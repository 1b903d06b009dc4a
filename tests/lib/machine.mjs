/*
 * machine.mjs: a Debian machine for tests, with systemd as its first process, in a container of systemd-nspawn: units
 * really run, packages are really installed. Its root is a layer over a base system that mmdebstrap makes once and
 * keeps in build/machines (a few hundred MB, never committed); everything that a machine changes is gone with it.
 *
 * Needs root. Nothing stays behind: machines are ended by their pid when the test's process exits, and by the kernel
 * where that process was itself killed; what is left of one that was killed (a mount below build/machines/run) is
 * removed by the next.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, waitFor } from './server.mjs';

const BASES = path.join(root, 'build', 'machines');
/* What a test's script may install by apt, without a network: lists and packages are in the base's cache. */
const CACHED = ['docker.io', 'nftables', 'unattended-upgrades', 'rsyslog', 'rsyslog-relp', 'rsyslog-openssl', 'curl'];
const ALWAYS = ['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'curl', 'ca-certificates'];
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const BOOT_MS = 90000;
const STOP_MS = 30000;

/* Output of a program of this machine; throws with all that it said. */
export function sh(command, args, options = {}) {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      maxBuffer: 64 << 20,
      env: { ...process.env, PATH, LC_ALL: 'C.UTF-8' },
      ...options,
    });
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')}: status ${error.status}\n${error.stdout ?? ''}` +
      (error.stderr ?? error));
  }
}

/*
 * The folder of a base system with these packages, made where it isn't there yet (under a lock: two tests want one).
 * The suite is that of this machine, and packages come from where apt has them here.
 */
export function baseSystem(packages = []) {
  const wanted = [...new Set([...ALWAYS, ...packages])].sort();
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(readFileSync('/etc/os-release', 'utf8'))[1];
  const key = createHash('sha256').update(JSON.stringify([suite, wanted, CACHED])).digest('hex').slice(0, 12);
  const base = path.join(BASES, `${suite}-${key}`);
  mkdirSync(BASES, { recursive: true });
  if (!existsSync(base)) {
    const script = `[ -e "$1" ] || {
      rm -rf "$1.new"
      mmdebstrap --quiet --variant=minbase --include="$3" --skip=cleanup/apt \\
        --customize-hook="chroot \\"\\$1\\" apt-get -qq install --yes --no-install-recommends --download-only $4" \\
        "$2" "$1.new"
      mv "$1.new" "$1"
    }`;
    sh('flock', [`${base}.lock`, 'sh', '-euc', script, 'base', base, suite, wanted.join(','),
      CACHED.join(' ')], { timeout: 600000 });
  }
  return base;
}

/* Folders of machines whose test was killed: NAME-PID-NUMBER, where no process has that pid any more. */
function removeForgotten() {
  const run = path.join(BASES, 'run');
  for (const name of existsSync(run) ? readdirSync(run) : []) {
    const pid = /-(\d+)-\d+$/.exec(name)?.[1];
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    spawnSync('umount', ['--lazy', path.join(run, name, 'root')], { env: { ...process.env, PATH } });
    rmSync(path.join(run, name), { recursive: true, force: true });
  }
}

const live = new Set();
process.on('exit', () => {
  for (const machine of live) machine.destroy();
});

/* The first process inside: the child of systemd-nspawn that is systemd. */
function leader(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8').trim() === 'systemd');
}

/*
 * Starts a machine and waits until it has booted:
 *   run(script, {input})   runs sh -euc inside as root; its output; throws with what it said where it fails
 *   attempt(script)        the same, {code, stdout, stderr}
 *   file(path)             where the file inside is, seen from outside
 *   pid                    of its first process, for nsenter
 *   stop()                 shuts it down in good order, start() boots it again with all that it has
 *   kill()                 as a loss of power
 *   destroy()              ends and removes it
 * `network`: 'host' shares this machine's (to install packages), 'none' has a loopback of its own only; or the name of
 * a network namespace. `engine`: it may run Docker, whose folder is then in memory.
 */
export async function startMachine({ name = 'kinglet', packages = [], network = 'none', engine = false } = {}) {
  const base = baseSystem(packages);
  removeForgotten();
  const dir = path.join(BASES, 'run', `${name}-${process.pid}-${live.size}`);
  for (const part of ['changes', 'scratch', 'root']) mkdirSync(path.join(dir, part), { recursive: true });
  const top = path.join(dir, 'root');
  const layers = `lowerdir=${base},upperdir=${dir}/changes,workdir=${dir}/scratch`;
  sh('mount', ['-t', 'overlay', 'overlay', '-o', layers, top]);
  writeFileSync(path.join(top, 'etc/hostname'), `${name}\n`); // else it takes this machine's, which the base has
  const machine = { pid: 0, file: (inside) => path.join(top, inside) };
  let nspawn = null;
  let ended = Promise.resolve();
  const named = [`--network-namespace-path=/run/netns/${network}`];
  const where = { host: [], none: ['--private-network'] }[network] ?? named;
  const rights = ['--capability=all', '--system-call-filter=@keyring bpf', '--tmpfs=/var/lib/docker:mode=755'];
  const args = engine ? rights : [];
  const extraEnv = engine ? { SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'yes' } : {};

  machine.start = async () => {
    const log = openSync(path.join(dir, 'console'), 'a');
    nspawn = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'systemd-nspawn', '--quiet', '--register=no', '--keep-unit',
      `--directory=${top}`, `--machine=${name}`, '--boot', '--console=pipe', '--link-journal=no', ...where, ...args],
    { stdio: ['ignore', log, log], env: { ...process.env, ...extraEnv, PATH } });
    closeSync(log);
    nspawn.unref(); // one that a failed test forgot mustn't keep it alive
    ended = new Promise((resolve) => nspawn.on('exit', resolve));
    let over = false;
    ended.then(() => {
      over = true;
    });
    await waitFor('the machine to boot', () => {
      if (over) throw new Error(`the machine ended at once\n${machine.console()}`);
      machine.pid = Number(leader(nspawn.pid) ?? 0);
      if (!machine.pid) return false;
      const state = machine.attempt('systemctl is-system-running || true').stdout.trim();
      return state === 'running' || state === 'degraded';
    }, BOOT_MS);
    // Version 1's are handed in read-only, but for systemd's own.
    if (engine) machine.run("mount -t cgroup | while read -r _ _ at _; do mount -o remount,bind,rw \"$at\"; done");
  };
  machine.console = () => readFileSync(path.join(dir, 'console'), 'utf8');
  machine.attempt = (script, { input = '', timeout = 180000 } = {}) => {
    const inside = ['-t', String(machine.pid), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '--'];
    const clean = ['env', '-i', `PATH=${PATH}`, 'LC_ALL=C.UTF-8', 'HOME=/', 'DEBIAN_FRONTEND=noninteractive'];
    try {
      const stdout = execFileSync('nsenter', [...inside, ...clean, 'sh', '-euc', script],
        { encoding: 'utf8', input, stdio: 'pipe', timeout, maxBuffer: 64 << 20 });
      return { code: 0, stdout, stderr: '' };
    } catch (error) {
      return { code: error.status ?? error.code, stdout: error.stdout ?? '', stderr: error.stderr || String(error) };
    }
  };
  machine.run = (script, options) => {
    const { code, stdout, stderr } = machine.attempt(script, options);
    if (code !== 0) throw new Error(`in the machine: ${script}: status ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  machine.stop = async () => {
    if (!nspawn) return;
    const timer = setTimeout(() => nspawn.kill('SIGKILL'), STOP_MS);
    process.kill(machine.pid, 'SIGRTMIN+4'); // systemd: power off
    nspawn.ref();
    await ended;
    clearTimeout(timer);
    nspawn = null;
  };
  machine.kill = async () => {
    nspawn.ref();
    process.kill(machine.pid, 'SIGKILL');
    await ended;
    nspawn = null;
  };
  machine.destroy = () => {
    live.delete(machine);
    if (nspawn) {
      try {
        process.kill(machine.pid || nspawn.pid, 'SIGKILL');
        nspawn.kill('SIGKILL');
      } catch {
        // it has ended
      }
    }
    sh('umount', ['--lazy', top]);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  };
  live.add(machine);
  await machine.start().catch((error) => {
    machine.destroy();
    throw error;
  });
  return machine;
}

/* This tree's package, built where the one that is there isn't of this very tree; its path. */
export function packageFile() {
  const dir = path.join(root, 'build', 'package');
  const stamp = path.join(dir, 'tree');
  const git = (...words) => sh('git', ['-C', root, ...words]);
  const changes = git('diff', 'HEAD', '--', '.', ':!tests', ':!ops/hosts');
  const tree = createHash('sha256').update(git('rev-parse', 'HEAD') + changes).digest('hex');
  const version = readFileSync(path.join(root, 'VERSION'), 'utf8').trim();
  const file = path.join(dir, `kinglet_${version}_${sh('dpkg', ['--print-architecture']).trim()}.deb`);
  if (existsSync(file) && existsSync(stamp) && readFileSync(stamp, 'utf8') === tree) return file;
  sh(path.join(root, 'packaging/build'), [], { timeout: 600000 });
  writeFileSync(stamp, tree);
  return file;
}

/*
 * The packages that every test's machine has, so that one base system does for all: the libraries that the package
 * wants, PostgreSQL, and what a fresh host may have.
 */
export function machinePackages(deb) {
  const libraries = sh('dpkg-deb', ['--field', deb, 'Depends']).split(',').map((one) => one.trim().split(/[ (|]/)[0]);
  const others = ['postgresql-15', 'logrotate', 'iptables', 'openssl', 'busybox-static'];
  return [...libraries.filter((name) => name !== 'systemd'), ...others];
}

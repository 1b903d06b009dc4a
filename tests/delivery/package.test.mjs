/*
 * package.test.mjs: Debian's package, on a machine whose first process is systemd: it is installed, upgraded, removed
 * and purged there as an administrator would, and the unit really runs in its sandbox.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { machinePackages, packageFile, sh, startMachine } from '../lib/machine.mjs';
import { root, tempDir, waitFor } from '../lib/server.mjs';

/* systemd's own measure of a unit, ten times: 0 is all shut, 96 a unit that says nothing of it. */
const MOST_EXPOSURE = 15;
const PAGES = 'http://127.0.0.1:8080';
const units = ['kinglet.service', 'kinglet@.service'];
const run = promisify(execFile);

let deb;
let machine;
before(async () => {
  deb = packageFile();
  machine = await startMachine({ name: 'package', packages: machinePackages(deb) });
}, { timeout: 600000 });
after(() => machine?.destroy());

const status = (name) => machine.run(`systemctl show -p MainPID,ActiveState,SubState,NRestarts ${name}`);
const mainPid = (name = 'kinglet') => Number(/MainPID=(\d+)/.exec(status(name))[1]);
const isActive = (name = 'kinglet') => /ActiveState=active/.test(status(name));
const page = (address) => machine.run(`curl -sS -o /dev/null -w '%{http_code}' ${address}`);
const people = () =>
  machine.run('runuser -u kinglet -- kinglet user list --config /etc/kinglet/kinglet.conf').trim().split('\n').length;

/* The same package with another version, and another file of settings where `settings` is given. */
function repackaged(version, settings) {
  const dir = tempDir('kinglet-deb-');
  sh('dpkg-deb', ['--raw-extract', deb, `${dir}/tree`]);
  const control = path.join(dir, 'tree/DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${version}`));
  if (settings) writeFileSync(path.join(dir, 'tree/etc/kinglet/kinglet.conf'), settings);
  const file = path.join(dir, `kinglet_${version}_amd64.deb`);
  sh('dpkg-deb', ['--root-owner-group', '--build', `${dir}/tree`, file]);
  return file;
}

function install(file, options = '') {
  copyFileSync(file, machine.file('var/cache/kinglet.deb'));
  return machine.run(`apt-get install --yes ${options} /var/cache/kinglet.deb </dev/null 2>&1`);
}

/* Registers somebody by the pages, as a browser would, so that there is something to lose. */
function register(name) {
  const code = machine.run(`
    curl -sS -o /tmp/answer -w '%{http_code}' -H 'Origin: ${PAGES}' \\
      -d 'username=${name}&email=${name}@example.org&password=correct-horse-1&password2=correct-horse-1' \\
      ${PAGES}/register`);
  assert.equal(code, '302', `registering ${name}: ${machine.run('cat /tmp/answer')}`);
}

test('the same tree gives the same bytes', { timeout: 600000 }, async () => {
  const to = tempDir('kinglet-again-');
  const env = { ...process.env, TZ: 'Asia/Kathmandu', LC_ALL: 'C', CFLAGS: '-O1 -g', USER: 'somebody' };
  const program = path.join(root, 'packaging/build');
  const { stdout } = await run('sh', ['-c', 'umask 077; exec "$1" --to "$2"', 'again', program, to], { env });
  const again = stdout.trim().split('\n').at(-1);
  assert.equal(path.basename(again), path.basename(deb));
  assert.ok(readFileSync(again).equals(readFileSync(deb)), `${again} and ${deb} differ`);
});

test('lintian finds nothing', () => {
  assert.equal(sh('lintian', ['--allow-root', '--fail-on', 'error,warning', '--display-level', '>=warning', deb]), '');
});

test('a version that is none is refused', async () => {
  const failed = await run(path.join(root, 'packaging/build'), ['--version', '1.2']).catch((error) => error);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /'1\.2' is no version: want 1\.2\.3/);
});

test('the sandbox is tighter than its limit and the same in both units', () => {
  const [one, many] = units.map((name) => {
    const file = path.join(root, 'ops/systemd', name);
    sh('systemd-analyze', ['security', '--offline=yes', `--threshold=${MOST_EXPOSURE}`, '--no-pager', file]);
    const text = readFileSync(file, 'utf8');
    return text.slice(text.indexOf('Type=notify'));
  });
  assert.equal(one, many);
});

test('a new install serves in its sandbox as its own user', async () => {
  install(deb);
  assert.ok(isActive(), status('kinglet'));
  assert.equal(machine.run('systemctl is-enabled kinglet').trim(), 'enabled');
  assert.equal(page(`${PAGES}/public`), '200');
  assert.equal(page('http://127.0.0.1:9464/readyz'), '200');
  const process = machine.run(`cat /proc/${mainPid()}/status`);
  assert.match(process, /^NoNewPrivs:\t1$/m);
  assert.match(process, /^Seccomp:\t2$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb']) assert.match(process, new RegExp(`^Cap${set}:\t0+$`, 'm'));
  const uid = machine.run('id -u kinglet').trim();
  assert.match(process, new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, 'm'));
  assert.notEqual(uid, '0');
  const mounts = machine.run(`cat /proc/${mainPid()}/mountinfo`);
  assert.match(mounts, / \/ \/ ro,/, 'the root is read-only');
  // What listens: the pages and the operator's listener, on the loopback alone; the API not until it has a password.
  const listening = machine.run("ss -Hltnp | awk '/kinglet/ {print $4}' | sort -u").trim().split('\n');
  assert.deepEqual(listening, ['127.0.0.1:8080', '127.0.0.1:9464']);
});

test('settings and data are not for everybody', () => {
  const modes = machine.run('stat -c "%a %U %G %n" /etc/kinglet /etc/kinglet/kinglet.conf /var/lib/kinglet ' +
    '/var/lib/kinglet/kinglet.db');
  assert.equal(modes, `750 root kinglet /etc/kinglet
640 root kinglet /etc/kinglet/kinglet.conf
750 kinglet kinglet /var/lib/kinglet
600 kinglet kinglet /var/lib/kinglet/kinglet.db
`);
});

test('systemd finds nothing wrong with any unit of the project', () => {
  for (const part of ['database', 'logging']) {
    cpSync(path.join(root, 'ops', part), machine.file(`usr/local/lib/kinglet-${part}`), { recursive: true });
    machine.run(`cp /usr/local/lib/kinglet-${part}/systemd/* /etc/systemd/system/`);
  }
  machine.run('useradd --system --no-create-home kinglet-log');
  const names = ['database', 'logging'].flatMap((part) => readdirSync(path.join(root, 'ops', part, 'systemd')));
  assert.ok(names.length > 8, names.join(' '));
  for (const name of [...names, 'kinglet.service', 'kinglet@node.service']) {
    const { code, stdout, stderr } = machine.attempt(`systemd-analyze verify --man=no ${name} 2>&1`);
    assert.equal(`${code} ${stdout}${stderr}`, '0 ', name);
  }
});

test('the log goes to the journal as json', () => {
  const journal = machine.run('journalctl -u kinglet -o cat --no-pager');
  const lines = journal.split('\n').filter((line) => line.startsWith('{'));
  assert.ok(lines.some((line) => JSON.parse(line).message === 'ready'), lines.join('\n'));
});

test('what dies is started again', async () => {
  const pid = mainPid();
  machine.run(`kill -KILL ${pid}`);
  await waitFor('another process', () => mainPid() > 0 && mainPid() !== pid && isActive(), 30000);
  assert.equal(page(`${PAGES}/public`), '200');
});

test('an upgrade keeps settings and people and restarts every node', async () => {
  register('ada');
  const before = people();
  machine.run(`
    echo '# by the administrator' >>/etc/kinglet/kinglet.conf
    su postgres -c 'psql -qX -c "CREATE ROLE kinglet LOGIN" -c "CREATE DATABASE kinglet OWNER kinglet"'
    printf '%s\\n' 'db = postgres:///kinglet?host=/run/postgresql' 'web = 127.0.0.1:8081' 'api = off' \\
      'admin = 127.0.0.1:9465' >/etc/kinglet/node.conf
    chgrp kinglet /etc/kinglet/node.conf && chmod 640 /etc/kinglet/node.conf
    systemctl start kinglet@node`);
  assert.equal(page('http://127.0.0.1:8081/public'), '200');
  const pids = [mainPid(), mainPid('kinglet@node')];
  install(repackaged('0.1.1')); // nobody to ask: the settings' default is the same, so nothing has to be asked
  assert.match(machine.run('dpkg-query -W kinglet'), /0\.1\.1/);
  assert.match(machine.run('cat /etc/kinglet/kinglet.conf'), /# by the administrator/);
  assert.notEqual(mainPid(), pids[0], 'kinglet.service was restarted');
  assert.notEqual(mainPid('kinglet@node'), pids[1], 'kinglet@node.service was restarted');
  assert.equal(page('http://127.0.0.1:8081/public'), '200');
  assert.equal(people(), before);
});

test('new defaults lie beside the settings that an administrator changed', () => {
  const settings = 'db = sqlite:/var/lib/kinglet/kinglet.db\n# new defaults\n';
  install(repackaged('0.1.2', settings), '-o Dpkg::Options::=--force-confold');
  assert.match(machine.run('cat /etc/kinglet/kinglet.conf'), /# by the administrator/);
  assert.match(machine.run('cat /etc/kinglet/kinglet.conf.dpkg-dist'), /# new defaults/);
  assert.equal(machine.run('stat -c "%a %G" /etc/kinglet/kinglet.conf'), '640 kinglet\n');
});

test('a wrong setting fails the start at once and says why', () => {
  machine.run("cp -p /etc/kinglet/kinglet.conf /var/cache/; echo 'post-max-chars = many' >>/etc/kinglet/kinglet.conf");
  const { code } = machine.attempt('systemctl restart kinglet');
  assert.notEqual(code, 0);
  assert.match(status('kinglet'), /ActiveState=failed/);
  const journal = machine.run('journalctl -u kinglet -o cat --no-pager -n 20');
  assert.match(journal, /kinglet\.conf line \d+: 'many' is not a whole number/);
  machine.run('cp -p /var/cache/kinglet.conf /etc/kinglet/kinglet.conf; systemctl restart kinglet');
});

test('rotation gives the server a new file and ends nothing', async () => {
  machine.run("echo 'log-file = /var/log/kinglet/kinglet.log' >>/etc/kinglet/kinglet.conf; systemctl restart kinglet");
  page(`${PAGES}/public`);
  const dry = machine.run('logrotate -d /etc/logrotate.d/kinglet 2>&1');
  assert.match(dry, /considering log \/var\/log\/kinglet\/kinglet\.log/);
  assert.doesNotMatch(dry, /error/i);
  const pids = [mainPid(), mainPid('kinglet@node')];
  machine.run('logrotate --force /etc/logrotate.d/kinglet');
  await waitFor('a line in the new file', () => {
    page(`${PAGES}/public`);
    return machine.run('cat /var/log/kinglet/kinglet.log 2>/dev/null || true').includes('/public');
  });
  assert.ok(existsSync(machine.file('var/log/kinglet/kinglet.log.1')));
  assert.deepEqual([mainPid(), mainPid('kinglet@node')], pids);
});

test('removal keeps what people wrote and a purge takes everything but the user', () => {
  const before = people();
  machine.run('apt-get remove --yes kinglet 2>&1');
  for (const name of ['kinglet', 'kinglet@node']) assert.equal(isActive(name), false, name);
  for (const kept of ['etc/kinglet/kinglet.conf', 'var/lib/kinglet/kinglet.db', 'var/log/kinglet/kinglet.log']) {
    assert.ok(existsSync(machine.file(kept)), `${kept} is kept`);
  }
  install(deb, '-o Dpkg::Options::=--force-confold');
  assert.equal(people(), before);
  assert.equal(page(`${PAGES}/public`), '200');
  machine.run('rm /etc/kinglet/node.conf; apt-get purge --yes kinglet 2>&1');
  for (const gone of ['etc/kinglet', 'var/lib/kinglet', 'var/log/kinglet', 'usr/bin/kinglet',
    'etc/logrotate.d/kinglet', 'etc/systemd/system/multi-user.target.wants/kinglet.service', 'usr/lib/sysusers.d/kinglet.conf']) {
    assert.equal(existsSync(machine.file(gone)), false, `${gone} is gone`);
  }
  assert.match(machine.run('getent passwd kinglet'), /\/nologin$/m);
  assert.equal(machine.run('dpkg-query -W -f "\\${db:Status-Status}" kinglet 2>/dev/null || true'), '');
});

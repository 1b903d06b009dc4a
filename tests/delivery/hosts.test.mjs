/*
 * hosts.test.mjs: ops/hosts/host on fresh Debian machines with systemd as first process, in a network of their own:
 * what it makes of them, that a second run changes nothing, and that no port which Docker publishes gets past the
 * firewall.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { machinePackages, packageFile, sh, startMachine } from '../lib/machine.mjs';
import { root, tempDir, waitFor } from '../lib/server.mjs';

const id = `kh${process.pid.toString(36)}`;
const outside = `${id}-out`;
const address = { admin: '10.199.0.1', stranger: '10.199.0.2', first: '10.199.0.11', second: '10.199.0.12' };
const tls = tempDir('kinglet-host-tls-');
const hosts = {};

/* A switch in a namespace of its own, with the two people who try to get in, and the machines around it. */
function makeNetwork() {
  sh('ip', ['netns', 'add', outside]);
  const ip = (...words) => sh('ip', ['-n', outside, ...words]);
  ip('link', 'add', 'switch', 'type', 'bridge');
  for (const who of ['admin', 'stranger']) ip('addr', 'add', `${address[who]}/24`, 'dev', 'switch');
  for (const link of ['lo', 'switch']) ip('link', 'set', link, 'up');
  for (const name of ['first', 'second']) {
    const there = `${id}-${name}`;
    sh('ip', ['netns', 'add', there]);
    ip('link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', there);
    ip('link', 'set', name, 'master', 'switch', 'up');
    sh('ip', ['-n', there, 'addr', 'add', `${address[name]}/24`, 'dev', 'eth0']);
    sh('ip', ['-n', there, 'link', 'set', 'eth0', 'up']);
  }
  // Whoever is in the same network can send straight to a container's address.
  ip('route', 'add', '172.17.0.0/16', 'via', address.first);
}

function removeNetwork() {
  for (const name of ['first', 'second', 'out']) spawnSync('ip', ['netns', 'del', `${id}-${name}`]);
}
process.on('exit', removeNetwork);

function certificates() {
  const authority = path.join(root, 'ops/logging/authority');
  sh(authority, ['new', tls]);
  sh(authority, ['host', tls, 'first', 'loghost']);
}

before(async () => {
  makeNetwork();
  certificates();
  const packages = machinePackages(packageFile());
  for (const name of ['first', 'second']) {
    const machine = await startMachine({ name, packages, network: `${id}-${name}`, engine: true });
    hosts[name] = machine;
    mkdirSync(machine.file('srv/kinglet'));
    machine.run(': >/etc/resolv.conf'); // no network: apt has what it needs in its cache
    for (const part of ['hosts', 'logging']) {
      cpSync(path.join(root, 'ops', part), machine.file(`srv/kinglet/${part}`), { recursive: true });
    }
  }
  cpSync(path.join(tls, 'first'), hosts.first.file('srv/tls'), { recursive: true });
  settings('first', `ROLE=first
ADDRESS=${address.first}
OPEN='8081/tcp'
ADMINS='${address.admin} fd00::/64'
ADMIN_OPEN='9100/tcp'
CLUSTER='${address.second}'
LOG_HOST=${address.admin}
LOG_TLS=/srv/tls
`);
  settings('second', `ROLE=worker
ADDRESS=${address.second}
JOIN=${address.first}:2377
ADMINS='${address.admin}'
CLUSTER='${address.first}'
`);
}, { timeout: 600000 });
after(() => {
  for (const machine of Object.values(hosts)) machine.destroy();
  removeNetwork();
});

const settings = (name, text) => writeFileSync(hosts[name].file('srv/host.conf'), text);
const host = (name, command, token = '') =>
  hosts[name].attempt(`KINGLET_SWARM_TOKEN=${token} /srv/kinglet/hosts/host ${command} /srv/host.conf 2>&1`);

/* Whether somebody outside gets an answer from that port. */
function reaches(who, where) {
  const { status } = spawnSync('nsenter', [`--net=/run/netns/${outside}`, '--', 'curl', '-sS', '-o', '/dev/null',
    '--interface', address[who], '--max-time', '2', `http://${where}/`]);
  return status === 0;
}

test('a check of a fresh host says what is to be done and does nothing', () => {
  const { code, stdout } = host('first', 'check');
  assert.equal(code, 3, stdout);
  assert.match(stdout, /would change: installing docker\.io/);
  assert.match(stdout, /would change: \/etc\/kinglet-host\/firewall\.nft/);
  assert.doesNotMatch(stdout, /changing/);
  assert.equal(hosts.first.attempt('dpkg -s docker.io').code, 1);
  assert.equal(hosts.first.attempt('ls /etc/kinglet-host').code, 2);
});

test('settings that would lock the administrator out or make no sense are refused', () => {
  const kept = readFileSync(hosts.first.file('srv/host.conf'), 'utf8');
  for (const [line, why] of [
    ["ADMINS=''", /ADMINS must be set/],
    ['ROLE=king', /ROLE is first, manager, worker or none, not 'king'/],
    ["ADDRESS=''", /ROLE=first wants ADDRESS/],
    ["OPEN='http'", /'http' is no PORT\/tcp or PORT\/udp/],
    ["CLUSTER='10.0.0.1;accept'", /'10\.0\.0\.1;accept' is no address or network/],
    ['LOG_TLS=/nowhere', /LOG_HOST wants LOG_TLS/],
  ]) {
    settings('first', `${kept}${line}\n`);
    const { code, stdout } = host('first', 'apply');
    assert.equal(code, 1, stdout);
    assert.match(stdout, why);
  }
  settings('first', kept);
  hosts.first.run('ip link add br-lan type bridge');
  assert.match(host('first', 'apply').stdout, /br-lan is no network of Docker's/);
  hosts.first.run('ip link del br-lan');
  assert.equal(hosts.first.attempt('ls /etc/kinglet-host').code, 2);
});

test('a fresh host becomes one that runs the swarm, and a second run changes nothing', () => {
  const made = host('first', 'apply');
  assert.equal(made.code, 0, made.stdout);
  assert.match(made.stdout, /host: \d+ changed\n$/);
  const swarm = "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}'";
  assert.equal(hosts.first.run(swarm), 'active true\n');
  const units = ['docker', 'kinglet-firewall', 'kinglet-log-shipper', 'apt-daily-upgrade.timer'];
  assert.equal(hosts.first.run(`systemctl is-active ${units.join(' ')}`), 'active\n'.repeat(units.length));
  const pid = () => hosts.first.run('systemctl show -p MainPID docker kinglet-log-shipper');
  const before = pid();
  for (const command of ['apply', 'check']) {
    const again = host('first', command);
    assert.deepEqual([again.code, again.stdout], [0, 'host: nothing to change\n']);
  }
  assert.equal(pid(), before, 'nothing was restarted');
});

test('a published port is reached from outside only where the settings open it', async () => {
  const machine = hosts.first;
  machine.run(`mkdir -p /tmp/image/bin /tmp/image/www && cp /bin/busybox /tmp/image/bin/
    echo here >/tmp/image/www/index.html
    tar -C /tmp/image -c . | docker import - small >/dev/null
    docker run -d --name web -p 8081:80 -p 8082:80 -p 9100:80 small /bin/busybox httpd -f -p 80 -h /www >/dev/null`);
  await waitFor('the container to answer', () => machine.attempt('curl -sS http://127.0.0.1:8081/').code === 0, 30000);
  const container = machine.run("docker inspect -f '{{.NetworkSettings.IPAddress}}' web").trim();
  const own = machine.run(`curl -sS http://${address.first}:8082/`);
  assert.equal(own, 'here\n', 'the host itself reaches what it published');
  const seen = () => ({
    open: reaches('stranger', `${address.first}:8081`),
    shut: reaches('stranger', `${address.first}:8082`),
    shutForAdmins: reaches('admin', `${address.first}:8082`),
    admins: reaches('admin', `${address.first}:9100`),
    adminsByStranger: reaches('stranger', `${address.first}:9100`),
    container: reaches('stranger', `${container}:80`),
  });
  const wanted = {
    open: true, shut: false, shutForAdmins: false, admins: true, adminsByStranger: false, container: false,
  };
  assert.deepEqual(seen(), wanted);
  // Docker makes its rules anew when it starts.
  machine.run('systemctl restart docker && docker start web >/dev/null');
  await waitFor('the container again', () => machine.attempt('curl -sS http://127.0.0.1:8081/').code === 0, 30000);
  assert.deepEqual(seen(), wanted);
  // It is the firewall that does it: without, Docker opens everything it publishes.
  machine.run('nft delete table inet kinglet');
  assert.equal(reaches('stranger', `${address.first}:8082`), true);
  assert.match(host('first', 'apply').stdout, /the firewall, which somebody took away/);
  assert.deepEqual(seen(), wanted);
});

test('what listens on the host itself is shut as well, and SSH is for administrators', async () => {
  const machine = hosts.first;
  machine.run(`for port in 22 9999; do
    systemd-run --quiet --unit=listen-$port /bin/busybox httpd -f -p $port -h /tmp/image/www; done`);
  await waitFor('both to listen', () => /:22 /.test(machine.run('ss -Hltn')) && /:9999 /.test(machine.run('ss -Hltn')));
  const ports = [22, 9999, 2377];
  const seen = ['admin', 'stranger'].map((who) => ports.map((port) => reaches(who, `${address.first}:${port}`)));
  assert.deepEqual(seen, [[true, false, false], [false, false, false]]);
  machine.run('systemctl stop listen-22 listen-9999');
});

test('containers reach the outside, and a change of settings is loaded without a break', () => {
  const machine = hosts.first;
  const kept = readFileSync(machine.file('srv/host.conf'), 'utf8');
  settings('first', kept.replace("OPEN='8081/tcp'", "OPEN='8081/tcp 8082/tcp'"));
  const { code, stdout } = host('first', 'apply');
  assert.deepEqual([code, stdout], [0, 'host: changing: /etc/kinglet-host/firewall.nft\nhost: 1 changed\n']);
  assert.equal(reaches('stranger', `${address.first}:8082`), true);
  settings('first', kept);
  assert.equal(host('first', 'apply').code, 0);
  assert.equal(reaches('stranger', `${address.first}:8082`), false);
  machine.run(`docker exec web /bin/busybox ping -c 1 -W 5 ${address.admin}`);
});

test('a second host joins with the token, which is shown nowhere', async () => {
  const token = hosts.first.run('docker swarm join-token -q worker').trim();
  assert.match(token, /^SWMTKN-/);
  const without = host('second', 'apply');
  assert.equal(without.code, 1);
  assert.match(without.stdout, /KINGLET_SWARM_TOKEN isn't set/);
  const wrong = host('second', 'apply', `${token.slice(0, -4)}abcd`);
  assert.equal(wrong.code, 1, wrong.stdout);
  assert.match(wrong.stdout, /joining failed/);
  assert.ok(!wrong.stdout.includes(token.slice(0, -4)), 'no token in what it says');
  const joined = host('second', 'apply', token);
  assert.equal(joined.code, 0, joined.stdout);
  assert.ok(!joined.stdout.includes('SWMTKN'), joined.stdout);
  const nodes = () => hosts.first.run("docker node ls --format '{{.Hostname}} {{.Status}}'").trim().split('\n').sort();
  await waitFor('both to be ready', () => nodes().join() === 'first Ready,second Ready', 60000).catch((error) => {
    const log = hosts.second.attempt('journalctl -u docker -n 20 --no-pager').stdout;
    throw new Error(`${error.message}: ${nodes()}\n${log}`);
  });
  assert.equal(host('second', 'apply').stdout, 'host: nothing to change\n');
  const kept = hosts.second.attempt(`grep -rlF '${token}' /etc /srv /var/log /usr/local /var/lib/systemd`);
  assert.deepEqual([kept.code, kept.stdout], [1, '']);
});

test('security upgrades come by themselves, the engine stays', () => {
  const dump = hosts.first.run('apt-config dump');
  assert.match(dump, /^APT::Periodic::Unattended-Upgrade "1";$/m);
  assert.match(dump, /^APT::Periodic::Update-Package-Lists "1";$/m);
  assert.match(dump, /^Unattended-Upgrade::Automatic-Reboot "false";$/m);
  const tried = hosts.first.run('unattended-upgrade --dry-run --debug 2>&1');
  assert.match(tried, /Allowed origins are: .*Debian-Security/);
  assert.match(tried, /blacklist.*: .*docker\\.io\$/i);
});

test('log lines are shipped to the log host, with the host\'s own certificate', async () => {
  const there = (name) => path.join(tls, 'loghost', name);
  chmodSync(there('host.key'), 0o600);
  const listener = spawn('nsenter', [`--net=/run/netns/${outside}`, '--', 'openssl', 's_server', '-accept',
    `${address.admin}:2514`, '-cert', there('host.crt'), '-key', there('host.key'), '-CAfile', there('ca.crt'),
    '-Verify', '2', '-verify_return_error'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let heard = '';
  for (const stream of [listener.stdout, listener.stderr]) stream.on('data', (text) => (heard += text));
  try {
    hosts.first.run("mkdir -p /var/log/kinglet; echo '{\"message\":\"a line\"}' >>/var/log/kinglet/kinglet.log");
    // RELP's first words, in a connection for which the certificate was asked.
    await waitFor('the shipper to speak', () => /1 open \d+/.test(heard), 60000).catch((error) => {
      throw new Error(`${error.message}\n${heard}\n${hosts.first.run('journalctl -u kinglet-log-shipper --no-pager')}`);
    });
    assert.match(heard, /CN ?= ?first/);
  } finally {
    listener.kill('SIGKILL');
  }
});

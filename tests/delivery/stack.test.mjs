/*
 * A deployment rehearsed from end to end: ops/stack on a real swarm of one, under a load whose every acknowledged write
 * is looked for. The tests are one story and stand in its order.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { runProgram } from '../lib/daemon.mjs';
import { startLoad } from '../lib/load.mjs';
import { waitFor } from '../lib/server.mjs';
import { startSshd } from '../lib/sshd.mjs';
import { buildImages, NEVER_READY, SECRETS, startStack, V1, V2 } from '../lib/stack.mjs';

let stack;
let ledger;

before(async () => {
  await buildImages();
  stack = await startStack();
});
after(() => stack?.stop());

const load = () => startLoad({ ...stack, rate: 30, people: 8, ledger, from: stack.engine.from });

function succeeded({ code, stdout, stderr }) {
  assert.equal(code, 0, stdout + stderr);
  return stdout + stderr;
}

function say(what, { requests, acknowledged, p99Ms, maxMs, seconds }) {
  const times = `99 % within ${Math.round(p99Ms)} ms, the slowest ${Math.round(maxMs)} ms`;
  console.log(`# ${what}: ${requests} requests in ${Math.round(seconds)} s, ${acknowledged} writes; ${times}`);
}

function nothingFailed(summary) {
  const { failedReads, failedWrites, examples, stale } = summary;
  const wanted = { failedReads: {}, failedWrites: {}, examples: [], stale: [] };
  assert.deepEqual({ failedReads, failedWrites, examples, stale }, wanted);
  assert.ok(summary.acknowledged > 50, `${summary.acknowledged} writes were acknowledged`);
}

async function everythingAcknowledgedIsThere() {
  const { unknownKept: _, ...found } = await ledger.checkSql(stack.sql);
  assert.deepEqual(found, { lost: [], twice: [], refusedYetThere: [], follows: [], order: [], counts: [] });
}

/* All TCP ports of an address that take connections. */
const SCAN = `import socket, sys
for port in range(1, 65536):
    with socket.socket() as s:
        s.settimeout(2)
        if s.connect_ex((sys.argv[1], port)) == 0:
            print(port)`;
async function openPorts(address) {
  const { stdout } = await runProgram('python3', ['-c', SCAN, address]);
  return stdout.split('\n').filter(Boolean).map(Number);
}

test('a first deployment without its secrets names each one that is missing', async () => {
  const { code, stderr } = await stack.deploy(['--version', V1]);
  assert.notEqual(code, 0);
  for (const name of Object.keys(SECRETS)) assert.match(stderr, new RegExp(name));
});

test('a version that nobody built is refused before anything is changed', async () => {
  const { code, stderr } = await stack.deploy(['--version', 'never-built'], { secrets: SECRETS });
  assert.notEqual(code, 0);
  assert.match(stderr, /there is no image kinglet\/kinglet:never-built/);
  assert.equal(await stack.engine.docker('service', 'ls', '--quiet'), '');
});

test('a deployment answers when all services are healthy, and says no secret', async () => {
  const said = succeeded(await stack.deploy(['--version', V1], { secrets: SECRETS }));
  for (const value of Object.values(SECRETS)) assert.equal(said.includes(value), false, 'a secret was said');
  await stack.answers();
  const services = await stack.engine.docker('service', 'ls', '--format', '{{.Name}} {{.Replicas}}');
  assert.match(services, /kinglet_web 2\/2/);
  assert.match(services, /kinglet_api 2\/2/);
  assert.doesNotMatch(services, / (\d+)\/(?!\1)/, services);
});

test('nothing but the published ports and the swarm itself listens, and the database is out of reach', async () => {
  assert.deepEqual(await openPorts(stack.engine.address), [2377, 5001, 7946, 8080]);
  const [database] = await stack.containers('database');
  const format = '{{json .NetworkSettings.Networks}}';
  const networks = JSON.parse(await stack.engine.docker('inspect', '--format', format, database));
  assert.deepEqual(Object.keys(networks), ['kinglet_data']);
  const address = networks.kinglet_data.IPAddress;
  const socat = (target) => stack.inside('proxy', 'socat', '-u', 'OPEN:/dev/null', `TCP:${target},connect-timeout=2`);
  await assert.rejects(socat(`${address}:5432`), /unreachable|timed out/i);
  await assert.rejects(socat('database:5432'), /not known|resolution|getaddrinfo/i);
  assert.match(await stack.sql('SELECT 1'), /^1$/);
});

test('containers run as nobody of importance, on roots that cannot be written, within limits', async () => {
  const ids = (await stack.engine.docker('ps', '--quiet')).split('\n').filter(Boolean);
  const all = JSON.parse(await stack.engine.docker('inspect', ...ids));
  assert.equal(all.length, 11);
  for (const { Name, Config, HostConfig } of all) {
    assert.ok(Config.User && !/^(0|root)(:|$)/.test(Config.User), `${Name} runs as '${Config.User}'`);
    assert.equal(HostConfig.ReadonlyRootfs, true, `${Name} may write to its root`);
    assert.match(HostConfig.CapDrop.join(), /^(CAP_)?ALL$/, Name);
    assert.ok(HostConfig.Memory > 0 && HostConfig.NanoCpus > 0, `${Name} has no limits`);
    assert.doesNotMatch(Config.Env.join('\n'), /of-the-rehearsal|super_safe/, `${Name}: a secret is in its settings`);
  }
});

test('the next version replaces the one before under load without one failed request', async () => {
  const seen = async () => (await stack.query('kinglet_build_info')).includes(V1);
  await waitFor('the first version in the metrics', seen, 60000);
  const running = await load();
  ({ ledger } = running);
  await running.more(20);
  succeeded(await stack.deploy(['--version', V2, 'nodes']));
  await running.more(20);
  const summary = await running.stop();
  say('from v1 to v2', summary);
  nothingFailed(summary);
  await everythingAcknowledgedIsThere();
  for (const service of ['web', 'api']) {
    assert.deepEqual(await stack.images(service), Array(2).fill(`kinglet.invalid/kinglet/kinglet:${V2}`));
  }
  assert.deepEqual(await stack.images('proxy'), [`kinglet.invalid/kinglet/proxy:${V1}`]);
  const versions = 'count by (version) (last_over_time(kinglet_build_info[10m]))';
  await waitFor('both versions in the metrics', async () => {
    const said = await stack.query(versions);
    return said.includes(V1) && said.includes(V2);
  }, 60000);
  const up = 'count by (version) (kinglet_build_info and on (instance) up == 1)';
  await waitFor('four nodes of the second version alone', async () =>
    (await stack.query(up)).trim().replace(/ @.*/, '') === `{version="${V2}"} => 4`, 90000);
});

test('a version that never gets ready goes back by itself, no request fails, and the deployment does', async () => {
  const running = await load();
  await running.more(20);
  const { code, stderr } = await stack.deploy(['--version', NEVER_READY, 'nodes']);
  await running.more(20);
  const summary = await running.stop();
  say('to v3 and back', summary);
  assert.equal(code, 1);
  assert.match(stderr, /kinglet_web failed: rollback_completed/);
  assert.match(stderr, /kinglet_api failed: rollback_completed/);
  assert.match(stderr, /unhealthy/);
  nothingFailed(summary);
  await everythingAcknowledgedIsThere();
  for (const service of ['web', 'api']) {
    assert.deepEqual(await stack.images(service), Array(2).fill(`kinglet.invalid/kinglet/kinglet:${V2}`));
  }
});

const COUNTS = `SELECT (SELECT count(*) FROM "user"), (SELECT count(*) FROM post), (SELECT count(*) FROM follow)`;

test('everything taken away and deployed anew has the same rows', async () => {
  const rows = await stack.sql(COUNTS);
  assert.doesNotMatch(rows, /^0|\|0/, rows);
  await stack.engine.docker('stack', 'rm', 'kinglet');
  await waitFor('all containers to be gone', async () => (await stack.engine.docker('ps', '--quiet')) === '', 120000);
  await waitFor('all networks to be gone', async () =>
    !(await stack.engine.docker('network', 'ls', '--format', '{{.Name}}')).includes('kinglet_'), 60000);
  succeeded(await stack.deploy(['--version', V2, 'nodes'], { secrets: SECRETS }));
  await stack.answers();
  assert.equal(await stack.sql(COUNTS), rows);
  await everythingAcknowledgedIsThere();
});

test('an engine that dies and comes back brings everything back by itself, acknowledged writes too', async () => {
  const running = await load();
  await running.more(20);
  await stack.engine.kill();
  await stack.engine.start();
  const begun = Date.now();
  await stack.answers();
  await running.until('writes that succeed again', (now) => now.lastWriteMs > now.lastFailedMs, 60000);
  await running.more(20);
  const summary = await running.stop();
  console.log(`# the engine killed: answers ${Math.round((Date.now() - begun) / 1000)} s after it was back`);
  assert.deepEqual(summary.stale, []);
  await everythingAcknowledgedIsThere();
});

function makeCertificate() {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=example.test', '-keyout', '-', '-out', '-'];
  return execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

const curl = async (...args) => (await runProgram('curl', ['-s', '-m', '5', '-o', '/dev/null', ...args])).stdout;

test('over ssh a deployment brings a certificate and another password, and says neither', async (t) => {
  const sshd = await startSshd({ env: { DOCKER_HOST: stack.engine.host } });
  t.after(() => sshd.stop());
  const secrets = { KINGLET_API_PASSWORD: 'another-one-of-the-rehearsal', KINGLET_TLS_PEM: makeCertificate() };
  const host = { ...sshd.env, DOCKER_HOST: sshd.host, KINGLET_HTTPS_PORT: '8443' };
  const said = succeeded(await stack.deploy(['--version', V2], { secrets, host }));
  assert.equal(said.includes('another-one'), false);
  assert.equal(said.includes('PRIVATE KEY'), false);
  assert.match(said, /a new secret: api_password/);
  assert.doesNotMatch(said, /_[0-9a-f]{12}\b/, 'nor a hash, by which a weak one could be guessed');
  const { address } = stack.engine;
  assert.equal(await curl('-k', '-w', '%{http_code} %{http_version}', `https://${address}:8443/public`), '200 2');
  assert.equal(await curl('-w', '%{http_code}', `${stack.web}/public`), '301');
  const asked = [`https://${address}:5001/msgs?no=1`, '-k', '-w', '%{http_code}', '-u'];
  assert.equal(await curl(...asked, 'simulator:super_safe!'), '403');
  assert.equal(await curl(...asked, 'simulator:another-one-of-the-rehearsal'), '200');
  const secretsLeft = await stack.engine.docker('secret', 'ls', '--format', '{{.Name}}');
  assert.equal(secretsLeft.match(/^kinglet_api_password_/gm).length, 2, 'the one before is kept for the way back');
});

/*
 * The container images, built and run for real: small, without rights, read-only, healthy, ended by SIGTERM in time,
 * without a secret, the program the same whenever it is built. One story: the database, nodes and the proxy in one
 * network, then what watches them, then the logs.
 */
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync, chmodSync, chownSync, cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { runProgram } from '../lib/daemon.mjs';
import { startEngine } from '../lib/docker.mjs';
import { buildImages, Container, folderWith, IMAGES } from '../lib/images.mjs';
import { root, tempDir, waitFor } from '../lib/server.mjs';

const MIB = 1024 * 1024;
const MIB_AT_MOST = { kinglet: 26, proxy: 90, database: 160, monitoring: 280, logging: 200, 'log-shipper': 110 };
const PASSWORD = 'PASSWORD-that-no-image-has';
const ADDRESS = 'https://discord.example/api/webhooks/1/that-no-image-has';

let engine;
let images;
const running = {};

before(async () => {
  engine = await startEngine();
  images = await buildImages(engine);
});
after(() => engine?.stop());

const inspect = async (name) => JSON.parse(await engine.docker('image', 'inspect', name))[0];
const run = async (name, image, options, command) => {
  running[name] = await Container.run(engine, name, images[image], options, command);
  return running[name];
};
/* All share the network of one that has none to the outside and does nothing. */
const BESIDE = ['--network', 'container:anchor'];

async function hardened(container) {
  const { uid, capabilities, noNewPrivileges } = await container.rights();
  assert.notEqual(uid, 0, `${container.name} runs as root`);
  assert.equal(capabilities, 0n, container.name);
  assert.equal(noNewPrivileges, '1', container.name);
  assert.equal((await container.inspect()).HostConfig.ReadonlyRootfs, true);
}

async function endsWell(container, seconds = 10) {
  const end = await container.stop();
  assert.equal(end.code, 0, `${container.name} ended with ${end.code}:\n${(await container.logs()).slice(-2000)}`);
  assert.ok(end.seconds < seconds, `${container.name} took ${end.seconds} s to end`);
}

/* An answer of HTTP to a program that is in the container; half a connection is none to Prometheus. */
async function get(container, port, target) {
  const request = `printf 'GET ${target} HTTP/1.0\\r\\nHost: example.org\\r\\n\\r\\n'`;
  return container.exec('sh', '-c', `${request} | socat -t 5 - TCP:127.0.0.1:${port},shut-none`);
}

test('each image says what it is, runs as nobody, is asked for its health, and is small', async () => {
  const version = readFileSync(path.join(root, 'VERSION'), 'utf8').trim();
  for (const name of IMAGES) {
    const { Config, Size } = await inspect(images[name]);
    const label = (key) => Config.Labels[`org.opencontainers.image.${key}`];
    for (const key of ['title', 'description', 'licenses', 'source']) {
      assert.ok(label(key) !== undefined, `${name}: ${key}`);
    }
    assert.equal(label('version'), images[name].split(':')[1]);
    assert.ok(label('version').startsWith(version));
    assert.match(label('revision'), /^[0-9a-f]{12}$/);
    assert.match(label('created'), /^\d{4}-\d\d-\d\dT/);
    assert.match(Config.User, /^(?!root|0(:|$))\S+$/);
    assert.ok(Config.Healthcheck?.Test?.length, `${name} has no health check`);
    assert.ok(Config.Entrypoint?.length && Config.Entrypoint[0] !== '/bin/sh', `${name}: entry point`);
    console.log(`# ${name}: ${(Size / MIB).toFixed(1)} MiB`);
    assert.ok(Size < MIB_AT_MOST[name] * MIB, `${name} has ${Size} bytes, more than ${MIB_AT_MOST[name]} MiB`);
  }
});

test("the layer of Kinglet itself is under 10 MiB, and its image has neither a shell nor Debian's tools", async () => {
  const format = '{{.Size}} {{.CreatedBy}}';
  const history = await engine.docker('history', '--human=false', '--format', format, images.kinglet);
  const copies = history.split('\n').filter((line) => /COPY/.test(line)).map((line) => Number(line.split(' ')[0]));
  assert.equal(copies.length, 2, history);
  assert.ok(copies[0] > 100000 && copies[0] < 10 * MIB, `${copies[0]} bytes`);
  for (const program of ['/bin/sh', '/usr/bin/dpkg', '/usr/bin/apt-get', '/usr/bin/perl']) {
    await assert.rejects(engine.docker('run', '--rm', '--network', 'none', '--entrypoint', program, images.kinglet),
      /no such file/, program);
  }
  assert.match(await engine.docker('run', '--rm', '--network', 'none', images.kinglet, 'version'), /^kinglet \d+\.\d+/);
});

test('no image has a secret in its history, its settings or its files', async () => {
  for (const name of IMAGES) {
    const history = await engine.docker('history', '--no-trunc', '--format', '{{.CreatedBy}}', images[name]);
    const { Config } = await inspect(images[name]);
    const said = `${history}\n${Config.Env.join('\n')}\n${JSON.stringify(Config.Labels)}`;
    assert.doesNotMatch(said, /(PASSWORD|SECRET|TOKEN|WEBHOOK)[A-Z_]*=\S/i, name);
    const container = (await engine.docker('create', images[name])).trim();
    const looked = await runProgram('sh', ['-c',
      `docker export ${container} | grep -a -c -E -e '^-----BEGIN [A-Z ]*PRIVATE KEY-----' -e 'that-no-image-has'`],
    { env: engine.env });
    await engine.docker('rm', container);
    assert.equal(looked.stdout.trim(), '0', `${name} has a private key`);
  }
});

/* The tree, as another clone elsewhere has it: no git, another time, a comment more in a script of the image. */
function otherTree() {
  const dir = tempDir('kinglet-clone-');
  const names = [
    'src', 'static', 'templates', 'lang', 'db', 'tools', 'ops', 'meson.build', 'meson_options.txt', 'VERSION',
  ];
  for (const name of names) {
    cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
  }
  appendFileSync(path.join(dir, 'ops/images/kinglet/rootfs'), `# ${Date.now()}\n`);
  return dir;
}

async function programOf(image) {
  const container = (await engine.docker('create', image)).trim();
  const dir = tempDir();
  await engine.docker('cp', `${container}:/usr/local/bin/kinglet`, path.join(dir, 'kinglet'));
  await engine.docker('rm', container);
  return createHash('sha256').update(readFileSync(path.join(dir, 'kinglet'))).digest('hex');
}

test('the program is the same, byte for byte, when it is built again from another folder', async () => {
  const revision = (await inspect(images.kinglet)).Config.Labels['org.opencontainers.image.revision'];
  const version = readFileSync(path.join(root, 'VERSION'), 'utf8').trim();
  const cwd = otherTree();
  writeFileSync(path.join(cwd, 'COMMIT'), `${revision}\n`);
  const again = await buildImages(engine, { names: ['kinglet'], cwd, args: ['--version', version] });
  assert.notEqual((await inspect(again.kinglet)).Id, (await inspect(images.kinglet)).Id, 'it was not built again');
  assert.equal(await programOf(again.kinglet), await programOf(images.kinglet));
  await engine.docker('rmi', again.kinglet);
});

test('what can not run says why, at once, and repeats no secret', async () => {
  const secrets = folderWith({ db: `postgres://kinglet:${PASSWORD}@127.0.0.1/kinglet\nmore\n`, empty: '' });
  const mount = ['--volume', `${secrets}:/run/secrets:ro`];
  const both = ['--env', 'KINGLET_DB=sqlite:x', '--env', 'KINGLET_DB_FILE=/run/secrets/db'];
  const wrong = [
    ['kinglet', ['--env', 'KINGLET_DB_FILE=/run/secrets/db'], [], /KINGLET_DB_FILE: .* has more than one line/],
    ['kinglet', ['--env', 'KINGLET_API_PASSWORD_FILE=/run/secrets/empty'], [], /is empty/],
    ['kinglet', both, [], /both KINGLET_DB and KINGLET_DB_FILE are set/],
    ['kinglet', [], [], /kinglet\.db/], // nowhere to write
    ['proxy', [], [], /neither KINGLET_WEB_NODES nor KINGLET_API_NODES/],
    ['proxy', ['--env', 'KINGLET_PROXY_DISCOVERY=etcd'], [], /must be dns/],
    ['database', [], [], /kinglet_db_password: no password there/],
    ['database', [], ['vacuum'], /no such command: vacuum/],
    ['monitoring', [], ['grafana'], /no such command: grafana/],
    ['monitoring', [], ['prometheus'], /\/prometheus can't be written by prometheus \(998\)/],
    ['monitoring', [], ['postgres-exporter'], /DATA_SOURCE_URI must be set/],
    ['logging', [], [], /receiver\.env|host\.crt|no password/],
    ['log-shipper', [], [], /can't read \/etc\/kinglet-logging\/shipper\.env/],
  ];
  for (const [image, options, command, wanted] of wrong) {
    const args = ['run', '--rm', '--network', 'none', '--read-only', '--cap-drop', 'ALL', '--tmpfs', '/tmp'];
    const words = [...args, ...mount, ...options, images[image], ...command];
    const { code, stdout, stderr } = await runProgram('docker', words, { env: engine.env, timeoutMs: 60000 });
    assert.ok(code > 0 && code < 126, `${image} ${options} ${command}: ${code}`);
    assert.match(stdout + stderr, wanted, `${image} ${options} ${command}`);
    assert.ok(!(stdout + stderr).includes(PASSWORD));
  }
});

test('database, node and proxy work together, each without a right and on a read-only root', async () => {
  const secrets = folderWith({
    kinglet_db_password: `${PASSWORD}\n`, kinglet_exporter_password: `${PASSWORD}-e\n`,
    kinglet_grafana_password: `${PASSWORD}-g\n`, db: `postgres://kinglet:${PASSWORD}@127.0.0.1/kinglet\n`,
    discord: `${ADDRESS}\n`,
  });
  running.secrets = ['--volume', `${secrets}:/run/secrets:ro`];
  running.storage = ['--volume', 'data:/var/lib/postgresql', '--volume', 'backup:/backup'];
  await engine.docker('run', '--detach', '--name', 'anchor', '--network', 'none', '--init', '--entrypoint', 'sleep',
    images.proxy, 'infinity');
  const database = await run('database', 'database', [...BESIDE, ...running.secrets, ...running.storage]);
  await database.healthy();
  const node = [...BESIDE, ...running.secrets, '--env', 'KINGLET_DB_FILE=/run/secrets/db'];
  const web = await run('web', 'kinglet', [...node, '--env', 'KINGLET_API=off']);
  const api = await run('api', 'kinglet', [...node, '--env', 'KINGLET_WEB=off', '--env', 'KINGLET_ADMIN=0.0.0.0:9465']);
  const proxy = await run('proxy', 'proxy', [...BESIDE, '--env', 'KINGLET_WEB_BIND=:18080',
    '--env', 'KINGLET_API_BIND=:15001', '--env', 'KINGLET_WEB_HOST=', '--env', 'KINGLET_WEB_NODES=127.0.0.1:8080/9464',
    '--env', 'KINGLET_API_NODES=127.0.0.1:5001/9465']);
  await Promise.all([web, api, proxy].map((one) => one.healthy()));
  for (const one of [database, web, api, proxy]) await hardened(one);
  assert.match(await waitFor('a page through the proxy', async () => {
    const answer = await get(proxy, 18080, '/public');
    return answer.startsWith('HTTP/1.1 200') && answer;
  }, 20000), /<title>/);
  assert.match(await get(proxy, 15001, '/latest'), /"latest"/);
  assert.match(await get(proxy, 8405, '/metrics'), /haproxy_server_status\{/);
  for (const one of [database, proxy]) {
    const { code, stderr } = await one.tryExec('touch', '/usr/local/lib/x');
    assert.notEqual(code, 0);
    assert.match(stderr, /Read-only file system/);
  }
});

test('the roles are no more than they should be, and the password is wanted', async () => {
  const { database } = running;
  const sql = (query) => database.exec('psql', '-X', '-A', '-t', '-d', 'kinglet', '-c', query);
  assert.equal((await sql("SELECT rolname FROM pg_roles WHERE rolsuper")).trim(), 'postgres');
  const connect = (user, password) => database.tryExec('env', `PGPASSWORD=${password}`, 'psql', '-X', '-h', '127.0.0.1',
    '-U', user, '-d', 'kinglet', '-A', '-t', '-c', 'SELECT 1');
  assert.equal((await connect('kinglet', PASSWORD)).stdout.trim(), '1');
  assert.equal((await connect('kinglet_exporter', `${PASSWORD}-e`)).stdout.trim(), '1');
  assert.match((await connect('kinglet', 'wrong')).stderr, /password authentication failed/);
  assert.match((await connect('postgres', PASSWORD)).stderr, /no pg_hba.conf entry/);
  const grafana = () => connect('kinglet_grafana', `${PASSWORD}-g`);
  await waitFor('what Grafana may read', async () => (await grafana()).code === 0, 60000);
});

test('what watches runs of one image, each program healthy and at the others', async () => {
  const watch = (name, options) => run(name, 'monitoring', [...BESIDE, ...running.secrets, ...options], [name]);
  const environment = Object.entries({
    DISCORD_WEBHOOK_URL_FILE: '/run/secrets/discord', HEARTBEAT_URL_FILE: '/run/secrets/discord',
    GRAFANA_URL: 'http://grafana.invalid', RUNBOOKS_URL: 'http://runbooks.invalid',
    DATA_SOURCE_URI: '127.0.0.1:5432/kinglet?sslmode=disable', DATA_SOURCE_USER: 'kinglet_exporter',
    DATA_SOURCE_PASS_FILE: '/run/secrets/kinglet_exporter_password', KINGLET_SITES: 'http://127.0.0.1:18080/public',
    KINGLET_BLACKBOX: '127.0.0.1:9115',
  }).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  const targets = folderWith({
    'kinglet.yml': "- targets: ['127.0.0.1:9464', '127.0.0.1:9465']\n",
    'haproxy.yml': "- targets: ['127.0.0.1:8405']\n",
    'node.yml': "- targets: ['127.0.0.1:9100']\n", 'postgres.yml': "- targets: ['127.0.0.1:9187']\n",
    'alertmanager.yml': "- targets: ['127.0.0.1:9093']\n",
  });
  const programs = {
    prometheus: [...environment, '--volume', 'prometheus:/prometheus',
      '--volume', `${targets}:/run/configs/targets:ro`],
    alertmanager: [...environment, '--volume', 'alertmanager:/alertmanager'],
    'node-exporter': ['--volume', '/:/host:ro'],
    'postgres-exporter': environment,
    'blackbox-exporter': [],
  };
  for (const [name, options] of Object.entries(programs)) await watch(name, options);
  await Promise.all(Object.keys(programs).map((name) => running[name].healthy()));
  for (const name of Object.keys(programs)) await hardened(running[name]);
  const wanted = ['alertmanager', 'haproxy', 'kinglet', 'kinglet', 'node', 'postgres', 'probe', 'prometheus'];
  await waitFor('every target to be up', async () => {
    const answer = await get(running.prometheus, 9090, '/api/v1/query?query=up');
    const { data } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
    const up = data.result.filter(({ value }) => value[1] === '1').map(({ metric }) => metric.job);
    return JSON.stringify(up.sort()) === JSON.stringify(wanted);
  }, 60000);
  const configuration = await running.alertmanager.exec('cat', '/tmp/alertmanager/alertmanager.yml');
  assert.ok(configuration.includes(ADDRESS));
  for (const name of Object.keys(programs)) {
    assert.ok(!JSON.stringify(await running[name].inspect()).includes(ADDRESS), name);
    await endsWell(running[name]);
  }
});

test('a node whose database is away is not healthy, and is again when it is back', async () => {
  const { database, web } = running;
  assert.match(await web.exec('kinglet', 'health'), /"ready": true/);
  await endsWell(database, 20);
  const { code, stderr } = await waitFor('the node to notice', async () => {
    const answer = await web.tryExec('kinglet', 'health');
    return answer.code !== 0 && answer;
  }, 30000);
  assert.equal(code, 1);
  assert.match(stderr, /"name": "store", "ok": false/);
  await engine.docker('start', 'database');
  await database.healthy();
  await waitFor('the node to be ready again', async () => (await web.tryExec('kinglet', 'health')).code === 0, 30000);
});

test('SIGTERM ends each in good order, and in time', async () => {
  const { web, api, proxy } = running;
  await Promise.all([web, api, proxy].map((one) => endsWell(one)));
  assert.match(await web.logs(), /"message":"stopped"/);
});

test('a database is what it was after its container is gone, and a backup of it becomes one', async () => {
  const { database, secrets } = running;
  const sql = (container, query) => container.exec('psql', '-X', '-A', '-t', '-d', 'kinglet', '-c', query);
  await sql(database, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await database.exec('psql', '-X', '-q', '-d', 'postgres', '-c', 'SELECT pg_switch_wal()');
  await waitFor('a whole backup', async () => (await database.tryExec('/usr/local/lib/kinglet-database/run', 'backup',
    'status')).code === 0, 60000);
  await endsWell(database, 20);
  await database.remove();
  const restored = ['--network', 'none', '--volume', 'restored:/var/lib/postgresql', '--volume', 'backup:/backup'];
  const words = await engine.docker('run', '--rm', '--read-only', '--cap-drop', 'ALL', '--tmpfs', '/tmp', ...restored,
    images.database, 'restore', '--latest');
  assert.match(words, /is ready/);
  const other = await run('restored', 'database', [...restored, ...secrets]);
  await other.healthy();
  assert.equal((await sql(other, 'SELECT answer FROM kept')).trim(), '42');
  await endsWell(other, 20);
});

test('a line goes from the shipper to the log host and is found there', async () => {
  const certificates = tempDir('kinglet-authority-');
  for (const args of [['new', certificates], ['host', certificates, 'loghost', 'app1']]) {
    const { code, stderr } = await runProgram('sh', [path.join(root, 'ops/logging/authority'), ...args]);
    assert.equal(code, 0, stderr);
  }
  const state = '/var/lib/kinglet-logging';
  const host = folderWith({
    'secrets/log_reader': `${PASSWORD}\n`,
    'receiver.env': `HOST=loghost\nLISTEN_ADDRESS=127.0.0.1\nPERMITTED_HOSTS=app1\nMETRICS_FILE=${state}/receiver.prom\n` +
      `DATABASE='host=${state} dbname=logs user=log_writer'\n`,
  });
  const shipper = folderWith({
    'shipper.env': `HOST=app1\nLOG_HOST=127.0.0.1\nLOG_HOST_NAME=loghost\nMETRICS_FILE=${state}/shipper.prom\n` +
      "KINGLET_FILES='/var/log/kinglet/kinglet.log*'\n",
  });
  for (const [dir, name, user] of [[host, 'loghost', 999], [shipper, 'app1', 9514]]) {
    cpSync(path.join(certificates, name), path.join(dir, 'tls'), { recursive: true });
    chmodSync(path.join(dir, 'tls'), 0o755);
    for (const file of readdirSync(path.join(dir, 'tls'))) chownSync(path.join(dir, 'tls', file), user, user);
  }
  const logs = folderWith({
    'kinglet.log': '{"@timestamp":"2026-01-01T00:00:00.000Z","log.level":"info","message":"said in a container"}\n',
  });
  mkdirSync(path.join(logs, 'old'));
  const receiver = await run('loghost', 'logging',
    ['--network', 'none', '--volume', `${host}:/etc/kinglet-logging:ro`]);
  await receiver.healthy();
  const sender = await run('shipper', 'log-shipper', ['--network', 'container:loghost',
    '--volume', `${shipper}:/etc/kinglet-logging:ro`, '--volume', `${logs}:/var/log/kinglet:ro`]);
  await sender.healthy();
  for (const one of [receiver, sender]) await hardened(one);
  await waitFor('the line to be stored', async () => (await receiver.exec('psql', '-X', '-A', '-t', '-c',
    "SELECT count(*) FROM log.line WHERE message = 'said in a container'")).trim() === '1', 30000);
  await endsWell(sender);
  await endsWell(receiver, 20);
});

const schemas = path.join(root, 'tests/node_modules/@cyclonedx/cyclonedx-library/res/schema');

/* CycloneDX's own schema, with what it refers to. */
function validator() {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
  addFormats(ajv);
  ajv.addFormat('iri-reference', true); // ajv-formats has no IRIs; the bills have none
  ajv.addFormat('idn-email', true);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const file = `${name}.SNAPSHOT.schema.json`;
    const schema = JSON.parse(readFileSync(path.join(schemas, file), 'utf8'));
    ajv.addSchema(schema, `http://cyclonedx.org/schema/${file}`); // as the other refers to it
  }
  return ajv.compile(JSON.parse(readFileSync(path.join(schemas, 'bom-1.6.SNAPSHOT.schema.json'), 'utf8')));
}

const scan = (...args) => runProgram(path.join(root, 'ops/images/scan'), args, { env: engine.env });

test('each image has a valid bill of materials, and no package that Debian has mended since', async () => {
  const out = tempDir();
  const { code, stdout, stderr } = await scan('--output', out, ...Object.values(images));
  assert.equal(code, 0, stdout + stderr);
  const validate = validator();
  assert.equal(validate({ bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ name: 'x' }] }), false);
  for (const name of IMAGES) {
    const bill = JSON.parse(readFileSync(path.join(out, `${name}.cdx.json`), 'utf8'));
    assert.ok(validate(bill), `${name}: ${JSON.stringify(validate.errors?.slice(0, 5))}`);
    assert.ok(bill.components.length > 20, name);
    assert.ok(bill.components.some((one) => one.name === 'libc6'), name);
    assert.equal(bill.metadata.component.version, images[name].split(':')[1]);
  }
  const bill = JSON.parse(readFileSync(path.join(out, 'kinglet.cdx.json'), 'utf8'));
  const program = bill.components.find((one) => one.name === 'kinglet');
  assert.equal(program.hashes[0].content, await programOf(images.kinglet));
  for (const library of ['libpq5', 'libssl3', 'libsqlite3-0', 'libuv1', 'node-llhttp']) {
    assert.ok(bill.components.some((one) => one.name === library), library);
  }

  const old = bill.components.find((one) => one.name === 'libssl3');
  old.version = '3.0.8-1';
  const file = path.join(out, 'old.json');
  writeFileSync(file, JSON.stringify(bill));
  const found = await scan('--bill', file);
  assert.equal(found.code, 1, found.stdout + found.stderr);
  assert.match(found.stdout, /libssl3 3\.0\.8-1: bookworm-security has 3\./);
  assert.equal((await scan('--bill', path.join(out, 'nothing'))).code, 2);
});

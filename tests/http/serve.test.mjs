/* `kinglet serve` as an operator meets it: settings, refusals, signals. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Client, rawSocket, signedIn } from '../lib/client.mjs';
import { jsonLines, removeTempDir, runKinglet, serverFor, startServer, tempDir, waitFor } from '../lib/server.mjs';

const LISTENERS = ['--web', '127.0.0.1:0', '--api', '127.0.0.1:0', '--admin', '127.0.0.1:0'];

function dirFor(t) {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  return dir;
}

const sql = (file, statement) => execFileSync('sqlite3', [file, statement], { encoding: 'utf8' }).trim();
const status = async (url, target = '/') => (await new Client(url).get(target)).status;

/* Refused: an exit status other than 0, one message on standard error that names `what`, no line of readiness. */
async function refused(args, what, options) {
  const end = await runKinglet(['serve', ...args], options);
  assert.equal(end.signal, null, `ended by ${end.signal}: ${end.stderr}`);
  assert.ok(end.code > 0 && end.code < 126, `got exit status ${end.code}, wanted a refusal`);
  assert.match(end.stderr, what);
  assert.match(end.stderr, /^kinglet: /m);
  assert.doesNotMatch(end.stdout, /^kinglet: ready$/m);
  return end;
}

/* ---- what it says and where it listens ---------------------------------------------------------- */

test('it says where it listens and then that it is ready', async (t) => {
  const server = await serverFor(t);
  const lines = server.stdout().trim().split('\n').filter((line) => line.startsWith('kinglet: '));
  assert.equal(lines.length, 4, server.stdout());
  for (const name of ['web', 'api', 'admin']) {
    assert.match(server.stdout(), new RegExp(`^kinglet: ${name} listening on http://127\\.0\\.0\\.1:\\d+$`, 'm'));
  }
  assert.equal(lines[3], 'kinglet: ready');
});

test('to a program it says so in JSON, and nothing else on standard output', async (t) => {
  const server = await serverFor(t, { env: { KINGLET_LOG_FORMAT: 'auto' } });
  const lines = jsonLines(server.stdout());
  assert.deepEqual(lines.filter(({ message }) => message === 'listening').map((line) => line['kinglet.listener']),
    ['web', 'api', 'admin']);
  assert.equal(lines.at(-1).message, 'ready');
  for (const url of [server.web, server.api, server.admin]) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
});

test('it listens on loopback only unless told otherwise', async (t) => {
  const server = await serverFor(t);
  for (const url of [server.web, server.api, server.admin]) {
    assert.equal(new URL(url).hostname, '127.0.0.1');
  }
});

test('each listener can be off', async (t) => {
  for (const off of ['web', 'api', 'admin']) {
    const server = await serverFor(t, { args: [`--${off}`, 'off'] });
    assert.equal(server[off], undefined, off);
    const others = ['web', 'api', 'admin'].filter((name) => name !== off);
    for (const name of others) assert.ok(server[name], `${name} with ${off} off`);
  }
});

test('with every listener off there is nothing to do, and it says so', async (t) => {
  const db = `sqlite:${path.join(dirFor(t), 'k.db')}`;
  await refused(['--db', db, '--web', 'off', '--api', 'off', '--admin', 'off'], /off/);
});

/* ---- where settings come from ------------------------------------------------------------------- */

test('settings come from the environment', async (t) => {
  const db = `sqlite:${path.join(dirFor(t), 'from-environment.db')}`;
  const server = await serverFor(t, {
    bare: true,
    env: {
      KINGLET_DB: db, KINGLET_WEB: '127.0.0.1:0', KINGLET_API: 'off', KINGLET_ADMIN: '127.0.0.1:0',
      KINGLET_INSTANCE_NAME: 'Environmental',
    },
  });
  assert.equal(server.api, undefined);
  assert.ok(existsSync(db.slice('sqlite:'.length)));
  assert.match((await new Client(server.web).get('/public')).text, /Environmental/);
});

test('settings come from a file; the environment wins over it, and a flag over both', async (t) => {
  const dir = dirFor(t);
  const file = path.join(dir, 'kinglet.conf');
  writeFileSync(file, [
    '# a comment', '', `db = sqlite:${path.join(dir, 'k.db')}`, 'web = 127.0.0.1:0', 'api = 127.0.0.1:0',
    'admin = off', 'instance-name = From File', '',
  ].join('\n'));
  const name = async (options) => {
    const server = await serverFor(t, { bare: true, ...options });
    const { text } = await new Client(server.web).get('/public');
    await server.stop();
    return ['From File', 'From Environment', 'From Flag'].filter((wanted) => text.includes(wanted));
  };
  const env = { KINGLET_INSTANCE_NAME: 'From Environment' };
  assert.deepEqual(await name({ args: ['--config', file] }), ['From File']);
  assert.deepEqual(await name({ args: ['--config', file], env }), ['From Environment']);
  assert.deepEqual(await name({ args: ['--config', file, '--instance-name', 'From Flag'], env }), ['From Flag']);
  assert.deepEqual(await name({ env: { KINGLET_CONFIG: file } }), ['From File']);
});

test('options it doesn\'t know and values it can\'t use are refused by name', async (t) => {
  const db = `sqlite:${path.join(dirFor(t), 'k.db')}`;
  const conf = path.join(dirFor(t), 'bad.conf');
  writeFileSync(conf, 'web = 127.0.0.1:0\nno-such-setting = 1\n');
  await refused(['--no-such-option'], /--no-such-option/);
  await refused(['--db'], /--db/);
  await refused(['--db', db, 'stray'], /stray/);
  await refused(['--db', db, ...LISTENERS, '--body-bytes', 'many'], /body-bytes.*many/);
  await refused(['--db', db, ...LISTENERS, '--body-bytes', '-1'], /body-bytes/);
  await refused(['--db', db, ...LISTENERS], /KINGLET_BODY_BYTES/, { env: { KINGLET_BODY_BYTES: 'x' } });
  await refused(['--config', conf], /no-such-setting/);
  await refused(['--config', conf], /bad\.conf.*2/);
  await refused(['--config', `${conf}.missing`], /bad\.conf\.missing/);
  await refused(['--db', 'mysql:x', ...LISTENERS], /mysql/);
  for (const address of ['nowhere', '127.0.0.1', '127.0.0.1:99999', ':', '127.0.0.1:x']) {
    await refused(['--db', db, '--api', 'off', '--admin', 'off', '--web', address], /web|address|port/i);
  }
});

test('an unknown subcommand is refused, and help lists the known ones', async () => {
  const unknown = await runKinglet(['no-such-command']);
  assert.notEqual(unknown.code, 0);
  assert.match(unknown.stderr, /no-such-command/);
  const help = await runKinglet(['help']);
  assert.equal(help.code, 0);
  for (const command of ['serve', 'posts', 'flag', 'unflag', 'user', 'import']) {
    assert.match(help.stdout, new RegExp(`\\b${command}\\b`));
  }
  const serve = await runKinglet(['help', 'serve']);
  assert.equal(serve.code, 0);
  for (const option of ['--db', '--web', '--api', '--admin', '--body-bytes']) assert.ok(serve.stdout.includes(option));
  assert.doesNotMatch(serve.stdout, /super_safe/, 'help shows no secret');
});

/* ---- what it refuses ---------------------------------------------------------------------------- */

test('a port that is taken is named, and nothing is left behind', async (t) => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => taken.once('listening', resolve));
  t.after(() => taken.close());
  const address = `127.0.0.1:${taken.address().port}`;
  const db = `sqlite:${path.join(dirFor(t), 'k.db')}`;
  for (const name of ['web', 'api', 'admin']) {
    await refused(['--db', db, ...LISTENERS, `--${name}`, address], new RegExp(address.replaceAll('.', '\\.')));
  }
});

test('a second server on the same ports is refused while the first goes on', async (t) => {
  const first = await serverFor(t);
  const web = new URL(first.web).host;
  await refused(['--db', `sqlite:${path.join(dirFor(t), 'k.db')}`, ...LISTENERS, '--web', web], /in use/i);
  assert.equal(await status(first.web), 302);
});

test('a second server on the same database is refused while the first goes on', async (t) => {
  const first = await serverFor(t);
  await refused(['--db', first.db, ...LISTENERS], /kinglet\.db/);
  assert.equal(await status(first.web), 302);
});

test('a database that can\'t be made or written is named', async (t) => {
  const dir = dirFor(t);
  mkdirSync(path.join(dir, 'folder.db'));
  await refused(['--db', `sqlite:${path.join(dir, 'missing', 'k.db')}`, ...LISTENERS], /missing/);
  await refused(['--db', `sqlite:${path.join(dir, 'folder.db')}`, ...LISTENERS], /folder\.db/);
  await refused(['--db', 'sqlite:/proc/kinglet.db', ...LISTENERS], /\/proc\/kinglet\.db/);
});

test('a file that is not a database is refused and left as it was', async (t) => {
  const file = path.join(dirFor(t), 'letter.db');
  const letter = 'Dear database,\n'.repeat(1000);
  writeFileSync(file, letter);
  await refused(['--db', `sqlite:${file}`, ...LISTENERS], /letter\.db/);
  assert.equal(readFileSync(file, 'utf8'), letter);
});

test('somebody else\'s database is refused and left as it was', async (t) => {
  const file = path.join(dirFor(t), 'foreign.db');
  sql(file, 'CREATE TABLE user(user_id INTEGER PRIMARY KEY, username TEXT); INSERT INTO user VALUES (1, \'x\');');
  await refused(['--db', `sqlite:${file}`, ...LISTENERS], /foreign\.db/);
  assert.equal(sql(file, 'SELECT name FROM sqlite_schema'), 'user');
});

/* As a later release leaves it that has taken something away which this one still uses. */
function makeNewer(file) {
  sql(file, `INSERT INTO schema_migration (number, name, digest, applied_ms, kind, since)
    SELECT max(number) + 1000, 'later', 'x', 1, 'contract', max(number) + 1000 FROM schema_migration`);
}

test('a schema that is newer than the program is refused and left as it was', async (t) => {
  const first = await startServer();
  const file = first.db.slice('sqlite:'.length);
  await signedIn(first.web, 'someone');
  await first.kill();
  const settled = await startServer({ db: first.db }); // a clean end leaves one file
  const copy = path.join(dirFor(t), 'newer.db');
  await settled.stop();
  writeFileSync(copy, readFileSync(file));
  removeTempDir(first.dir);
  makeNewer(copy);
  const before = readFileSync(copy);
  await refused(['--db', `sqlite:${copy}`, ...LISTENERS], /newer/);
  assert.ok(before.equals(readFileSync(copy)), 'the file was changed');
});

/* ---- ending ------------------------------------------------------------------------------------- */

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} ends it with exit status 0`, async (t) => {
    const server = await serverFor(t);
    server.proc.kill(signal);
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });
}

test('a request in flight is answered after SIGTERM, and no new one is taken', async (t) => {
  const server = await serverFor(t);
  const raw = await rawSocket(server.web);
  const idle = await rawSocket(server.web);
  const body = 'username=drained&email=a%40b&password=x&password2=x';
  raw.send(`POST /register HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
  /* That the server has read it is seen by a request that came later and was answered. */
  await new Client(server.web).get('/public');
  server.proc.kill('SIGTERM');
  await idle.closed(); // it drains: idle connections are closed
  raw.send(body.slice(10));
  const answer = await raw.closed();
  assert.match(answer, /^HTTP\/1\.1 302 /);
  assert.match(answer, /\r\nconnection: close\r\n/i);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  await assert.rejects(new Client(server.web).get('/public'));
  raw.destroy();
  idle.destroy();
});

test('told to stop, it is not ready at once, and serves on for its delay', async (t) => {
  const server = await startServer({ args: ['--stop-delay-ms', '600000'] });
  t.after(() => server.kill());
  const idle = await rawSocket(server.web);
  idle.send('GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.doesNotMatch(await idle.until((text) => text.includes('\r\n\r\n')), /connection: close/i);
  server.proc.kill('SIGTERM');
  await waitFor('/readyz to say no', async () => (await new Client(server.admin).get('/readyz')).status === 503);
  assert.equal(await status(server.admin, '/livez'), 200);
  const fresh = await rawSocket(server.api);
  fresh.send('GET /latest HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match(await fresh.closed(), /^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
  const before = idle.text().length;
  idle.send('GET /public HTTP/1.1\r\nHost: x\r\n\r\n');
  assert.match((await idle.closed()).slice(before), /HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
  server.proc.kill('SIGTERM');
  assert.deepEqual(await server.ended, { code: null, signal: 'SIGTERM' }, 'a second signal ends it at once');
});

test('when its delay is over it drains and ends', async (t) => {
  const server = await serverFor(t, { args: ['--stop-delay-ms', '100'] });
  server.proc.kill('SIGTERM');
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

for (const only of ['web', 'api']) {
  test(`a process for ${only} alone is alive and ready`, async (t) => {
    const server = await serverFor(t, { args: [only === 'web' ? '--api' : '--web', 'off'] });
    assert.deepEqual([server.web !== undefined, server.api !== undefined], [only === 'web', only === 'api']);
    assert.equal(await status(server.admin, '/livez'), 200);
    assert.equal(await status(server.admin, '/readyz'), 200);
  });
}

test('what was accepted while it drained is there afterwards', async (t) => {
  const db = `sqlite:${path.join(dirFor(t), 'k.db')}`;
  const first = await startServer({ db });
  const registers = Array.from({ length: 8 }, (_, i) =>
    new Client(first.web).register(`drain${i}`, 'x', { follow: false }).then((answer) => answer.status, () => null));
  await Promise.race(registers); // the others are on their way
  assert.deepEqual(await first.stop(), { code: 0, signal: null });
  const statuses = await Promise.all(registers);
  const second = await serverFor(t, { db });
  for (const [i, got] of statuses.entries()) {
    if (got !== 302) continue;
    assert.equal((await new Client(second.web).get(`/drain${i}`)).status, 200, `drain${i} was accepted`);
  }
  assert.ok(statuses.includes(302), `got ${statuses}`);
});

test('/readyz says yes when ready, and /livez too', async (t) => {
  const server = await serverFor(t);
  for (const target of ['/readyz', '/livez']) {
    assert.equal((await new Client(server.admin).get(target)).status, 200, target);
  }
});

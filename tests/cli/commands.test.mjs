/* The operator's commands against the real binary, alone and beside a running server. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Client, textOfClass } from '../lib/client.mjs';
import { removeTempDir, runKinglet, serverFor, tempDir, waitFor } from '../lib/server.mjs';

/* A database in a folder of its own; {db, file, kinglet(args, input)}. */
function databaseFor(t) {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const file = path.join(dir, 'k.db');
  const db = `sqlite:${file}`;
  return { dir, file, db, kinglet: (args, input) => runKinglet([...args, '--db', db], { input }) };
}

async function register(server, name, password = 'secret') {
  const answer = await new Client(server.web).request('POST', '/register', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: name, email: 'x@example.org', password, password2: password }).toString(),
  });
  assert.equal(answer.status, 302, answer.text);
}

async function signIn(server, name, password) {
  const client = new Client(server.web);
  const answer = await client.request('POST', '/login', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username: name, password }).toString(),
  });
  return { client, answer };
}

async function post(client, text) {
  const answer = await client.request('POST', '/add_message', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ text }).toString(),
  });
  assert.equal(answer.status, 302, answer.text);
}

/* RFC 4180, strictly: CRLF between records, quotes doubled. */
function parseCsv(text) {
  const rows = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let row = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    assert.ok(match, `not CSV at: ${JSON.stringify(text.slice(field.lastIndex, field.lastIndex + 80))}`);
    row.push(match[1] === undefined ? match[2] : match[1].replaceAll('""', '"'));
    if (match[3] === '\r\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

test('a command that looks makes no database, and says which is missing', async (t) => {
  const { file, kinglet } = databaseFor(t);
  for (const args of [['posts'], ['flag', '1'], ['unflag', '1'], ['user', 'list'], ['user', 'delete', '--yes', 'x']]) {
    const { code, stderr } = await kinglet(args);
    assert.equal(code, 1, args.join(' '));
    assert.ok(stderr.includes(file), stderr);
  }
  assert.ok(!existsSync(file));
});

test('wrong usage answers 2 and how it goes', async (t) => {
  const { kinglet } = databaseFor(t);
  const wrong = [['nonsense'], ['posts', 'x'], ['posts', '--unknown'], ['flag'], ['user'], ['import'], ['demo', 'x']];
  for (const args of wrong) {
    const { code, stdout, stderr } = await kinglet(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /usage: kinglet|see kinglet help/);
  }
});

test('every command stands in the help, with a line', async () => {
  const { code, stdout } = await runKinglet(['help']);
  assert.equal(code, 0);
  for (const name of ['serve', 'posts', 'flag', 'unflag', 'user', 'import', 'demo', 'help', 'version']) {
    assert.match(stdout, new RegExp(`^  ${name}\\b.*\\S`, 'm'));
  }
});

test('help on one command says how that one goes, asked in either way', async () => {
  for (const [name, wanted] of [['serve', /^ {2}--post-max-chars/m], ['flag', /^usage: kinglet flag ID/]]) {
    for (const args of [['help', name], [name, '--help'], [name, '-h']]) {
      const { code, stdout, stderr } = await runKinglet(args);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
      assert.match(stdout, wanted, args.join(' '));
    }
  }
  for (const args of [['help', 'nonsense'], ['nonsense', '--help']]) {
    const { code, stdout, stderr } = await runKinglet(args);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /no command 'nonsense'/);
  }
});

test('demo fills an empty database, once, and its person signs in', async (t) => {
  const { db, kinglet } = databaseFor(t);
  const first = await kinglet(['demo']);
  assert.equal(first.code, 0, first.stderr);
  const second = await kinglet(['demo']);
  assert.equal(second.code, 0);
  assert.match(second.stdout, /nothing was added/);
  const rows = parseCsv((await kinglet(['posts'])).stdout);
  assert.deepEqual(rows[0], ['id', 'author', 'text', 'pub_date', 'flagged']);
  assert.ok(rows.length > 2500, `${rows.length} rows`);
  assert.ok(rows.every((row) => row.length === 5));
  const server = await serverFor(t, { db });
  const page = await new Client(server.web).get('/public');
  assert.equal(page.status, 200);
  const { client, answer } = await signIn(server, 'demo', 'demo');
  assert.equal(answer.status, 302, answer.text);
  assert.equal((await client.get('/')).status, 200);
});

test('what a command does while a server runs is seen on its pages', async (t) => {
  const { db, kinglet } = databaseFor(t);
  const server = await serverFor(t, { db });
  await register(server, 'Ada');
  const { client } = await signIn(server, 'Ada', 'secret');
  await post(client, 'a post to flag');
  await post(client, 'another post');
  const anonymous = new Client(server.web);
  assert.match((await anonymous.get('/public')).text, /a post to flag/);
  const rows = parseCsv((await kinglet(['posts'])).stdout);
  const [id] = rows.find((row) => row[2] === 'a post to flag');
  assert.equal((await kinglet(['flag', id])).code, 0);
  await waitFor('the page to lose the flagged post', async () =>
    !(await anonymous.get('/public')).text.includes('a post to flag'));
  assert.equal((await kinglet(['unflag', id])).code, 0);
  await waitFor('the page to have the post again', async () =>
    (await anonymous.get('/public')).text.includes('a post to flag'));
  await post(client, 'written after another process wrote');
  assert.equal((await kinglet(['user', 'show', 'Ada'])).stdout.match(/^posts +(\d+)$/m)[1], '3');
  assert.match((await new Client(server.admin).get('/metrics')).text, /^kinglet_posts 3$/m);
});

test('a password set beside a running server ends sessions and holds at once', async (t) => {
  const { db, kinglet } = databaseFor(t);
  const server = await serverFor(t, { db });
  await register(server, 'Ada Lovelace');
  const { client } = await signIn(server, 'Ada Lovelace', 'secret');
  assert.equal((await client.get('/settings')).status, 200);
  const { code, stderr } = await kinglet(['user', 'set-password', 'ada lovelace'], 'new secret\n');
  assert.equal(code, 0, stderr);
  assert.equal((await client.get('/settings')).status, 401);
  const old = await signIn(server, 'Ada Lovelace', 'secret');
  assert.equal(textOfClass(old.answer.text, 'error'), 'Invalid password');
  assert.equal((await signIn(server, 'Ada Lovelace', 'new secret')).answer.status, 302);
});

test('a person deleted beside a running server is gone from it', async (t) => {
  const { db, kinglet } = databaseFor(t);
  const server = await serverFor(t, { db });
  await register(server, 'Ada');
  const { client } = await signIn(server, 'Ada', 'secret');
  await post(client, 'soon gone');
  assert.equal((await kinglet(['user', 'delete', 'Ada'], 'no\n')).code, 1);
  assert.equal((await kinglet(['user', 'delete', 'Ada'], 'yes\n')).code, 0);
  await waitFor('the page of the person to go', async () =>
    (await new Client(server.web).get('/Ada')).status === 404);
  await waitFor('the post to go', async () =>
    !(await new Client(server.web).get('/public')).text.includes('soon gone'));
});

test('a name that begins with a dash comes after --', async (t) => {
  const { db, kinglet } = databaseFor(t);
  const server = await serverFor(t, { db });
  await register(server, '-ada-');
  const { code, stdout, stderr } = await runKinglet(['user', 'show', '--db', db, '--', '-ada-']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^name +-ada-$/m);
  assert.equal((await kinglet(['user', 'promote', '-ada-'])).code, 0);
});

/* `kinglet import`: a classic database, made by the classic schema, then used over the pages and the API. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Client, textOfClass } from '../lib/client.mjs';
import { removeTempDir, runKinglet, serverFor, tempDir } from '../lib/server.mjs';

const SCHEMA = `
create table user (user_id integer primary key autoincrement, username string not null,
  email string not null, pw_hash string not null);
create table follower (who_id integer, whom_id integer);
create table message (message_id integer primary key autoincrement, author_id integer not null,
  text string not null, pub_date integer, flagged integer);
`;

/* Python's sqlite3, because the test's own Node.js has none. */
function makeClassic(file, sql) {
  const script = 'import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.stdin.read()); c.commit()';
  const done = spawnSync('python3', ['-c', script, file], { input: sql, encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
}

/* Made by Werkzeug from "correct horse ☃". */
const PASSWORD = 'correct horse ☃';
const PBKDF2 = 'pbkdf2:sha256:1000$P7IeyaKD$7bfc660d5fc64ecdb7764d78714c288c165e8e00805bd0b28a374dd9368b2d05';
const SCRYPT =
  'scrypt:32768:8:1$T06AE0l8$36e06249cf3efa1390bd061c3cfbcbd7038f1327a637cf6132484b1ec8b70054' +
  'db448653fc7ed8db0fcec83e2069d60123f1c18a4cc6122f4b4f4a325637c956';

const COMMUNITY = `${SCHEMA}
insert into user values (1, 'Roger Histand', 'roger@example.org', '${PBKDF2}');
insert into user values (2, 'Mellie Yost', 'mellie@example.org', '${SCRYPT}');
insert into follower values (1, 2), (1, 2);
insert into message values (1, 2, 'the first <b>', 1582246860, 0);
insert into message values (2, 1, 'the second', 1582246861, 0);
insert into message values (3, 1, 'a hidden one', 1582246862, 1);
insert into message values (4, 9, 'of somebody who left', 1582246863, 0);
`;

function filesFor(t, sql) {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const classic = path.join(dir, 'minitwit.db');
  if (sql) makeClassic(classic, sql);
  const db = `sqlite:${path.join(dir, 'k.db')}`;
  return { dir, classic, db, kinglet: (args) => runKinglet([...args, '--db', db]) };
}

async function signIn(server, username, password) {
  const client = new Client(server.web);
  const answer = await client.request('POST', '/login', {
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ username, password }).toString(),
  });
  return { client, answer };
}

test('imported people sign in with their old passwords, which are hashed anew', async (t) => {
  const { classic, db, kinglet } = filesFor(t, COMMUNITY);
  const { code, stdout, stderr } = await kinglet(['import', classic]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Added: 2 people, 4 posts, 1 follows\.$/m);
  const server = await serverFor(t, { db });
  for (const name of ['Roger Histand', 'Mellie Yost']) {
    const wrong = await signIn(server, name, 'wrong');
    assert.equal(textOfClass(wrong.answer.text, 'error'), 'Invalid password');
    for (let i = 0; i < 2; i++) {
      const { answer } = await signIn(server, name, PASSWORD);
      assert.equal(answer.status, 302, answer.text);
    }
  }
  const { client } = await signIn(server, 'roger histand', PASSWORD);
  const home = await client.get('/');
  const at = ['the second', 'the first &lt;b&gt;'].map((text) => home.text.indexOf(text));
  assert.ok(at[0] > 0 && at[1] > at[0], `newest first: ${at}`);
  for (const hidden of ['a hidden one', 'of somebody who left']) {
    assert.ok(!(await new Client(server.web).get('/public')).text.includes(hidden), hidden);
  }
});

test('running it twice adds nothing, from a copy of the file neither', async (t) => {
  const { dir, classic, kinglet } = filesFor(t, COMMUNITY);
  await kinglet(['import', classic]);
  const posts = (await kinglet(['posts'])).stdout;
  const people = (await kinglet(['user', 'list'])).stdout;
  const copy = path.join(dir, 'copy.db');
  makeClassic(copy, COMMUNITY);
  for (const file of [classic, copy]) {
    const { code, stdout } = await kinglet(['import', file]);
    assert.equal(code, 0);
    assert.match(stdout, /^Added: 0 people, 0 posts, 0 follows\.$/m);
    assert.match(stdout, /earlier import: 2 people, 4 posts, 1 follows/);
  }
  assert.equal((await kinglet(['posts'])).stdout, posts);
  assert.equal((await kinglet(['user', 'list'])).stdout, people);
});

test('a broken file is refused whole, with table and row', async (t) => {
  const { classic, kinglet } = filesFor(t, `${COMMUNITY}
    insert into message values (7, 1, 'from a clock in milliseconds', 1582246860738, 0);`);
  const { code, stdout, stderr } = await kinglet(['import', classic]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /nothing was imported from .*table message, row 7/);
  assert.equal((await kinglet(['user', 'list'])).stdout.trim().split('\r\n').length, 1);
});

test('what is no classic database is refused', async (t) => {
  const { dir, kinglet } = filesFor(t);
  const text = path.join(dir, 'text.db');
  writeFileSync(text, 'only text, '.repeat(1000));
  for (const file of [text, path.join(dir, 'absent.db')]) {
    const { code, stderr } = await kinglet(['import', file]);
    assert.equal(code, 1);
    assert.ok(stderr.includes(file), stderr);
  }
});

test('an import beside a running server is on its pages', async (t) => {
  const { classic, db, kinglet } = filesFor(t, COMMUNITY);
  const server = await serverFor(t, { db });
  assert.ok(!(await new Client(server.web).get('/public')).text.includes('the second'));
  const { code, stderr } = await kinglet(['import', classic]);
  assert.equal(code, 0, stderr);
  const { answer } = await signIn(server, 'Mellie Yost', PASSWORD);
  assert.equal(answer.status, 302, answer.text);
  assert.match((await new Client(server.web).get('/Roger%20Histand')).text, /the second/);
});

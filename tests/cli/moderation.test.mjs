/* posts, flag and user as a moderator types them, beside a running server. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { runKinglet, serverFor } from '../lib/server.mjs';

async function ok(args, options) {
  const end = await runKinglet(args, options);
  assert.equal(end.code, 0, `kinglet ${args.join(' ')}: ${end.stderr}`);
  return end.stdout;
}

/* Refused: the exit status, and one sentence on standard error that names `what`; nothing on standard output. */
async function refused(args, code, what, options) {
  const end = await runKinglet(args, options);
  assert.equal(end.code, code, `kinglet ${args.join(' ')}: ${end.stdout}${end.stderr}`);
  assert.match(end.stderr, what);
  assert.equal(end.stdout, '');
}

/* RFC 4180, strictly: rows of fields; throws on what it doesn't allow. */
function parseCsv(text) {
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  const rows = [[]];
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const match = field.exec(text);
    assert.ok(match, `not RFC 4180 at ${at}: ${JSON.stringify(text.slice(at, at + 60))}`);
    rows.at(-1).push(match[1]?.replaceAll('""', '"') ?? match[2]);
    if (match[3] !== ',' && field.lastIndex < text.length) rows.push([]);
  }
  return rows;
}

test('posts writes all posts as CSV that reads back as they were written', async (t) => {
  const server = await serverFor(t);
  const me = await signedIn(server.web, 'Quote "Master"'.replaceAll('"', ''));
  const texts = ['plain', 'with "quotes" and, commas', 'two\r\nlines', '=1+1', 'Ærø 李 \u{1F98A}'];
  for (const text of texts) await me.post('/add_message', { text });
  const [head, ...rows] = parseCsv(await ok(['posts', '--db', server.db]));
  assert.ok(head.includes('text') && head.includes('author') && head.includes('id'), head.join());
  const got = rows.map((row) => row[head.indexOf('text')].replaceAll('\r\n', '\n'));
  assert.deepEqual(got, texts.map((text) => text.replaceAll('\r\n', '\n')));
  for (const row of rows) {
    assert.equal(row.length, head.length);
    assert.equal(row[head.indexOf('author')], 'Quote Master');
  }
});

test('flag takes several posts or, where one is unknown, none', async (t) => {
  const server = await serverFor(t);
  const me = await signedIn(server.web, 'someone');
  for (const text of ['one', 'two', 'three']) await me.post('/add_message', { text });
  const flagged = async () => {
    const [head, ...rows] = parseCsv(await ok(['posts', '--db', server.db]));
    return rows.map((row) => row[head.indexOf('flagged')]).join('');
  };
  const ids = parseCsv(await ok(['posts', '--db', server.db])).slice(1).map(([id]) => id);
  await ok(['flag', '--db', server.db, ids[0], ids[2]]);
  assert.equal(await flagged(), '101');
  await refused(['flag', '--db', server.db, ids[1], '12345'], 1, /12345/);
  assert.equal(await flagged(), '101');
  await ok(['unflag', '--db', server.db, ids[0], ids[2]]);
  assert.equal(await flagged(), '000');
});

test('user lists, shows, promotes and deletes people, and sets their passwords', async (t) => {
  const server = await serverFor(t);
  const db = ['--db', server.db];
  const me = await signedIn(server.web, 'First Last');
  await signedIn(server.web, 'other');
  await me.post('/add_message', { text: 'soon gone' });
  assert.match(await ok(['user', 'list', ...db]), /First Last/);
  assert.match(await ok(['user', 'show', 'first last', ...db]), /First Last/);
  assert.doesNotMatch(await ok(['user', 'show', 'First Last', ...db]), /argon2/);
  await ok(['user', 'promote', 'First Last', ...db]);
  assert.match(await ok(['user', 'show', 'First Last', ...db]), /moderator|admin/i);

  await ok(['user', 'set-password', 'First Last', ...db], { input: 'brand new\n' });
  assert.match((await new Client(server.web).login('First Last', 'brand new')).text, /You were logged in/);
  assert.match((await new Client(server.web).login('First Last', 'default')).text, /Invalid password/);
  assert.equal((await me.get('/')).status, 302, 'the sessions have ended');

  for (const input of ['', 'no\n', 'y\n']) {
    const end = await runKinglet(['user', 'delete', 'First Last', ...db], { input });
    assert.equal(end.code, 1, `answered ${JSON.stringify(input)}`);
    assert.match(end.stderr, /nothing was deleted/);
  }
  assert.match(await ok(['user', 'list', ...db]), /First Last/);
  await ok(['user', 'delete', '--yes', 'First Last', ...db]);
  assert.doesNotMatch(await ok(['user', 'list', ...db]), /First Last/);
  assert.doesNotMatch(await ok(['posts', ...db]), /soon gone/);
  assert.match(await ok(['user', 'list', ...db]), /other/);
});

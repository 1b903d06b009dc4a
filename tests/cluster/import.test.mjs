/* `kinglet import` of a classic database into PostgreSQL brings what it brings into SQLite. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { FAST, startPostgres } from '../lib/postgres.mjs';
import { removeTempDir, runKinglet, tempDir } from '../lib/server.mjs';
import { assertSameTables, sqlite } from '../lib/tables.mjs';

const CLASSIC = `
create table user (user_id integer primary key autoincrement, username string not null,
  email string not null, pw_hash string not null);;
create table follower (who_id integer, whom_id integer);;
create table message (message_id integer primary key autoincrement, author_id integer not null,
  text string not null, pub_date integer, flagged integer);;
insert into user values (1, 'Roger Histand', 'roger@example.org', 'pbkdf2:sha256:1000$abc$${'0'.repeat(64)}');;
insert into user values (2, 'Mellie Yost', 'mellie@example.org', 'pbkdf2:sha256:1000$abd$${'1'.repeat(64)}');;
insert into follower values (1, 2), (1, 2);;
insert into message values (1, 2, 'the first <b>', 1582246860, 0), (2, 1, 'the second', 1582246861, 0),
  (3, 1, 'a hidden one', 1582246862, 1), (4, 9, 'of somebody who left', 1582246863, 0)`;

async function importTwice(file, db) {
  for (const added of [/^Added: 2 people|^Added: 3 people/m, /^Added: 0 people, 0 posts, 0 follows\.$/m]) {
    const { code, stdout, stderr } = await runKinglet(['import', file, '--db', db]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, added);
  }
}

test('an import into PostgreSQL is the same as one into SQLite, and a second adds nothing', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const pg = await startPostgres({ settings: FAST });
  t.after(() => pg.stop());
  const file = path.join(dir, 'minitwit.db');
  sqlite(`sqlite:${file}`, CLASSIC);
  const small = `sqlite:${path.join(dir, 'k.db')}`;
  const large = await pg.createDatabase('kinglet');
  await importTwice(file, small);
  await importTwice(file, large);
  const posts = async (db) => (await runKinglet(['posts', '--db', db])).stdout.replaceAll(/^\d+,/gm, '');
  assert.equal(await posts(large), await posts(small));
  const back = `sqlite:${path.join(dir, 'back.db')}`; // what it made is copied like everything else
  const frozen = await runKinglet(['freeze', '--db', large]);
  assert.equal(frozen.code, 0, frozen.stderr);
  const copied = await runKinglet(['copy', '--from', large, '--to', back]);
  assert.equal(copied.code, 0, copied.stdout + copied.stderr);
  await assertSameTables(back, large);
  const again = await runKinglet(['import', file, '--db', back]);
  assert.match(again.stdout, /^Added: 0 people, 0 posts, 0 follows\.$/m);
});

/*
 * tables.mjs: everything that a database holds, read past Kinglet: by Python's sqlite3 and by psql, in lines
 * that mean the same for both engines.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { psql } from './postgres.mjs';

const hex = { sqlite: (column) => `hex(${column})`, postgres: (column) => `upper(encode(${column}, 'hex'))` };
/* A text as hexadecimal digits, so that no line break or separator in it matters. */
const text = {
  sqlite: (column) => `hex(${column})`,
  postgres: (column) => `upper(encode(convert_to(${column}, 'UTF8'), 'hex'))`,
};
const flag = { sqlite: (column) => column, postgres: (column) => `${column}::int` };

/* name: [from, order, columns]; a column is a name, or [kind, name]. */
const TABLES = {
  user: [
    '"user"', 'id',
    ['id', [text, 'name'], [text, 'name_key'], [text, 'email'], [text, 'pw_hash'], 'role', 'created_ms'],
  ],
  user_count: ['user_count', 'user_id', ['user_id', 'posts', 'followers', 'following']],
  follow: ['follow', 'follower_id, followee_id', ['follower_id', 'followee_id']],
  post: ['post', 'id', ['id', 'author_id', [text, 'text'], 'created_ms', [flag, 'flagged']]],
  session: [
    'session', 'hash', [[hex, 'hash'], 'user_id', 'created_ms', 'seen_ms', 'expires_ms', [text, 'user_agent']],
  ],
  origin_set: ['origin_set', 'id', ['id', [text, 'kind'], [text, 'source']]],
  origin: ['origin', 'set_id, legacy_id', ['set_id', 'legacy_id', 'id']],
};
const STATE = {
  sqlite: 'SELECT latest, users, posts, follows, sessions FROM state',
  postgres: 'SELECT (SELECT value FROM latest), sum(users), sum(posts), sum(follows), sum(sessions) FROM total',
};

function select(engine, [from, order, columns]) {
  const list = columns.map((column) => (typeof column === 'string' ? column : column[0][engine](column[1])));
  return `SELECT ${list.join(', ')} FROM ${from} ORDER BY ${order}`;
}

/* Runs SQL in a SQLite file past Kinglet; the rows, a line each. */
export function sqlite(url, sql) {
  const script = `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.stdin.read().split(';;'):
    for row in c.execute(statement): print('|'.join(str(value) for value in row))
`;
  const done = spawnSync('python3', ['-c', script, url.replace('sqlite:', '')], {
    input: sql, encoding: 'utf8', maxBuffer: 1 << 30,
  });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trimEnd();
}

/* {table: lines} */
export async function tablesOf(url) {
  const engine = url.startsWith('sqlite:') ? 'sqlite' : 'postgres';
  const ask = (sql) => (engine === 'sqlite' ? sqlite(url, sql) : psql(url, sql));
  const tables = { state: await ask(STATE[engine]) };
  for (const [name, table] of Object.entries(TABLES)) tables[name] = await ask(select(engine, table));
  return tables;
}

/* Both databases hold the same; says which table doesn't, and a line. */
export async function assertSameTables(got, wanted) {
  const a = await tablesOf(got);
  const b = await tablesOf(wanted);
  for (const name of Object.keys(b)) {
    if (a[name] === b[name]) continue;
    const lines = [a[name].split('\n'), b[name].split('\n')];
    const at = lines[0].findIndex((line, i) => line !== lines[1][i]);
    assert.fail(`${name}: ${lines[0].length} and ${lines[1].length} rows; got ${lines[0][at]}, wanted ${lines[1][at]}`);
  }
}

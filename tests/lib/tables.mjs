/*
 * tables.mjs: everything that a database holds, read past Kinglet: by Python's sqlite3 and by psql, in lines
 * that mean the same for both engines.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { psql } from './postgres.mjs';

/* What belongs to one database alone, or is made anew from the rest. Any other table is looked at, whoever adds it. */
const OWN_TABLES = /^(schema_\w+|note|sample|state|total|latest|history|post_key|mail_queue|post_index\w*|post_unindexed|post_tag|search_state)$/;
const OWN_COLUMNS = new Set(['user_count.follow_version']);
const STATE = {
  sqlite: 'SELECT latest, users, posts, follows, sessions FROM state',
  postgres: 'SELECT (SELECT value FROM latest), sum(users), sum(posts), sum(follows), sum(sessions) FROM total',
};
const COLUMNS = {
  sqlite: `SELECT m.name, c.name, lower(c.type) FROM sqlite_schema m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'`,
  postgres: `SELECT table_name, column_name, data_type FROM information_schema.columns
    WHERE table_schema = current_schema()`,
};

/* Texts and bytes as hexadecimal digits, so that no line break or separator in them matters. */
const SHOWN = {
  sqlite: { text: (column) => `hex(${column})`, blob: (column) => `hex(${column})` },
  postgres: {
    text: (column) => `upper(encode(convert_to(${column}, 'UTF8'), 'hex'))`,
    bytea: (column) => `upper(encode(${column}, 'hex'))`,
    boolean: (column) => `${column}::int`,
  },
};

/* {table: SELECT}, with columns in the order of their names, which is the same for both engines. */
function selects(engine, columns) {
  const tables = {};
  for (const [table, column, type] of columns.split('\n').map((line) => line.split('|')).sort()) {
    if (OWN_TABLES.test(table) || OWN_COLUMNS.has(`${table}.${column}`)) continue;
    (tables[table] ??= []).push((SHOWN[engine][type] ?? ((name) => name))(`"${column}"`));
  }
  return Object.fromEntries(Object.entries(tables).map(([table, shown]) =>
    [table, `SELECT ${shown.join(', ')} FROM "${table}" ORDER BY ${shown.map((_, at) => at + 1).join(', ')}`]));
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
  for (const [name, sql] of Object.entries(selects(engine, await ask(COLUMNS[engine])))) tables[name] = await ask(sql);
  return tables;
}

/* Both databases hold the same; says which table doesn't, and a line. */
export async function assertSameTables(got, wanted) {
  const a = await tablesOf(got);
  const b = await tablesOf(wanted);
  assert.deepEqual(Object.keys(a).sort(), Object.keys(b).sort(), 'both have the same tables');
  for (const name of Object.keys(b)) {
    if (a[name] === b[name]) continue;
    const lines = [a[name].split('\n'), b[name].split('\n')];
    const at = lines[0].findIndex((line, i) => line !== lines[1][i]);
    assert.fail(`${name}: ${lines[0].length} and ${lines[1].length} rows; got ${lines[0][at]}, wanted ${lines[1][at]}`);
  }
}

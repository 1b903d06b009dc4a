/* A node that reaches PostgreSQL over TLS: the certificate is proved, connections last, a dead one costs nothing. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { giveToDaemons } from '../lib/daemon.mjs';
import { startPostgres } from '../lib/postgres.mjs';
import { removeTempDir, runKinglet, serverFor, tempDir, waitFor } from '../lib/server.mjs';

let pg;
let dir;
let count = 0;

const openssl = (...args) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });

/* A root and a certificate for the name localhost. */
function makeCertificates() {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const root = ['-subj', '/CN=Test Root', '-addext', 'basicConstraints=critical,CA:TRUE', '-days', '2'];
  for (const name of ['root', 'stranger']) {
    openssl('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.crt`, ...root);
  }
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(path.join(dir, 'names'), 'subjectAltName=DNS:localhost\n');
  const signer = ['-CA', 'root.crt', '-CAkey', 'root.key', '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', ...signer, '-extfile', 'names', '-out', 'server.crt');
}

before(async () => {
  dir = tempDir('kinglet-tls-');
  makeCertificates();
  pg = await startPostgres();
  for (const name of ['server.key', 'server.crt']) {
    const file = path.join(pg.dataDir, name);
    writeFileSync(file, readFileSync(path.join(dir, name)));
    chmodSync(file, 0o600);
    giveToDaemons(file);
  }
  const hba = path.join(pg.dataDir, 'pg_hba.conf');
  writeFileSync(hba, 'local all all trust\nhostssl all all 127.0.0.1/32 trust\n');
  await pg.psql('ALTER SYSTEM SET ssl = on');
  await pg.restart();
});
after(async () => {
  await pg.stop();
  removeTempDir(dir);
});

const verified = (root) => `sslmode=verify-full&sslrootcert=${encodeURIComponent(path.join(dir, `${root}.crt`))}`;

async function databaseOver(parameters) {
  const name = `tls_${count++}`;
  await pg.createDatabase(name);
  return { name, db: `postgres://postgres@localhost:${pg.port}/${name}?hostaddr=127.0.0.1&${parameters}` };
}

async function read(node) {
  const response = await fetch(`${node.web}/public`);
  await response.arrayBuffer();
  return response.status;
}

/* pid and beginning of each connection of the node's, over TLS; all must be. */
async function connections(name) {
  const sql = `SELECT a.pid, a.backend_start, s.ssl FROM pg_stat_activity a JOIN pg_stat_ssl s USING (pid)
    WHERE a.datname = '${name}' ORDER BY 1`;
  const rows = (await pg.psql(sql)).split('\n').filter(Boolean);
  for (const row of rows) assert.match(row, /\|t$/, 'over TLS');
  return rows;
}

const opened = async (node) =>
  Number(/^kinglet_db_connections_opened_total (\d+)/m.exec(await (await fetch(`${node.admin}/metrics`)).text())[1]);

for (const [what, parameters] of [
  ['sslmode=require', () => 'sslmode=require'],
  ['sslmode=verify-full with a root certificate', () => verified('root')],
]) {
  test(`connections over TLS are opened once and not for each request: ${what}`, async (t) => {
    const { name, db } = await databaseOver(parameters());
    const node = await serverFor(t, { db });
    for (let i = 0; i < 5; i++) assert.equal(await read(node), 200);
    const first = await connections(name);
    const before = await opened(node);
    assert.ok(first.length >= 1, 'there are connections');
    for (let i = 0; i < 100; i++) assert.equal(await read(node), 200);
    const last = await connections(name);
    assert.deepEqual(first.filter((row) => !last.includes(row)), [], 'each of those is still there');
    assert.equal(await opened(node), before, 'connections opened');
  });
}

test('a killed backend costs no read over TLS', async (t) => {
  const { name, db } = await databaseOver(verified('root'));
  const node = await serverFor(t, { db });
  for (let i = 0; i < 10; i++) {
    assert.equal(await read(node), 200);
    const [victim] = (await connections(name)).map((row) => row.split('|')[0]);
    await pg.psql(`SELECT pg_terminate_backend(${victim})`);
    await waitFor('it is gone', async () => !(await connections(name)).some((row) => row.startsWith(`${victim}|`)));
    const statuses = await Promise.all(Array.from({ length: 4 }, () => read(node)));
    assert.deepEqual(statuses, [200, 200, 200, 200]);
  }
});

test('a server whose certificate another root has signed is refused', async () => {
  const { db } = await databaseOver(verified('stranger'));
  const { code, stderr } = await runKinglet(['serve', '--db', db, '--db-start-wait-s', '0']);
  assert.equal(code, 1);
  assert.match(stderr, /certificate verify failed/);
});

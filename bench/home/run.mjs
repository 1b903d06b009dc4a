#!/usr/bin/env node
/*
 * run.mjs [PEOPLE [POSTS…]]: what home timelines cost, in worlds of so many people (100,000; 40,000 at least) and
 * these numbers of posts (100,000 and 10,000,000) on a PostgreSQL of its own, which waits for the disk, and on
 * SQLite, in turns. `./dev bench home` calls it. The large worlds take some 6 GB below TMPDIR, and 5 to 15
 * minutes; all is removed at the end.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../tests/lib/postgres.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const program = path.join(root, 'build/bench/home');
const world = readFileSync(path.join(root, 'bench/home/world.sql'), 'utf8');
const [people = '100000', ...given] = process.argv.slice(2);
const sizes = given.length ? given : ['100000', '10000000'];

function home(...args) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${program} ${args[0]}: status ${status}`);
}

const dir = mkdtempSync(path.join(os.tmpdir(), 'kinglet-home-'));
const server = await startPostgres({ settings: { shared_buffers: '2GB', max_wal_size: '8GB' } });
try {
  const urls = [];
  for (const posts of sizes) {
    const url = await server.createDatabase(`world${posts}`);
    home('create', url);
    const sql = `\\set people ${people}\n\\set posts ${posts}\n${world}`;
    await server.psql(sql, `world${posts}`, { timeoutMs: 1800000 });
    const file = path.join(dir, `${posts}.db`);
    home('fill', file, people, posts);
    urls.push(url, `sqlite:${file}`);
  }
  home('measure', ...urls);
} finally {
  await server.stop();
  rmSync(dir, { recursive: true });
}

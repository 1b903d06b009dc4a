#!/usr/bin/env node
/*
 * with_postgres.mjs [--fast] COMMAND [ARGUMENT…]: runs a command beside a PostgreSQL of its own, whose URL is in
 * KINGLET_TEST_POSTGRES (as a superuser, so that tests can make databases), and beside a PgBouncer before it in
 * transaction mode, whose URL is in KINGLET_TEST_PGBOUNCER; ends both, and passes on the command's exit status.
 * --fast: nothing waits for the disk; not for tests that kill the server.
 */
import { spawn } from 'node:child_process';
import os from 'node:os';
import { FAST, startPgBouncer, startPostgres } from './postgres.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const args = process.argv.slice(2);
const fast = args[0] === '--fast';
if (fast) args.shift();
if (!args.length) {
  process.stderr.write('usage: with_postgres.mjs [--fast] COMMAND [ARGUMENT…]\n');
  process.exit(2);
}

const server = await startPostgres({ settings: fast ? FAST : {} });
const pooler = await startPgBouncer(server, { default_pool_size: 4, max_client_conn: 1000 });
const child = spawn(args[0], args.slice(1), {
  stdio: 'inherit',
  env: { ...process.env, KINGLET_TEST_POSTGRES: server.url, KINGLET_TEST_PGBOUNCER: pooler.url },
});
for (const signal of SIGNALS) {
  process.removeAllListeners(signal); // from here on the command decides when it ends
  process.on(signal, () => child.kill(signal));
}
const status = await new Promise((resolve) => {
  child.on('error', (error) => {
    process.stderr.write(`with_postgres: ${error.message}\n`);
    resolve(127);
  });
  child.on('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal]));
});
await pooler.stop();
await server.stop();
process.exit(status);

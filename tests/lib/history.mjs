/*
 * history.mjs: fills the dashboard's history with what a community of some thousand people might have left
 * in 30 days, on two nodes: days and nights, weekends, a slow afternoon, a node that was down. Always the
 * same, but for its end, which is now. For tests of what is drawn, and for pictures.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { signedIn } from './client.mjs';
import { removeTempDir, runKinglet, startServer, tempDir } from './server.mjs';

const LEVELS = [[60, 2 * 86400], [600, 9 * 86400], [3600, 31 * 86400], [86400, 31 * 86400]];
export const NODES = ['kinglet-a:8080', 'kinglet-b:8080'];

/* Numbers that look like chance and are the same each time. */
function noise(seed) {
  let x = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/* How busy it is: 0.1 at night to 1 in the evening, less on weekends. */
function busy(at) {
  const hour = (at % 86400) / 3600;
  const weekday = (Math.floor(at / 86400) + 4) % 7;
  const toPeak = Math.abs(((hour - 19.5 + 36) % 24) - 12);
  const day = 0.12 + 0.88 * Math.exp(-(toPeak ** 2) / 22);
  return day * (weekday === 0 || weekday === 6 ? 0.7 : 1);
}

const sum = (a, b) => a.map((value, i) => value + b[i]);

/* One minute of one node, in the form of src/admin/history.h; null: it was down. */
function minute(at, node, now) {
  const age = now - at;
  if (node === 1 && age > 9 * 3600 && age < 10.5 * 3600) return null;
  if (age > 17 * 86400 && age < 17.1 * 86400) return null;
  const seed = at / 60 * 2 + node;
  const grown = 1 - age / (45 * 86400);
  const load = busy(at) * grown * (0.85 + 0.3 * noise(seed)) * (node ? 0.9 : 1);
  const slow = age > 4 * 3600 && age < 4.7 * 3600;
  const web = Math.round(load * 2600);
  const api = Math.round(load * 1400 * (0.8 + 0.4 * noise(seed + 7)));
  const failed = slow ? Math.round(web * 0.006) : noise(seed + 3) < 0.02 ? 1 : 0;
  const spread = (count, shares) => shares.map((share) => Math.round(count * share));
  const quick = [0, 0.25, 0.32, 0.22, 0.12, 0.05, 0.025, 0.009, 0.004, 0.002, 0, 0, 0, 0, 0, 0, 0];
  const tired = [0, 0.05, 0.12, 0.18, 0.2, 0.15, 0.1, 0.08, 0.06, 0.03, 0.02, 0.01, 0, 0, 0, 0, 0];
  const rss = Math.round((62 + 14 * load + 6 * noise(seed + 5) + node * 5) * 1024);
  return {
    minutes: 1, samples: 1, first_s: at, wall_ms: 60000, cores: 2,
    cpu_ms: Math.round(60000 * 2 * (0.02 + 0.3 * load * (slow ? 1.9 : 1))),
    cpu_permille_max: Math.round(1000 * (0.03 + 0.4 * load)),
    rss_kib_sum: rss, rss_kib_max: rss,
    in_flight_sum: Math.round(load * 6), in_flight_max: Math.round(load * 6),
    queue_sum: slow ? 14 : Math.round(load * 1.4), queue_max: slow ? 30 : Math.round(load * 3),
    connections_sum: Math.round(40 + 300 * load), connections_max: Math.round(40 + 300 * load),
    shed: slow && noise(seed + 9) < 0.3 ? 3 : 0, timeouts: noise(seed + 11) < 0.05 ? 1 : 0, store_errors: slow ? 1 : 0,
    commits: Math.round(load * 420), writes: Math.round(load * 610),
    frontend: [Math.round(web * 0.87), Math.round(web * 0.1), Math.round(web * 0.03), failed],
    backend: [Math.round(api * 0.97), 0, Math.round(api * 0.03), slow ? 1 : 0],
    frontend_latency: spread(web, slow ? tired : quick), backend_latency: spread(api, slow ? tired : quick),
    registered: noise(seed + 13) < load * 0.12 ? 1 : 0,
    posted: Math.round(load * 9 * noise(seed + 17)), followed: Math.round(load * 5 * noise(seed + 19)),
    users: Math.round(4200 - 80 * (age / 86400)), posts: Math.round(186000 - 3000 * (age / 86400)),
    follows: Math.round(61000 - 1500 * (age / 86400)), sessions: 900 + Math.round(300 * busy(at)),
    active: Math.round((700 + 180 * busy(at)) * grown),
  };
}

const MOST = new Set(['cpu_permille_max', 'rss_kib_max', 'in_flight_max', 'queue_max', 'connections_max']);
const LAST = new Set(['cores', 'users', 'posts', 'follows', 'sessions', 'active']);

/* As history_merge() does. */
function merge(into, more) {
  for (const [name, value] of Object.entries(more)) {
    const before = into[name];
    if (before === undefined || LAST.has(name)) into[name] = value;
    else if (name === 'first_s') into[name] = Math.min(before, value);
    else if (MOST.has(name)) into[name] = Math.max(before, value);
    else into[name] = Array.isArray(value) ? sum(before, value) : before + value;
  }
}

/* The rows as [resolution, at, node, data]. */
export function historyRows(nowS = Math.floor(Date.now() / 1000), days = 30) {
  const now = nowS - (nowS % 60);
  const rows = new Map();
  for (let at = now - days * 86400; at < now; at += 60) {
    NODES.forEach((node, index) => {
      const seen = minute(at, index, now);
      if (!seen) return;
      for (const [resolution, kept] of LEVELS) {
        if (at < now - kept) continue;
        const begin = at - (at % resolution);
        const key = `${resolution} ${begin} ${node}`;
        if (!rows.has(key)) rows.set(key, [resolution, begin, node, {}]);
        merge(rows.get(key)[3], seen);
      }
    });
  }
  return [...rows.values()];
}

/* In place of what the server itself has written meanwhile. */
const insert = ([resolution, at, node, data]) =>
  `INSERT OR REPLACE INTO sample (resolution_s, at_s, node, data)
   VALUES (${resolution}, ${at}, '${node}', '${JSON.stringify(data)}');`;
const sqlOf = (rows) => `BEGIN;\n${rows.map(insert).join('\n')}\nCOMMIT;\n`;

/* Into an embedded database, which may be in use. */
export function fillHistory(file, rows = historyRows()) {
  execFileSync('sqlite3', [file], { input: `.timeout 20000\n${sqlOf(rows)}`, maxBuffer: 1 << 28 });
}

/* What the history ends with, for pictures: as many people and posts as it says, and some flagged ones. */
function grow(file) {
  execFileSync('sqlite3', [file], { input: `.timeout 20000
    UPDATE post SET flagged = 1 WHERE id IN (SELECT id FROM post ORDER BY id DESC LIMIT 4 OFFSET 9);
    UPDATE state SET users = 4200, posts = 186000, follows = 61000, sessions = 1140;\n` });
}

/* A server with a month behind it, and an administrator who is signed in. {server, chief} */
export async function startWithHistory({ demo = false, ...options } = {}) {
  const dir = tempDir();
  const file = path.join(dir, 'kinglet.db');
  if (demo) await runKinglet(['demo', '--db', `sqlite:${file}`], { timeoutMs: 120000 });
  const args = ['--post-burst', '0', '--node-name', NODES[0], ...options.args ?? []];
  const server = await startServer({ ...options, db: `sqlite:${file}`, args });
  const chief = await signedIn(server.web, 'Chief');
  await runKinglet(['user', 'promote', 'Chief', '--db', `sqlite:${file}`]);
  /* A little ahead, so that the second node is still up when the page is looked at. */
  fillHistory(file, historyRows(Math.floor(Date.now() / 1000) + 300));
  if (demo) grow(file);
  const stop = async () => {
    const end = await server.stop();
    removeTempDir(dir);
    return end;
  };
  return { server: { ...server, stop }, chief };
}

/*
 * drill.mjs: three faults, each seeded into a real Kinglet under load and found from alerts, dashboards and logs alone,
 * as docs/drill.md tells it. Run by `./dev drill` with time for the curves, and by tests/ops/drill.test.mjs without.
 *
 *   await drill('full-disk', { say, lingerS, picture });
 *
 * A drill goes on when what it looks for is there, and throws where that doesn't come. `say(step, what)` gets each
 * piece of evidence; `picture(step, node, charts)`, where given, takes one of the embedded dashboard; `lingerS` is how
 * long each of well, broken and well again lasts beyond that.
 */
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { smallDisk } from './chaos_storage.mjs';
import { startLoad } from './load.mjs';
import { OPS, startPostgresExporter, startPrometheus } from './monitoring.mjs';
import { FAST, psql, startPostgres } from './postgres.mjs';
import { startNode, startProxy } from './proxy.mjs';
import { jsonLines, waitFor } from './server.mjs';

const PATIENCE_MS = 180000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* ---- the place ----------------------------------------------------------------------------------------------- */

/* Nodes on `db`, two behind the balancer where it is a server, and a Prometheus with the rules of ops/prometheus. */
async function startPlace(later, { db, count, args = [], exporter }) {
  const nodes = [];
  for (let i = 0; i < count; i++) {
    const node = await startNode({
      db, env: { KINGLET_LOG_FORMAT: 'json' },
      args: ['--node-name', `node${i + 1}`, '--history-interval-s', '5', '--post-burst', '0', ...args],
    });
    later(() => node.remove());
    nodes.push(node);
  }
  const proxy = count > 1 ? await startProxy({ web: nodes, api: nodes }) : null;
  if (proxy) later(() => proxy.stop());
  const prometheus = await startPrometheus({
    factor: 60, // minutes of patience are seconds
    targets: {
      kinglet: nodes.map((node) => new URL(node.admin).host), postgres: exporter ? [exporter.address] : [],
      haproxy: proxy ? [`127.0.0.1:${proxy.metricsPort}`] : [],
    },
  });
  later(() => prometheus.stop());
  return { nodes, prometheus, web: proxy?.web ?? nodes[0].web, api: proxy?.api ?? nodes[0].api };
}

/* ---- what an operator looks at -------------------------------------------------------------------------------- */

const alert = (name) => ['alert', async ({ prometheus }) => {
  const fires = (one) => one.state === 'firing' && one.labels.alertname === name;
  const found = (await prometheus.alerts()).find(fires);
  return found && `${name}: ${found.annotations.summary}`;
}];

/* The first series of a query, where its value is more than `least`. */
const series = (query, least) => ['query', async ({ prometheus }) => {
  const found = (await prometheus.query(query)).find(({ value }) => Number(value[1]) > least);
  return found && `${query}\n  ${JSON.stringify(found.metric)} ${Number(found.value[1]).toFixed(3)}`;
}];

const FIELDS = [
  '@timestamp', 'log.level', 'message', 'service.name', 'service.node.name', 'http.request.id', 'url.path',
  'http.response.status_code', 'kinglet.operation', 'event.duration', 'error.type', 'error.message',
];

/* A line of the nodes' logs, without the fields that say nothing here. */
const line = (wanted) => ['log', ({ nodes, seededAt }) => {
  const lines = nodes.flatMap((node) => jsonLines(node.server.stdout()));
  const found = lines.find((one) => Date.parse(one['@timestamp']) >= seededAt && wanted(one));
  return found && JSON.stringify(Object.fromEntries(FIELDS.filter((name) => name in found).map((name) =>
    [name, found[name]])));
}];

const readyz = (check, reason) => ['readyz', async ({ nodes }) => {
  const answer = await fetch(`${nodes[0].admin}/readyz`);
  const found = (await answer.json()).checks.find(({ name, ok }) => name === check && !ok);
  return found && reason.test(found.reason) && `${answer.status} ${JSON.stringify(found)}`;
}];

const answers = (status, what, ask) => ['answer', async (place) => {
  const got = await ask(place);
  return got === status && `${status} ${what}`;
}];

const quiet = (name) => ['over', async ({ prometheus }) => {
  const alerts = await prometheus.alerts();
  return !alerts.some((one) => one.labels.alertname === name && one.state === 'firing') && `${name} is over`;
}];

const ready = ['over', async ({ nodes }) => {
  const all = await Promise.all(nodes.map((node) => fetch(`${node.admin}/readyz`)));
  const bodies = await Promise.all(all.map((one) => one.json()));
  return bodies.every(({ checks }) => checks.every(({ ok }) => ok)) && '/readyz: every check is ok on every node';
}];

/* ---- faults --------------------------------------------------------------------------------------------------- */

/*
 * Each: start(later) answers a place; seed and heal change what is around Kinglet, never Kinglet itself; `shown` is
 * what gives it away, in the order in which docs/drill.md looks; `over` shows that it is gone.
 */
const OLD_POSTS = 1000000;
const INDEX = 'post_by_author ON post (author_id, flagged, id)';

const slowQuery = {
  rate: 16,
  charts: ['frontend-latency', 'backend-latency'],
  async start(later) {
    const pg = await startPostgres({ settings: FAST });
    later(() => pg.stop());
    const db = await pg.createDatabase('kinglet');
    const place = await startPlace(later, { db, count: 2 });
    /* Of many authors, so that PostgreSQL expects few posts of each. */
    await psql(db, `INSERT INTO "user" SELECT (1780000000000 + n) << 16, 'archive' || n, 'archive' || n,
        'a@example.com', '', 0, 0 FROM generate_series(1, 5000) n;
      INSERT INTO user_count (user_id) SELECT id FROM "user";
      INSERT INTO post (id, author_id, text, created_ms, flagged)
      SELECT (1790000000000 + n) << 16, (1780000000001 + n % 5000) << 16, 'An old post, number ' || n,
        1790000000000 + n, false FROM generate_series(1, ${OLD_POSTS}) n;
      ANALYZE;`, { timeoutMs: PATIENCE_MS });
    return { ...place, db };
  },
  seed: ({ db }) => psql(db, 'DROP INDEX post_by_author'),
  shown: [
    alert('LatencyBurnsFast'),
    series('topk(1, histogram_quantile(0.99, sum by (le, service, route) '
      + '(rate(kinglet_http_request_duration_seconds_bucket{service="frontend"}[30s]))))', 0.2),
    series('histogram_quantile(0.99, sum by (le, operation) '
      + '(rate(kinglet_store_operation_duration_seconds_bucket{operation="timeline_user"}[30s])))', 0.2),
    line((one) => one.message === 'slow store operation' && one['kinglet.operation'] === 'timeline_user'),
  ],
  heal: ({ db }) => psql(db, `CREATE INDEX CONCURRENTLY ${INDEX}`, { timeoutMs: PATIENCE_MS }),
  over: [quiet('LatencyBurnsFast'), ready],
};

const DISK_BYTES = 320 << 20; // more than what /readyz wants to be left

const fullDisk = {
  rate: 120, // it writes on into the room that its log has; only then is the disk full for it
  charts: ['errors', 'commits'],
  blind: true, // the history can't be written, either: what was counted meanwhile comes with the next sample
  async start(later) {
    const disk = smallDisk(DISK_BYTES);
    if (!disk) return null;
    later(() => disk.remove());
    const place = await startPlace(later, { db: `sqlite:${path.join(disk.tables, 'kinglet.db')}`, count: 1 });
    return { ...place, disk };
  },
  seed: ({ disk }) => disk.fill(),
  shown: [
    alert('ErrorSpike'),
    readyz('disk', /space|MiB|disk/i),
    series('kinglet_store_disk_free_bytes < 268435456', -1),
    series('sum by (service, route, status) (rate(kinglet_http_requests_total{status="503"}[30s]))', 0),
    line((one) => one['http.response.status_code'] === 503 && one['error.type'] === 'full'),
    answers(200, 'for GET /public: reads go on', async ({ web }) => (await fetch(`${web}/public`)).status),
  ],
  heal: ({ disk }) => disk.free(),
  over: [quiet('ErrorSpike'), ready],
};

/* One connection of the stranger, who speaks just enough of PostgreSQL's protocol; null: refused. */
function takeConnection(port) {
  const words = Buffer.from('user\0report\0database\0kinglet\0application_name\0nightly-report\0\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + words.length);
  head.writeInt32BE(3 << 16, 4); // the protocol's version, 3.0
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(Buffer.concat([head, words])));
    socket.once('data', (data) => {
      socket.resume();
      resolve(data.toString('latin1', 0, 1) === 'R' ? socket : null);
    });
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(null));
  });
}

/* A program that takes one connection after another and gives none back, until stop(). */
function startStranger(port) {
  const held = [];
  let going = true;
  let eager = false; // from the first refusal on, as what tries again at once
  const done = (async () => {
    while (going) {
      const socket = await takeConnection(port);
      if (socket) held.push(socket);
      else eager = true;
      await pause(eager ? 1 : 300);
    }
  })();
  return {
    async stop() {
      going = false;
      await done;
      for (const socket of held) socket.destroy();
    },
  };
}

const CONNECTIONS = 28;
const RESERVED = 3; // of them, for superusers: PostgreSQL's default

/*
 * What any restart or failover of the database does, again until the stranger has come back faster than the nodes: they
 * hold no connection, and all that PostgreSQL gives to such as them are taken.
 */
async function loseConnections({ pg }) {
  const cut = `SELECT count(pg_terminate_backend(pid)) FILTER (WHERE usename = 'kinglet_node') = 0
      AND count(*) >= ${CONNECTIONS - RESERVED}
    FROM pg_stat_activity JOIN pg_roles ON rolname = usename WHERE NOT rolsuper`;
  await waitFor('the stranger to hold what the nodes held', async () => (await pg.psql(cut)) === 't', PATIENCE_MS);
}

const takenConnections = {
  rate: 40,
  charts: ['frontend', 'errors'],
  blind: true, // the embedded dashboard reads the database, too
  async start(later) {
    const pg = await startPostgres({ settings: { ...FAST, max_connections: CONNECTIONS } });
    later(() => pg.stop());
    await pg.psql('CREATE ROLE kinglet_node LOGIN; CREATE ROLE report LOGIN');
    const db = await pg.createDatabase('kinglet');
    await pg.psql('ALTER DATABASE kinglet OWNER TO kinglet_node; ALTER SCHEMA public OWNER TO kinglet_node', 'kinglet');
    await psql(db, readFileSync(path.join(OPS, 'postgres-role.sql'), 'utf8'), { env: { ROLE_PASSWORD: 'trusted' } });
    const exporter = await startPostgresExporter(pg, 'kinglet');
    later(() => exporter.stop());
    const url = db.replace('//postgres@', '//kinglet_node@');
    const place = await startPlace(later, { db: url, count: 2, args: ['--db-connections', '4'], exporter });
    return { ...place, pg };
  },
  async seed(place) {
    place.stranger = startStranger(place.pg.port);
  },
  shown: [
    alert('DatabaseConnectionsNearLimit'),
    ['who', async ({ pg }) => (await pg.psql('SELECT usename, application_name, count(*) FROM pg_stat_activity '
      + 'WHERE usename IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC')).replaceAll('\n', '\n  ')],
    ['cut', async (place) => {
      await loseConnections(place);
      return 'the nodes lose their connections, as in any failover';
    }],
    alert('DatabaseAway'),
    series('sum(kinglet_db_connections_failed_total)', 0),
    line((one) => one.message === 'database is away'),
    line((one) => /^database is (still )?away$/.test(one.message) && /connection slots/.test(one['error.message'])),
    line((one) => one['service.name'] === 'backend' && one['http.response.status_code'] === 503),
    readyz('store', /./),
  ],
  heal: ({ stranger }) => stranger.stop(),
  over: [quiet('DatabaseAway'), quiet('DatabaseConnectionsNearLimit'), ready],
};

export const drills = { 'slow-query': slowQuery, 'full-disk': fullDisk, connections: takenConnections };

/* ---- a drill -------------------------------------------------------------------------------------------------- */

async function lookAt(place, signs, step, say) {
  for (const [kind, look] of signs) {
    const found = await waitFor(`${step}: ${kind} ${look}`, () => look(place), PATIENCE_MS).catch((error) => {
      const loud = place.nodes.flatMap((node) => jsonLines(node.server.stdout()))
        .filter((one) => ['warn', 'error'].includes(one['log.level']));
      const end = loud.slice(-12).map((one) => JSON.stringify(one));
      throw new Error([`${error.message}; the log ends`, ...end].join('\n'));
    });
    say(step, `${kind}: ${found}`);
  }
}

/* Runs one; false where this machine can't: no small disk may be mounted. Throws where a sign doesn't show. */
export async function drill(name, { say = () => {}, lingerS = 0, picture = async () => {} } = {}) {
  const fault = drills[name];
  const undo = [];
  try {
    const place = await fault.start((end) => undo.push(end));
    if (!place) return false;
    const load = await startLoad({ web: place.web, api: place.api, rate: fault.rate });
    undo.push(() => load.stop(), () => place.stranger?.stop());
    await load.more(30, PATIENCE_MS);
    await lookAt(place, [ready], 'well', say);
    await pause(lingerS * 1000);
    await lookAt(place, fault.over, 'well', say); // or nothing is proved
    place.seededAt = Date.now();
    await fault.seed(place);
    say('broken', `seeded at ${new Date(place.seededAt).toISOString()}`);
    await lookAt(place, fault.shown, 'broken', say);
    await pause(lingerS * 1000);
    if (!fault.blind) await picture('broken', place.nodes[0], fault.charts);
    await fault.heal(place);
    say('healed', `at ${new Date().toISOString()}`);
    await lookAt(place, fault.over, 'healed', say);
    await load.more(30, PATIENCE_MS);
    await pause(lingerS * 1000);
    await picture('over', place.nodes[0], fault.charts);
    return true;
  } finally {
    for (const end of undo.reverse()) await end();
  }
}

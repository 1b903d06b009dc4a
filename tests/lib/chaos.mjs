/*
 * chaos.mjs: what is done to a cluster (cluster.mjs) under a steady load (load.mjs), and what must be true of it then.
 *
 *   const { summary, problems, notes } = await scenarios.nodes({ rounds: 1 });
 *
 * Each scenario starts what it needs, does its harm, heals, stops the load, and compares everything that was
 * acknowledged with the database and with what each node shows. It answers
 *   summary     of load_stats.mjs, with `lost` and `unknownKept`
 *   problems    words, each a promise of docs/reliability.md that was broken; none where all is well
 *   notes       words about what was measured besides
 *
 * Options of all: `rounds`, how often the harm is done; `rate`, requests a second; `between`, writes and reads that
 * must succeed before the next step; `slowMs`, the longest that a failure may take; `say(words)` of what is being done.
 */
import { restoreUnderLoad, smallDisk } from './chaos_storage.mjs';
import { startCluster } from './cluster.mjs';
import { startFlood } from './flood.mjs';
import { startLoad } from './load.mjs';

export const BACK_WITHIN_MS = 30000;
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const since = (begun) => performance.now() - begun;

function withDefaults(options) {
  return { rounds: 1, rate: 80, between: 30, slowMs: 2000, say: () => {}, ...options };
}

/* What no fault may ever do. */
async function problemsOf(cluster, ledger, summary, options) {
  const found = await ledger.checkSql((sql) => cluster.psql(sql));
  const urls = (surface) => cluster.of(surface).filter(({ up }) => up).map((node) => node[surface]);
  const shown = await ledger.checkNodes({ web: urls('web'), api: urls('api') });
  const problems = [];
  const none = (what, list) => {
    if (list.length) problems.push(`${what}: ${list.length}, such as ${list.slice(0, 3).join('; ')}`);
  };
  none('acknowledged, and lost', found.lost);
  none('there twice', found.twice);
  none('refused, and there', found.refusedYetThere);
  none('follows other than acknowledged', found.follows);
  none('posts out of order', found.order);
  none('sums that differ from the rows', found.counts);
  none('not what nodes show', shown);
  none('answers older than what was acknowledged before', summary.stale);
  const all = { ...summary.failedReads, ...summary.failedWrites };
  none('requests without an answer', all.hung ? [`${all.hung} hung`] : []);
  none('refused for no reason', Object.keys(all).filter((kind) => /^4/.test(kind)));
  const slow = summary.slowestRefusalMs;
  if (slow > options.slowMs) problems.push(`a failure took ${seconds(slow)}, not ${seconds(options.slowMs)} at most`);
  if (slow > options.slowMs) problems.push(`the slowest: ${summary.slowest.join('; ')}`);
  else if (problems.length) problems.push(`failures: ${summary.examples.join('; ')}`);
  return { problems, lost: found.lost.length, unknownKept: found.unknownKept };
}

/*
 * Runs act(cluster, load, result, options) under load. It adds to result.problems and result.notes. Options may change
 * in it: what is judged afterwards is judged by them.
 */
async function underLoad(clusterOptions, given, act) {
  const options = withDefaults(given);
  const { say, rate, between } = options;
  say('starting');
  const cluster = await startCluster(clusterOptions);
  const result = { problems: [], notes: [] };
  let load = null;
  try {
    load = await startLoad({ web: cluster.web, api: cluster.api, rate, nodes: () => cluster.askable() });
    await load.more(between);
    await act(cluster, load, result, options);
    await load.more(between);
    const summary = await load.stop();
    say('comparing');
    const { problems, ...found } = await problemsOf(cluster, load.ledger, summary, options);
    result.summary = { ...summary, ...found, outcomes: load.ledger.outcomes() };
    result.problems.unshift(...problems);
    result.judge?.(result.summary);
  } catch (error) {
    error.message += `\n${cluster.nodes.map((node) => `${node.name}: ${node.words()}`).join('\n')}`;
    await load?.stop(); // else it goes on for ever
    throw error;
  } finally {
    await cluster.stop();
  }
  return result;
}

/* A problem where any of these failed, but for the kinds that are allowed. */
function onlyFailures(result, what, failures, allowed = []) {
  const others = Object.entries(failures).filter(([kind]) => !allowed.includes(kind));
  if (others.length) result.problems.push(`${what}: ${others.map(([kind, n]) => `${n} × ${kind}`).join(', ')}`);
}

const scenarioNodes = (options) =>
  underLoad({}, options, async (cluster, load, result, { rounds, between, say }) => {
    const names = rounds > 1 ? cluster.nodes.map(({ name }) => name) : ['web1', 'api1'];
    for (let round = 0; round < rounds; round++) {
      for (const name of names) {
        say(`kill -9 ${name}`);
        await cluster.node(name).kill();
        await load.more(between);
        await cluster.node(name).restart();
        await cluster.proxy.until(name, 'UP');
        await load.more(between);
      }
    }
    result.judge = (summary) => {
      onlyFailures(result, 'reads that could have been repeated', summary.failedReads);
      onlyFailures(result, 'writes that no killed node had', summary.failedWrites, ['502', 'connection']);
    };
  });

const scenarioRolling = (options) =>
  underLoad({}, options, async (cluster, load, result, { rounds, say }) => {
    for (let round = 0; round < rounds; round++) {
      for (const node of cluster.nodes) {
        say(`SIGTERM ${node.name}`);
        const { code, signal } = await node.term();
        if (code !== 0) result.problems.push(`${node.name} ended with ${code ?? signal}`);
        await node.restart();
        await cluster.proxy.until(node.name, 'UP');
      }
    }
    result.judge = (summary) => {
      onlyFailures(result, 'reads', summary.failedReads);
      onlyFailures(result, 'writes', summary.failedWrites);
    };
  });

/*
 * `what` of the primary's member is killed, as cluster_database.mjs takes it. Where its PostgreSQL lives on, nobody
 * tells it that it is no primary any more, until its Patroni is started again.
 */
const failover = (what, words) => (options) =>
  underLoad({ database: 'patroni' }, options, async (cluster, load, result, { rounds, say }) => {
    const { patroni } = cluster;
    const count = 'SELECT count(*) FROM post';
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await patroni.waitUntilHealthy();
      say(`kill -9 of ${words}`);
      const begun = performance.now();
      const old = await patroni.killPrimary(what);
      if (what.postgres) {
        await load.until('a write that fails', (now) => now.failedSince('write', begun) > 0, BACK_WITHIN_MS);
      }
      const now = await patroni.waitForPrimary({ not: old });
      result.notes.push(`${old} killed, ${now} took over after ${seconds(since(begun))}`);
      if (!what.postgres) {
        await load.until('writes to have moved', async () =>
          Number(await patroni.psql(count, { member: now })) > Number(await patroni.psql(count, { member: old })),
        BACK_WITHIN_MS);
        const writable = await patroni.psql('SELECT NOT pg_is_in_recovery()', { member: old });
        if (writable !== 't') result.problems.push(`${old} was told that it is no primary`);
      }
      await load.until('a write that succeeds', (seen) => seen.lastWriteMs > seen.lastFailedMs, 2 * BACK_WITHIN_MS);
      await load.more(30);
      await patroni.startMember(old);
      if (!what.postgres) await patroni.waitUntilHealthy();
    }
    if (rounds > 1) await patroni.waitUntilHealthy();
    result.judge = (summary) => {
      onlyFailures(result, 'writes that were answered otherwise than by 503', summary.failedWrites, ['503']);
      onlyFailures(result, 'reads that were answered otherwise than by 503', summary.failedReads, ['503']);
      if (summary.gapWriteMs > BACK_WITHIN_MS) result.problems.push(`no write for ${seconds(summary.gapWriteMs)}`);
    };
  });

/* What a node that is cut off says itself to who doesn't come by the balancer. */
async function askCutOff(node, result, slowMs) {
  const target = node.web ? '/public' : '/msgs?no=5';
  const headers = { Authorization: `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}` };
  const begun = performance.now();
  const { status } = await fetch((node.web ?? node.api) + target, { headers, signal: AbortSignal.timeout(8000) })
    .catch(() => ({ status: 'no answer' }));
  const ms = since(begun);
  result.notes.push(`${node.name}, cut off, says ${status} after ${seconds(ms)}`);
  if (status !== 503) result.problems.push(`${node.name}, cut off, says ${status}; wanted 503`);
  if (ms > slowMs) result.problems.push(`${node.name}, cut off, took ${seconds(ms)}`);
}

const scenarioPartition = (options) =>
  underLoad({ cuttable: ['web1', 'api1'] }, options, async (cluster, load, result, asked) => {
    const { rounds, between, slowMs, say } = asked;
    const nodes = ['web1', 'api1'].map((name) => cluster.node(name));
    result.notes.push(`cut by a ${nodes[0].link.kind}`);
    for (let round = 0; round < rounds; round++) {
      say('cutting web1 and api1 off the database');
      const begun = performance.now();
      for (const { link } of nodes) link.cut();
      await Promise.all(nodes.map(({ name }) => cluster.proxy.until(name, 'DOWN')));
      result.notes.push(`out after ${seconds(since(begun))}`);
      for (const node of nodes) await askCutOff(node, result, slowMs);
      await load.more(between);
      say('mending');
      const mended = performance.now();
      for (const { link } of nodes) link.mend();
      await Promise.all(nodes.map(({ name }) => cluster.proxy.until(name, 'UP')));
      result.notes.push(`in again after ${seconds(since(mended))}`);
      await load.more(between);
    }
    result.judge = (summary) => {
      onlyFailures(result, 'reads', summary.failedReads);
      onlyFailures(result, 'writes that were answered otherwise than by 503', summary.failedWrites, ['503']);
    };
  });

async function stopAll(cluster) {
  await cluster.removeProxy();
  await Promise.all(cluster.nodes.map((node) => node.term()));
  await cluster.pg.shutDown('SIGINT');
}

async function startAll(cluster, load) {
  await cluster.pg.start();
  await Promise.all(cluster.nodes.map((node) => node.restart()));
  await cluster.addProxy();
  Object.assign(load, { web: cluster.web, api: cluster.api });
}

const scenarioRedeploy = (options) =>
  underLoad({}, options, async (cluster, load, result, { rounds, between, say }) => {
    for (let round = 0; round < rounds; round++) {
      say('stopping everything, without load');
      await load.hold();
      const before = JSON.stringify(await cluster.counts());
      await stopAll(cluster);
      await startAll(cluster, load);
      const after = JSON.stringify(await cluster.counts());
      result.notes.push(`rows ${before}`);
      if (before !== after) result.problems.push(`rows ${before} became ${after}`);
      load.resume();
      await load.more(between);
      say('stopping everything, under load');
      const begun = performance.now();
      await stopAll(cluster);
      await startAll(cluster, load);
      result.notes.push(`down and up again in ${seconds(since(begun))}`);
      await load.more(between);
    }
    result.judge = ({ failedReads, failedWrites }) => {
      onlyFailures(result, 'reads', failedReads, ['connection', '503']);
      onlyFailures(result, 'writes', failedWrites, ['connection', '503']);
    };
  });

/* `lying`: the server acknowledges before it keeps, so that a checker can be seen to find it. */
const scenarioCrash = ({ lying = false, ...options } = {}) => {
  const settings = lying ? { synchronous_commit: 'off', wal_writer_delay: '10s' } : {};
  return underLoad({ settings }, options, async (cluster, load, result, { rounds, between, say }) => {
    for (let round = 0; round < rounds; round++) {
      say('kill -9 of PostgreSQL, all of it');
      await cluster.pg.kill();
      const begun = performance.now();
      await load.until('a write that fails', (now) => now.failedSince('write', begun) > 0);
      await cluster.pg.start();
      await Promise.all(cluster.nodes.map(({ name }) => cluster.proxy.until(name, 'UP')));
      await load.more(between);
    }
    result.judge = ({ failedReads, failedWrites }) => {
      onlyFailures(result, 'reads', failedReads, ['503']);
      onlyFailures(result, 'writes', failedWrites, ['503']);
    };
  });
};

const scenarioRestore = (options) => underLoad({}, options, restoreUnderLoad);

const scenarioDisk = async (options) => {
  const disk = smallDisk();
  if (!disk) return { summary: null, problems: [], notes: ['not tried: a small disk needs the right to mount one'] };
  try {
    return await underLoad({ tablespace: disk.tables }, options, async (cluster, load, result, { between, say }) => {
      say('filling the disk of the tables');
      disk.fill();
      const begun = performance.now();
      await load.until('a write that fails', (now) => now.failedSince('write', begun) > 0, 30000);
      const { read } = load.stats.succeeded;
      await load.until('reads that succeed', (now) => now.succeeded.read > read + between, 30000);
      say('giving back the space');
      disk.free();
      await load.more(between);
      result.judge = (summary) => {
        onlyFailures(result, 'reads', summary.failedReads);
        onlyFailures(result, 'writes that were answered otherwise than by 503', summary.failedWrites, ['503']);
      };
    });
  } finally {
    disk.remove();
  }
};

/* What the flood was told, and whether the database has it. */
async function judgeFlood(cluster, result, told) {
  const { answers, broken, acknowledged, slowOpen } = told;
  result.notes.push(`the flood: ${JSON.stringify(answers)}, ${broken} cut, ${slowOpen} slow clients at a time`);
  const odd = Object.keys(answers).filter((status) => !['200', '204', '429', '503'].includes(status));
  if (odd.length) result.problems.push(`the flood was answered ${odd}`);
  const there = (await cluster.psql("SELECT text FROM post WHERE text LIKE 'flood %'")).split('\n');
  const lost = acknowledged.filter((text) => !new Set(there).has(text));
  if (lost.length) result.problems.push(`${lost.length} posts of the flood were acknowledged and are lost`);
  if (new Set(there).size !== there.length) result.problems.push('posts of the flood are there twice');
}

const CONNECTIONS_OF_FOUR_NODES = 4 * 18; // docs/limits.md, and this file's own look

const scenarioFlood = (options) =>
  underLoad({
    settings: { max_connections: CONNECTIONS_OF_FOUR_NODES + 10 }, proxySettings: { KINGLET_CONNECTIONS: 5000 },
  }, options, async (cluster, load, result, { rounds, between, say }) => {
    const crowd = await fetch(`${cluster.api}/register`, {
      method: 'POST', body: JSON.stringify({ username: 'crowd', email: 'crowd@example.com', pwd: 'crowd' }),
    });
    if (crowd.status !== 204) throw new Error(`the crowd can't register: ${crowd.status}`);
    say('300 busy clients, 1,000 slow ones');
    const [web1, api1] = ['web1', 'api1'].map((name) => cluster.node(name));
    const flood = startFlood({
      web: cluster.web, api: cluster.api, name: 'crowd', busy: 300,
      slow: [cluster.web, cluster.api, web1.web, api1.api].map((base) => ({ base, count: 250 })),
    });
    let most = 0;
    for (let round = 0; round < rounds; round++) {
      await load.more(between);
      const sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'kinglet'";
      most = Math.max(most, Number(await cluster.psql(sql)));
    }
    await judgeFlood(cluster, result, await flood.stop());
    result.notes.push(`${most} connections to the database at most`);
    if (most > CONNECTIONS_OF_FOUR_NODES) result.problems.push(`${most} connections to the database`);
    result.judge = (summary) => {
      onlyFailures(result, 'reads', summary.failedReads, ['503']);
      onlyFailures(result, 'writes', summary.failedWrites, ['503']);
    };
  });

export const scenarios = {
  nodes: scenarioNodes,
  rolling: scenarioRolling,
  primary: failover({ patroni: true, postgres: true }, 'the primary, PostgreSQL and Patroni'),
  zombie: failover({ patroni: true, postgres: false }, 'the primary’s Patroni; its PostgreSQL lives on'),
  partition: scenarioPartition,
  redeploy: scenarioRedeploy,
  crash: scenarioCrash,
  restore: scenarioRestore,
  flood: scenarioFlood,
  disk: scenarioDisk,
};

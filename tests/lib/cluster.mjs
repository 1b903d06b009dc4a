/*
 * cluster.mjs: everything at once, as in production: nodes that serve pages and nodes that serve the API, each a
 * process, on one database, behind the load balancer.
 *
 *   const cluster = await startCluster({ web: 2, api: 2, database: 'single' });
 *   cluster.web, cluster.api     base URLs, of the proxy
 *   cluster.nodes                [{name, surface ('web' or 'api'), web or api, admin, up, link}]; names web1, api1 …
 *   cluster.node(name)
 *   cluster.askable()            the nodes that aren't being stopped, as load.mjs wants them
 *   await node.kill(), node.term(), node.restart()       SIGKILL; SIGTERM and its end; start again on the same ports
 *   await node.ready()           what /readyz answers now: a status, 0 for no answer
 *   cluster.psql(sql)            rows, past whatever is between nodes and database
 *   cluster.counts()             numbers of rows of what people made: {user: 3, …}
 *   cluster.pg                   of startPostgres(), for 'single'; or
 *   cluster.patroni              of startDatabaseCluster(), for 'patroni'
 *   cluster.proxy                of startProxy()
 *   cluster.removeProxy(), cluster.addProxy()       the same ports again
 *   await cluster.stop()         ends everything
 *
 * Options: `cuttable`, names of nodes whose way to the database goes by a link (link.mjs), with 'single'; `settings` of
 * PostgreSQL; `tablespace`, a folder for its tables; `nodeArgs`; `proxySettings`.
 */
import http from 'node:http';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { startDatabaseCluster } from './cluster_database.mjs';
import { freePorts } from './daemon.mjs';
import { makeLink } from './link.mjs';
import { startPostgres } from './postgres.mjs';
import { startProxy } from './proxy.mjs';
import { startServer } from './server.mjs';

/* The load comes from few people and one address; limits per person and address aren't what is tested. */
const UNLIMITED = [
  '--post-burst', '0', '--register-burst', '0', '--sign-in-burst', '0', '--sign-in-address-burst', '0',
];
const STOP_DELAY_MS = 2000; // docs/cluster.md

function statusOf(url) {
  return new Promise((resolve) => {
    const req = http.get(url, { agent: false, timeout: 2000 }, (res) => {
      res.resume();
      resolve(res.statusCode);
    });
    req.on('timeout', () => req.destroy());
    req.on('error', () => resolve(0));
  });
}

/* One process; it keeps its ports. */
class Node {
  constructor(name, surface, db, link, nodeArgs) {
    Object.assign(this, { name, surface, db, link, nodeArgs, up: false });
  }

  async start() {
    this.ports ??= await freePorts(2);
    const { listen, proxy, wrap } = this.link?.node ?? { listen: '127.0.0.1', proxy: '127.0.0.1', wrap: [] };
    const [port, adminPort] = this.ports;
    this.server = await startServer({
      db: this.db,
      wrap,
      args: [
        '--web', 'off', '--api', 'off', `--${this.surface}`, `${listen}:${port}`, '--admin', `${listen}:${adminPort}`,
        '--trusted-proxies', proxy, '--stop-delay-ms', String(STOP_DELAY_MS), '--log-level', 'warn', ...UNLIMITED,
        ...this.nodeArgs,
      ],
    });
    this[this.surface] = this.server[this.surface];
    this.admin = this.server.admin;
    this.up = true;
  }

  restart() {
    return this.start();
  }

  async kill() {
    this.up = false;
    await this.server?.kill();
  }

  /* Orderly; {code, signal}. */
  async term() {
    this.up = false;
    return this.server.stop();
  }

  /* What it has said; its log. */
  words() {
    return this.server?.log().split('\n').slice(-20).join('\n');
  }

  ready() {
    return statusOf(`${this.admin}/readyz`);
  }
}

async function startDatabase(database, links, settings, tablespace) {
  if (database === 'patroni') {
    const patroni = await startDatabaseCluster({ settings });
    const { url } = patroni;
    return { patroni, urlOf: async () => url, psql: (sql) => patroni.psql(sql), stop: () => patroni.stop() };
  }
  const listen = ['127.0.0.1', ...links.map((link) => link.listen).filter(Boolean)].join(',');
  const pg = await startPostgres({ settings: { listen_addresses: listen, ...settings } });
  const letIn = links.filter((link) => link.network).map((link) => `host all all ${link.network} trust\n`);
  appendFileSync(path.join(pg.dataDir, 'pg_hba.conf'), letIn.join(''));
  await pg.psql('SELECT pg_reload_conf()');
  if (tablespace) await pg.psql(`CREATE TABLESPACE small LOCATION '${tablespace}'`);
  await pg.psql(`CREATE DATABASE kinglet TABLESPACE ${tablespace ? 'small' : 'pg_default'}`);
  const urlOf = async (link) => (link
    ? `postgres://postgres@${await link.open(pg.port)}/kinglet`
    : pg.tcpUrlOf('kinglet'));
  return { pg, urlOf, psql: (sql) => pg.psql(sql, 'kinglet'), stop: () => pg.stop() };
}

class Cluster {
  constructor(parts) {
    Object.assign(this, parts);
    this.nodes = [];
  }

  get web() {
    return this.proxy.web;
  }

  get api() {
    return this.proxy.api;
  }

  psql(sql) {
    return this.database.psql(sql);
  }

  node(name) {
    return this.nodes.find((node) => node.name === name);
  }

  of(surface) {
    return this.nodes.filter((node) => node.surface === surface);
  }

  askable() {
    return this.nodes.filter(({ up }) => up).map(({ web, api, link }) => ({ web, api, from: link?.node.proxy }));
  }

  async addNodes(counts, nodeArgs) {
    for (const [surface, count] of Object.entries(counts)) {
      for (let i = 1; i <= count; i++) {
        const link = this.links.get(`${surface}${i}`);
        const url = await this.database.urlOf(link);
        const node = new Node(`${surface}${i}`, surface, url, link, nodeArgs);
        this.nodes.push(node);
        await node.start();
      }
    }
  }

  async addProxy() {
    this.proxy = await startProxy({ web: this.of('web'), api: this.of('api'), settings: this.proxySettings });
  }

  async removeProxy() {
    const { proxy } = this;
    this.proxy = null;
    await proxy?.stop();
  }

  async counts() {
    const names = ['"user"', 'post', 'follow', 'session'];
    const sql = names.map((name) => `SELECT count(*) FROM ${name};`).join('\n');
    const rows = (await this.psql(sql)).split('\n');
    return Object.fromEntries(names.map((name, i) => [name.replaceAll('"', ''), Number(rows[i])]));
  }

  async stop() {
    await this.removeProxy();
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.database?.stop();
    for (const link of this.links.values()) await link.remove();
  }
}

export async function startCluster({
  web = 2, api = 2, database = 'single', cuttable = [], settings = {}, nodeArgs = [], proxySettings = {}, tablespace,
} = {}) {
  const links = new Map();
  for (const name of cuttable) links.set(name, await makeLink());
  const cluster = new Cluster({ links, proxySettings });
  try {
    cluster.database = await startDatabase(database, [...links.values()], settings, tablespace);
    cluster.pg = cluster.database.pg;
    cluster.patroni = cluster.database.patroni;
    await cluster.addNodes({ web, api }, nodeArgs);
    await cluster.addProxy();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/*
 * cluster_database.mjs: three PostgreSQL under Patroni with three etcd, from ops/database/ as in production, each
 * member on a loopback address of its own, all in a folder of their own under an unprivileged user.
 *
 *   const cluster = await startDatabaseCluster();   // a primary, a synchronous standby and a replica
 *   cluster.url                     libpq URL of Kinglet's database: all members, target_session_attrs=read-write; the
 *                                   password is in a file that it names. Open to the daemons' user and to root
 *   cluster.members                 [{name, address, port, dataDir, runDir, dir, url}]; url is that of one member alone
 *   cluster.member(name)
 *   cluster.passfile                of all roles, in libpq's format
 *   cluster.ops                     ops/database, where the daemons' user can read it
 *   await cluster.primary()         the name of the member that holds the leader's key and accepts writes, or null
 *   await cluster.synchronousStandby()   the name of the member that has every acknowledged commit, or null
 *   await cluster.list()            [{name, role, state, timeline, lag}] as Patroni tells it (any member that answers)
 *   await cluster.waitForPrimary({not, timeoutMs})  until a member other than `not` is primary; its name
 *   await cluster.waitUntilHealthy(timeoutMs)       until a primary, a synchronous standby and all others stream
 *   await cluster.psql(sql, {role, database, member})   rows, on the primary and as the role kinglet by default; role
 *                                   'postgres' is the superuser and goes by the member's socket
 *   await cluster.kill(name, {patroni, postgres, etcd})  kill -9 of what is true; patroni and postgres by default
 *   await cluster.killPrimary(what) kill() of the primary; its name
 *   cluster.freeze(name), cluster.thaw(name)   SIGSTOP and SIGCONT of a member's Patroni and all of PostgreSQL
 *   await cluster.stopMember(name)  orderly: Patroni hands over and stops PostgreSQL; {etcd: true}: etcd as well
 *   await cluster.startMember(name) starts what isn't running of etcd and Patroni (which starts PostgreSQL)
 *   await cluster.ctl(...args)      patronictl with the cluster's configuration: 'switchover', '--force', …
 *   cluster.log(name)               what etcd, Patroni and PostgreSQL of a member have written
 *   await cluster.stop()            ends everything by pid, removes the folder
 */
import { randomBytes } from 'node:crypto';
import {
  appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync,
} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import {
  daemonDir, endPidSync, freePorts, giveToDaemons, isRunning, removeLeftSegment, removeTempDir, runOk, startDaemon,
  waitFor,
} from './daemon.mjs';
import { psql } from './postgres.mjs';
import { root } from './server.mjs';

const ROLES = ['postgres', 'replicator', 'rewind', 'kinglet', 'backup'];

function readOr(file, otherwise) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}

/* The answer of Patroni's API, or null where it doesn't answer. */
function getJson(member, where) {
  const { address: host, apiPort: port, tls } = member;
  const options = { host, port, path: where, timeout: 2000, agent: false, ...tls };
  return new Promise((resolve) => {
    const request = (tls ? https : http).get(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => {
        try {
          resolve({ status: answer.statusCode, body: JSON.parse(text) });
        } catch {
          resolve(null);
        }
      });
      answer.on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}

function postmasterPid(member) {
  const pid = Number(readOr(path.join(member.dataDir, 'postmaster.pid'), '').split('\n')[0]);
  return pid && isRunning(pid) ? pid : 0;
}

function childrenOf(pid) {
  const threads = readOr(`/proc/${pid}/task/${pid}/children`, '').trim();
  return threads ? threads.split(/\s+/).map(Number) : [];
}

function makeSecrets() {
  return Object.fromEntries([...ROLES, 'patroni'].map((name) => [name, randomBytes(16).toString('hex')]));
}

/* A certificate authority, and a certificate for a member's address; TLS_DIR of a member. */
async function makeCertificates(member, caDir) {
  const openssl = (args) => runOk('openssl', args, { cwd: caDir });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  if (!existsSync(path.join(caDir, 'ca.crt'))) {
    await openssl(['req', '-x509', ...ec, '-subj', '/CN=test CA', '-keyout', 'ca.key', '-out', 'ca.crt']);
  }
  const dir = path.dirname(member.conf);
  // 127.0.0.1, too: etcd wants to see the address that a member comes from.
  const extensions = path.join(dir, 'extensions');
  const names = `IP:${member.address},IP:127.0.0.1`;
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  const [key, request, certificate] = ['member.key', 'member.csr', 'member.crt'].map((name) => path.join(dir, name));
  await openssl(['req', ...ec, '-subj', `/CN=${member.name}`, '-keyout', key, '-out', request]);
  await openssl(['x509', '-req', '-in', request, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2',
    '-extfile', extensions, '-out', certificate]);
  const ca = path.join(dir, 'ca.crt');
  copyFileSync(path.join(caDir, 'ca.crt'), ca);
  appendFileSync(member.conf, `TLS_DIR='${dir}'\n`);
  const [caText, certText, keyText] = [ca, certificate, key].map((file) => readFileSync(file));
  member.tls = { ca: caText, cert: certText, key: keyText };
}

function makeFolders(dir, names, ports, secrets, settings) {
  const subnet = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}`;
  const [postgresPort, apiPort, clientPort, peerPort] = ports;
  const made = (folder) => {
    mkdirSync(folder, { mode: 0o700 });
    giveToDaemons(folder);
    return folder;
  };
  const file = (name, text) => {
    writeFileSync(name, text, { mode: 0o600 });
    giveToDaemons(name);
    return name;
  };
  const secretsDir = made(path.join(dir, 'secrets'));
  for (const [name, value] of Object.entries(secrets)) file(path.join(secretsDir, name), `${value}\n`);
  const passfile = file(path.join(dir, 'pgpass'), ROLES.map((name) => `*:*:*:${name}:${secrets[name]}\n`).join(''));
  const peers = names.map((name, index) => `${name}=${subnet}.${index + 1}`).join(' ');
  const members = names.map((name, index) => {
    const home = made(path.join(dir, name));
    const conf = {
      MEMBER: name, PEERS: peers, MEMBERS_FROM: '127.0.0.0/8', NODES: '127.0.0.0/8', BACKUP_HOSTS: '127.0.0.0/8',
      DATA_DIR: path.join(home, 'data'), RUN_DIR: path.join(home, 'run'), SECRETS_DIR: secretsDir,
      POSTGRES_PORT: postgresPort, API_PORT: apiPort, ETCD_CLIENT_PORT: clientPort, ETCD_PEER_PORT: peerPort,
      SHARED_BUFFERS: '32MB', EFFECTIVE_CACHE_SIZE: '128MB', WAL_KEEP_SIZE: '256MB', WATCHDOG: 'off', ...settings,
    };
    const lines = Object.entries(conf).map(([key, value]) => `${key}='${value}'\n`);
    return {
      name,
      dir: home,
      address: `${subnet}.${index + 1}`,
      port: postgresPort,
      apiPort,
      dataDir: path.join(conf.DATA_DIR, 'postgres'),
      runDir: conf.RUN_DIR,
      conf: file(path.join(home, 'member.conf'), lines.join('')),
    };
  });
  return { members, passfile };
}

class DatabaseCluster {
  constructor(dir, members, passfile, secrets, caFile) {
    this.dir = dir;
    this.caFile = caFile;
    this.ops = path.join(dir, 'ops');
    this.passfile = passfile;
    this.secrets = secrets;
    this.members = members;
    // Where the daemons' user can read it, whoever owns the tree.
    cpSync(path.join(root, 'ops/database'), this.ops, { recursive: true });
    const hosts = members.map((member) => `${member.address}:${member.port}`).join(',');
    this.url = this.urlFor(hosts, { more: 'target_session_attrs=read-write' });
    for (const member of members) member.url = this.urlFor(`${member.address}:${member.port}`);
  }

  get script() {
    return path.join(this.ops, 'member');
  }

  urlFor(hosts, { role = 'kinglet', database = 'kinglet', more = '' } = {}) {
    const tls = this.caFile ? `sslmode=verify-full&sslrootcert=${encodeURIComponent(this.caFile)}` : '';
    const parts = [`passfile=${encodeURIComponent(this.passfile)}`, 'connect_timeout=3', tls, more];
    return `postgres://${role}@${hosts}/${database}?${parts.filter(Boolean).join('&')}`;
  }

  member(name) {
    return this.members.find((member) => member.name === name);
  }

  startEtcd(member) {
    const log = path.join(member.dir, 'etcd.log');
    member.etcd = startDaemon(this.script, ['etcd', member.conf], { cwd: member.dir, log, quickSignal: 'SIGKILL' });
  }

  startPatroni(member) {
    const options = { cwd: member.dir, log: path.join(member.dir, 'patroni.log'), endMs: 40000 };
    const atExit = () => {
      member.patroni.signal('SIGKILL');
      endPidSync(postmasterPid(member), 'SIGQUIT');
      removeLeftSegment(member.dataDir);
    };
    member.patroni = startDaemon(this.script, ['patroni', member.conf], { ...options, atExit });
  }

  async startMember(name) {
    const member = this.member(name);
    if (!member.etcd?.running()) this.startEtcd(member);
    if (!member.patroni?.running()) this.startPatroni(member);
  }

  async primary() {
    const answers = await Promise.all(this.members.map((m) => getJson(m, '/primary')));
    return this.members[answers.findIndex((answer) => answer?.status === 200)]?.name ?? null;
  }

  async list() {
    const answers = await Promise.all(this.members.map((m) => getJson(m, '/cluster')));
    return answers.find((answer) => answer?.body.members)?.body.members ?? [];
  }

  async synchronousStandby() {
    return (await this.list()).find((member) => member.role === 'sync_standby')?.name ?? null;
  }

  async waitForPrimary({ not, timeoutMs = 60000 } = {}) {
    const look = async () => {
      const name = await this.primary();
      return name !== null && name !== not ? name : null;
    };
    try {
      return await waitFor(`a primary${not ? ` other than ${not}` : ''}`, look, timeoutMs);
    } catch (error) {
      throw new Error(`${error.message}\n${this.logs()}`);
    }
  }

  async waitUntilHealthy(timeoutMs = 60000) {
    const look = async () => {
      const list = await this.list();
      const timelines = new Set(list.map((member) => member.timeline));
      if (list.length !== this.members.length || timelines.size !== 1) return false;
      if (!list.some((member) => member.role === 'sync_standby')) return false;
      const primary = await this.primary();
      if (!primary) return false;
      const rows = await this.psql("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND " +
        `application_name IN (${this.members.map((m) => `'${m.name}'`)})`, { role: 'postgres' }).catch(() => '0');
      return Number(rows) === this.members.length - 1;
    };
    try {
      await waitFor('a primary, a synchronous standby and all others streaming', look, timeoutMs);
    } catch (error) {
      throw new Error(`${error.message}\n${JSON.stringify(await this.list(), null, 1)}\n${this.logs()}`);
    }
  }

  async psql(sql, { role = 'kinglet', database, member: name, timeoutMs, env } = {}) {
    const base = database ?? (role === 'postgres' ? 'postgres' : 'kinglet');
    const member = name || role === 'postgres' ? this.member(name ?? (await this.primary())) : null;
    if ((name || role === 'postgres') && !member) throw new Error('there is no primary');
    const place = (m) => (role === 'postgres' ? encodeURIComponent(m.runDir) : m.address) + `:${m.port}`;
    const hosts = member ? place(member) : this.members.map(place).join(',');
    const more = member ? '' : 'target_session_attrs=read-write';
    const url = this.urlFor(hosts, { role, database: base, more });
    return psql(url, sql, { timeoutMs, env });
  }

  async kill(name, { patroni = true, postgres = true, etcd = false } = {}) {
    const member = this.member(name);
    const pid = postgres ? postmasterPid(member) : 0;
    if (patroni) member.patroni.signal('SIGKILL'); // first: it would start PostgreSQL again
    if (pid) process.kill(pid, 'SIGKILL');
    if (etcd) member.etcd.signal('SIGKILL');
    if (patroni) await member.patroni.end('SIGKILL');
    if (etcd) await member.etcd.end('SIGKILL');
    if (pid) await waitFor(`PostgreSQL of ${name} to be dead`, () => !isRunning(pid));
  }

  async killPrimary(what) {
    const name = await this.waitForPrimary();
    await this.kill(name, what);
    return name;
  }

  freeze(name, signal = 'SIGSTOP') {
    const member = this.member(name);
    const pid = postmasterPid(member);
    const pids = [...(pid ? [pid, ...childrenOf(pid)] : []), ...childrenOf(member.patroni.pid), member.patroni.pid];
    for (const one of signal === 'SIGCONT' ? pids.reverse() : pids) {
      if (isRunning(one)) process.kill(one, signal);
    }
  }

  thaw(name) {
    this.freeze(name, 'SIGCONT');
  }

  async stopMember(name, { etcd = false } = {}) {
    const member = this.member(name);
    await member.patroni.end('SIGTERM');
    if (etcd) await member.etcd.end('SIGTERM');
  }

  async ctl(...args) {
    return runOk(this.script, ['ctl', this.members[0].conf, ...args], { cwd: this.dir });
  }

  log(name) {
    const member = this.member(name);
    const files = ['etcd.log', 'patroni.log'];
    return files.map((file) => `--- ${name}/${file}\n${readOr(path.join(member.dir, file), '')}`).join('\n');
  }

  /* The ends of all logs, for the message of a failure. */
  logs() {
    return this.members.map(({ name }) => this.log(name).split('\n').slice(-40).join('\n')).join('\n');
  }

  async stop() {
    for (const member of this.members) if (member.patroni?.running()) this.thaw(member.name);
    await Promise.all(this.members.map((member) => member.patroni?.end('SIGKILL')));
    for (const member of this.members) endPidSync(postmasterPid(member), 'SIGQUIT');
    for (const member of this.members) removeLeftSegment(member.dataDir);
    await Promise.all(this.members.map((member) => member.etcd?.end('SIGKILL')));
    removeTempDir(this.dir);
  }
}

/*
 * Starts a cluster and answers when it is whole. `settings` are those of member.conf; `tls` puts all connections under
 * TLS (cluster.caFile verifies them); `prepare(cluster)` runs before anything is started, such as to put a restored
 * database where the first member finds it, `secrets` being those of the cluster that it is from.
 */
export async function startDatabaseCluster({ settings = {}, tls, prepare, secrets = makeSecrets() } = {}) {
  const dir = daemonDir('kinglet-cluster-');
  const { members, passfile } = makeFolders(dir, ['db1', 'db2', 'db3'], await freePorts(4), secrets, settings);
  const cluster = new DatabaseCluster(dir, members, passfile, secrets, tls ? path.join(dir, 'ca.crt') : null);
  try {
    for (const member of tls ? members : []) await makeCertificates(member, dir);
    await prepare?.(cluster);
    for (const member of members) cluster.startEtcd(member);
    cluster.startPatroni(members[0]); // the one that begins; the others copy from it
    if (!prepare) for (const member of members.slice(1)) cluster.startPatroni(member);
    else {
      await cluster.waitForPrimary();
      for (const member of members.slice(1)) cluster.startPatroni(member);
    }
    await cluster.waitUntilHealthy(90000);
  } catch (error) {
    const text = cluster.logs();
    await cluster.stop();
    throw new Error(`the cluster of databases doesn't form: ${error.message}\n${text}`);
  }
  return cluster;
}

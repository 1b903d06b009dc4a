/*
 * load.mjs: a steady, bounded load of reads and writes that knows what was acknowledged, for tests in which things
 * are killed. What it knows is in a Ledger (ledger.mjs), which also checks it against the database.
 *
 *   const load = await startLoad({ web, api, rate: 100, nodes: () => [{ web }, { api }] });
 *   … kill something …
 *   await load.until('a write that succeeds', (now) => now.lastWriteMs > since);
 *   const summary = await load.stop();
 *   const faults = await load.ledger.check({ psql, web: [...], api: [...] });
 *
 * startLoad({
 *   web, api    base URLs of pages and API, of a proxy mostly
 *   rate        requests a second, about; never more: clients that were held up don't make up for it
 *   people      of them that are signed in, post, follow, and read what they wrote; 12
 *   nodes       () => nodes that are asked for acknowledged writes now and then, behind the proxy's back
 *   ledger      of an earlier load on the same database, to go on with
 *   from        () => the address that the next client comes from; a loopback address of its own by default
 * }) answers when everybody is registered and signed in. Half of all clients keep their connection, half don't.
 *
 * Every request is one of three: acknowledged (2xx, or the redirect of a success), refused (4xx: must not have been
 * done), unknown (5xx, or no answer: may have been done, once). One without an answer after REQUEST_MS counts as hung.
 */
import http from 'node:http';
import { Ledger } from './ledger.mjs';
import { Stats } from './load_stats.mjs';
import { nextAddress } from './client.mjs';
import { waitFor } from './server.mjs';

export const REQUEST_MS = 8000;
const ASLEEP_MS = 1000;
const AUTHORIZATION = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;
const PASSWORD = 'chaos and order';

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const startOf = (person) => `/${encodeURIComponent(person)}`;

/* One client: cookies, an address, one request at a time. */
class Caller {
  constructor({ stats, from }, { keepAlive }) {
    this.stats = stats;
    this.keepAlive = keepAlive;
    this.from = from();
    this.cookies = new Map();
    this.agent = new http.Agent({ keepAlive, maxSockets: 1 });
  }

  /* {status, text, location, why, ms}; status 0 and `why` where no answer came. Never throws. */
  ask(base, method, target, { form, json, headers = {} } = {}) {
    const url = new URL(base);
    const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const begun = performance.now();
    return new Promise((resolve) => {
      const done = (answer) => {
        clearTimeout(timer);
        resolve({ ...answer, ms: performance.now() - begun });
      };
      const req = http.request({
        agent: this.agent, host: url.hostname, port: url.port, localAddress: this.from, method, path: target,
        headers: {
          ...(cookie && { Cookie: cookie }),
          ...(body !== undefined && {
            'Content-Length': Buffer.byteLength(body),
            'Content-Type': form ? 'application/x-www-form-urlencoded' : 'application/json',
          }),
          ...(!this.keepAlive && { Connection: 'close' }),
          ...headers,
        },
      });
      /* Where this process itself was asleep for long, the answer may be there and unread: read first, then judge. */
      const giveUp = (dueMs) => {
        if (performance.now() > dueMs + ASLEEP_MS) {
          timer = setTimeout(giveUp, ASLEEP_MS, performance.now() + ASLEEP_MS);
          return;
        }
        done({ status: 0, text: '', why: 'hung' });
        req.destroy();
      };
      let timer = setTimeout(giveUp, REQUEST_MS, begun + REQUEST_MS);
      const broken = () => done({ status: 0, text: '', why: 'connection' });
      req.on('error', broken);
      req.on('response', (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (part) => {
          text += part;
        });
        res.on('error', broken);
        res.on('end', () => {
          for (const line of res.headers['set-cookie'] ?? []) this.#keep(line);
          done({ status: res.statusCode, text, location: res.headers.location });
        });
      });
      req.end(body);
    });
  }

  #keep(line) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (/max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  /* ask(), counted: a read that must answer 200 with what `holds` looks for, else it is stale. */
  async read(base, target, { holds, method = 'GET', headers } = {}) {
    const answer = await this.ask(base, method, target, { headers });
    const stale = answer.status < 500 && answer.status > 0 && (answer.status !== 200 || (holds && !holds(answer.text)));
    this.stats.count('read', `${method} ${target}`, answer, stale ? 'stale' : answer.status === 200 && 'ok');
    return answer;
  }

  /* ask(), counted: 'acknowledged', 'refused' or 'unknown'; `status` is that of a success. */
  async write(base, target, body, status) {
    const answer = await this.ask(base, 'POST', target, body);
    const good = answer.status === status && !answer.location?.includes('/login?');
    this.stats.count('write', `POST ${target}`, answer, good && 'ok');
    if (good) return 'acknowledged';
    return answer.status >= 400 && answer.status < 500 ? 'refused' : 'unknown';
  }

  end() {
    this.agent.destroy();
  }
}

/* Somebody who is signed in on the pages and whose programs use the API. */
class Person {
  constructor(load, name, keepAlive) {
    Object.assign(this, { load, name, posted: 0, caller: new Caller(load, { keepAlive }) });
  }

  async arrive() {
    const { caller, load, name } = this;
    if (!load.ledger.users.has(name)) {
      const form = { username: name, email: `${name}@example.com`, password: PASSWORD, password2: PASSWORD };
      const { status, why } = await caller.ask(load.web, 'POST', '/register', { form });
      if (status !== 302) throw new Error(`${name} can't register: ${status} ${why ?? ''}`);
      load.ledger.write('users', name, Date.now(), 'acknowledged');
    }
    const { status } = await caller.ask(load.web, 'POST', '/login', { form: { username: name, password: PASSWORD } });
    if (status !== 302) throw new Error(`${name} can't sign in: ${status}`);
    await caller.ask(load.web, 'GET', '/'); // shows, and takes away, the flash
  }

  async step() {
    const choice = Math.random();
    if (choice < 0.4) return this.post();
    if (choice < 0.6) return this.follow();
    const { web, api } = this.load;
    const look = pick([
      () => this.caller.read(web, '/'),
      () => this.caller.read(web, startOf(this.name), { holds: this.#holdsNewest() }),
      () => this.caller.read(api, `/msgs${startOf(this.name)}?no=30`, this.#ofApi(this.#holdsNewest())),
    ]);
    return look();
  }

  #ofApi(holds) {
    return { holds, headers: { Authorization: AUTHORIZATION } };
  }

  #holdsNewest() {
    const { newest } = this;
    return newest && ((text) => text.includes(newest));
  }

  /* Posts by the form or the API, in turn; what was acknowledged must be in the next read, wherever it goes. */
  async post() {
    const { ledger, web, api } = this.load;
    const text = ledger.uniqueText(this.name);
    const begun = Date.now();
    this.posted += 1;
    const outcome = this.posted % 2
      ? await this.caller.write(web, '/add_message', { form: { text } }, 302)
      : await this.caller.write(api, `/msgs${startOf(this.name)}`,
        { json: { content: text }, headers: { Authorization: AUTHORIZATION } }, 204);
    ledger.write('posts', text, begun, outcome, this.name);
    if (outcome !== 'acknowledged') return;
    this.newest = text;
    if (this.posted % 2) await this.caller.read(web, '/', { holds: this.#holdsNewest() });
    if (this.posted % 3 === 0) await this.#askNode(text);
  }

  /* A node of its own choice. One that is just being killed doesn't answer, which is no failure; an old answer is. */
  async #askNode(text) {
    const node = pick(this.load.nodes());
    if (!node) return;
    const target = node.web ? startOf(this.name) : `/msgs${startOf(this.name)}?no=30`;
    const caller = new Caller(this.load, { keepAlive: false });
    caller.from = node.from ?? caller.from;
    const { status, text: page } = await caller.ask(node.web ?? node.api, 'GET', target, this.#ofApi());
    const said = status > 0 && status < 500;
    this.load.stats.askedNode(said, said && !(status === 200 && page.includes(text)) && `${target}: ${status}`);
  }

  async follow() {
    const { ledger, web, api } = this.load;
    const whom = pick(this.load.people.filter((other) => other !== this)).name;
    const verb = ledger.isFollowing(this.name, whom) ? 'unfollow' : 'follow';
    const begun = Date.now();
    const outcome = Math.random() < 0.5
      ? await this.caller.write(web, `${startOf(whom)}/${verb}`, {}, 302)
      : await this.caller.write(api, `/fllws${startOf(this.name)}`,
        { json: { [verb]: whom }, headers: { Authorization: AUTHORIZATION } }, 204);
    ledger.follow(this.name, whom, verb === 'follow', begun, outcome);
  }
}

/* New people, one after another, by the API and now and then by the form; each is looked up at once. */
async function register(load, caller) {
  const username = load.ledger.uniqueName();
  const email = `${username}@example.com`;
  const begun = Date.now();
  const outcome = Math.random() < 0.8
    ? await caller.write(load.api, '/register', { json: { username, email, pwd: PASSWORD } }, 204)
    : await caller.write(load.web, '/register',
      { form: { username, email, password: PASSWORD, password2: PASSWORD } }, 302);
  load.ledger.write('users', username, begun, outcome);
  if (outcome === 'acknowledged') await caller.read(load.web, startOf(username));
}

/* One program that counts its requests, as the simulator does. */
async function countOn(load, caller) {
  const { ledger } = load;
  ledger.latestSent += 1;
  const content = ledger.uniqueText(load.people[0].name);
  const begun = Date.now();
  const outcome = await caller.write(load.api, `/msgs${startOf(load.people[0].name)}?latest=${ledger.latestSent}`,
    { json: { content }, headers: { Authorization: AUTHORIZATION } }, 204);
  ledger.write('posts', content, begun, outcome, load.people[0].name);
  if (outcome !== 'acknowledged') return;
  ledger.latestAcknowledged = ledger.latestSent;
  const { latestAcknowledged } = ledger;
  await caller.read(load.api, '/latest', { holds: (text) => JSON.parse(text).latest === latestAcknowledged });
}

function look(load, caller) {
  const headers = { Authorization: AUTHORIZATION };
  const known = startOf(pick(load.people).name);
  return pick([
    () => caller.read(load.web, '/public'),
    () => caller.read(load.web, '/public', { method: 'HEAD' }),
    () => caller.read(load.web, known),
    () => caller.read(load.api, '/msgs?no=20', { headers }),
    () => caller.read(load.api, `/fllws${known}`, { headers }),
    () => caller.read(load.api, '/latest'),
  ])();
}

/* Calls `job` about every `everyMs` until the load ends; one that took longer delays the next. */
async function paced(load, everyMs, job) {
  await pause(Math.random() * everyMs);
  while (load.going) {
    if (load.held) {
      await load.held;
      continue;
    }
    const begun = performance.now();
    load.underWay += 1;
    await job();
    load.underWay -= 1;
    const left = begun + everyMs - performance.now();
    if (load.going) await pause(Math.max(left, 1));
  }
}

function clients(load, rate) {
  const callers = Array.from({ length: 6 }, (_, i) => new Caller(load, { keepAlive: i % 2 === 0 }));
  const [registrar, counter, ...lookers] = callers;
  const perPersonMs = (1000 * load.people.length) / (0.55 * rate);
  const perLookerMs = (1000 * lookers.length) / (0.3 * rate);
  const rareMs = Math.max(100, 20000 / rate);
  load.callers = [...callers, ...load.people.map(({ caller }) => caller)];
  return [
    ...load.people.map((person) => paced(load, perPersonMs, () => person.step())),
    ...lookers.map((caller) => paced(load, perLookerMs, () => look(load, caller))),
    paced(load, 2 * rareMs, () => register(load, registrar)),
    paced(load, rareMs, () => countOn(load, counter)),
  ];
}

export async function startLoad(options) {
  const { web, api, rate = 80, people = 12, nodes = () => [], ledger = new Ledger(), from = nextAddress } = options;
  const stats = new Stats();
  const load = { web, api, nodes, ledger, stats, from, going: true, held: null, underWay: 0 };
  load.people = Array.from({ length: people }, (_, i) => new Person(load, `person${i}`, i % 2 === 0));
  for (const person of load.people) await person.arrive();
  stats.begin();
  const all = Promise.all(clients(load, rate));
  load.until = (what, look, timeoutMs) => waitFor(what, () => look(stats), timeoutMs);
  /* Until `count` more writes and as many reads have succeeded. */
  load.more = (count, timeoutMs = 30000) => {
    const { write, read } = stats.succeeded;
    const enough = () => stats.succeeded.write >= write + count && stats.succeeded.read >= read + count;
    return waitFor(`${count} more reads and writes that succeed`, enough, timeoutMs);
  };
  /* Nothing is under way when this answers, until resume(). */
  load.hold = async () => {
    load.held = new Promise((resolve) => {
      load.resume = () => {
        load.held = null;
        stats.goOn();
        resolve();
      };
    });
    await waitFor('all requests to end', () => load.underWay === 0);
  };
  load.stop = async () => {
    load.going = false;
    load.resume?.();
    await all;
    stats.end();
    for (const caller of load.callers) caller.end();
    return stats.summary();
  };
  return load;
}

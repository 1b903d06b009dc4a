/*
 * ledger.mjs: everything that a load wrote, with what it was told, and the comparison with what a database has.
 *
 * An acknowledged write must be there, once; a refused one must not; one without an answer may be there, once.
 * Each post's text is unique, and people's names are. A person writes one thing after another, so acknowledged posts
 * have an order, too. Whom a person follows is known unless a change of it went unanswered: that pair is then left out.
 */
import http from 'node:http';

const AUTHORIZATION = `Basic ${Buffer.from('simulator:super_safe!').toString('base64')}`;
const MOST_OF_API = 1000;
let ledgers = 0;

const rowsOf = (text) => text.split('\n').filter(Boolean).map((line) => line.split('|'));

function get(base, target) {
  return new Promise((resolve, reject) => {
    const options = { agent: false, headers: { Authorization: AUTHORIZATION, Connection: 'close' } };
    http.get(new URL(target, base), options, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (part) => {
        text += part;
      });
      res.on('end', () => resolve({ status: res.statusCode, text }));
      res.on('error', reject);
    }).on('error', reject);
  });
}

/* Sums that the database keeps beside the rows, and the rows: each line should be empty. */
const COUNTS = `
SELECT 'posts of ' || u.name FROM "user" u JOIN user_count c ON c.user_id = u.id
  WHERE c.posts <> (SELECT count(*) FROM post p WHERE p.author_id = u.id AND NOT p.flagged);
SELECT 'following of ' || u.name FROM "user" u JOIN user_count c ON c.user_id = u.id
  WHERE c.following <> (SELECT count(*) FROM follow f WHERE f.follower_id = u.id);
SELECT 'followers of ' || u.name FROM "user" u JOIN user_count c ON c.user_id = u.id
  WHERE c.followers <> (SELECT count(*) FROM follow f WHERE f.followee_id = u.id);
SELECT 'total ' || t.users || ' ' || t.posts FROM (SELECT sum(users) users, sum(posts) posts FROM total) t
  WHERE t.users <> (SELECT count(*) FROM "user") OR t.posts <> (SELECT count(*) FROM post WHERE NOT flagged);
`;

export class Ledger {
  constructor() {
    this.mark = `k${process.pid.toString(36)}${(ledgers += 1)}`;
    this.users = new Map(); // name: {begun, told, outcome}
    this.posts = new Map(); // text: {begun, told, outcome, by}
    this.follows = new Map(); // "who whom": {follows, unknown}
    this.history = []; // of follows: {pair, follows, begun, told, outcome}
    this.names = 0;
    this.texts = 0;
    this.latestSent = 0;
    this.latestAcknowledged = -1;
  }

  uniqueName() {
    return `${this.mark}new${(this.names += 1)}`;
  }

  uniqueText(name) {
    return `${this.mark} ${name} says ${(this.texts += 1)}.`;
  }

  write(what, key, begun, outcome, by) {
    this[what].set(key, { begun, told: Date.now(), outcome, by });
  }

  isFollowing(who, whom) {
    return this.follows.get(`${who} ${whom}`)?.follows ?? false;
  }

  follow(who, whom, follows, begun, outcome) {
    const pair = `${who} ${whom}`;
    this.history.push({ pair, follows, begun, told: Date.now(), outcome });
    const entry = this.follows.get(pair) ?? { follows: false, unknown: false };
    this.follows.set(pair, entry);
    if (outcome === 'acknowledged') entry.follows = follows;
    if (outcome === 'unknown') entry.unknown = true;
  }

  /* How many writes were acknowledged, refused and left unanswered. */
  outcomes() {
    const counts = { acknowledged: 0, refused: 0, unknown: 0 };
    for (const { outcome } of [...this.users.values(), ...this.posts.values(), ...this.history]) counts[outcome] += 1;
    return counts;
  }

  /*
   * Compares with the database: {lost, twice, refusedYetThere, follows, order, counts, unknownKept}, all but the last
   * lists of words that should be empty. With `asOf` (ms since 1970): what was acknowledged before must be there, and
   * what was begun after must not.
   */
  async checkSql(psql, { asOf = Infinity } = {}) {
    const found = { lost: [], twice: [], refusedYetThere: [], follows: [], order: [], counts: [], unknownKept: 0 };
    const users = (await psql('SELECT name FROM "user"')).split('\n');
    const posts = rowsOf(await psql('SELECT text, u.name FROM post p JOIN "user" u ON u.id = author_id ORDER BY p.id'));
    this.#compare(found, this.users, users, asOf);
    this.#compare(found, this.posts, posts.map(([text]) => text), asOf);
    this.#compareOrder(found, posts);
    this.#compareFollows(found, rowsOf(await psql(`SELECT a.name, b.name FROM follow
      JOIN "user" a ON a.id = follower_id JOIN "user" b ON b.id = followee_id`)), asOf);
    found.counts = (await psql(COUNTS)).split('\n').filter(Boolean);
    return found;
  }

  #compare(found, wanted, there, asOf) {
    const times = new Map();
    for (const key of there) times.set(key, (times.get(key) ?? 0) + 1);
    for (const [key, { begun, told, outcome }] of wanted) {
      const count = times.get(key) ?? 0;
      if (count > 1) found.twice.push(key);
      if (outcome === 'acknowledged' && told < asOf && count === 0) found.lost.push(key);
      if (outcome === 'refused' && count > 0) found.refusedYetThere.push(key);
      if (begun > asOf && count > 0) found.refusedYetThere.push(`${key} (begun after)`);
      if (outcome === 'unknown') found.unknownKept += count;
    }
  }

  #compareOrder(found, rows) {
    const last = new Map();
    for (const [text, name] of rows) {
      const entry = this.posts.get(text);
      if (entry && entry.by !== name) found.order.push(`${text} is by ${name}`);
      if (entry?.outcome !== 'acknowledged') continue;
      if (entry.told < (last.get(name)?.begun ?? 0)) found.order.push(`${text} comes after ${last.get(name).text}`);
      last.set(name, { begun: entry.begun, text });
    }
  }

  #compareFollows(found, rows, asOf) {
    const there = new Set(rows.map(([who, whom]) => `${who} ${whom}`));
    if (asOf === Infinity) {
      for (const [pair, { follows, unknown }] of this.follows) {
        if (!unknown && follows !== there.has(pair)) found.follows.push(`${pair}: told ${follows}`);
      }
      return;
    }
    const known = new Map();
    for (const { pair, follows, begun, told, outcome } of this.history) {
      if (outcome === 'acknowledged' && told < asOf) known.set(pair, follows);
      else if (outcome !== 'refused' && begun <= asOf) known.set(pair, undefined);
    }
    for (const [pair, follows] of known) {
      if (follows !== undefined && follows !== there.has(pair)) found.follows.push(`${pair}: told ${follows}`);
    }
  }

  /* The same through the pages and the API of every node given: words that should not be. */
  async checkNodes({ web = [], api = [] }) {
    const faults = [];
    const by = new Map();
    for (const [text, { outcome, by: name }] of this.posts) {
      if (outcome === 'acknowledged') by.set(name, [...(by.get(name) ?? []), text]);
    }
    for (const base of api) {
      for (const [name, texts] of by) {
        const { status, text } = await get(base, `/msgs/${name}?no=${MOST_OF_API}`);
        const there = status === 200 ? new Set(JSON.parse(text).map(({ content }) => content)) : new Set();
        const missing = texts.slice(-MOST_OF_API / 2).filter((one) => !there.has(one));
        if (missing.length) faults.push(`${base}: ${status} without ${missing.length} posts of ${name}: ${missing[0]}`);
      }
      const { latest } = JSON.parse((await get(base, '/latest')).text);
      if (latest < this.latestAcknowledged || latest > this.latestSent) {
        faults.push(`${base}: latest is ${latest}, acknowledged ${this.latestAcknowledged}, sent ${this.latestSent}`);
      }
    }
    for (const base of web) {
      for (const [name, texts] of by) {
        const { status, text } = await get(base, `/${name}`);
        if (!text.includes(texts.at(-1))) faults.push(`${base}/${name}: ${status} without ${texts.at(-1)}`);
      }
    }
    for (const [name, { outcome }] of this.users) {
      const base = web[0] ?? api[0];
      if (outcome !== 'acknowledged' || !base) continue;
      const { status } = await get(base, web[0] ? `/${name}` : `/msgs/${name}`);
      if (status !== 200) faults.push(`${base}: ${name} is registered, and ${status}`);
    }
    return faults;
  }
}

/*
 * client.mjs: a small browserless client that keeps cookies, and raw sockets, for tests.
 *
 * Built on node:http and not on fetch(), which sends Sec-Fetch headers of its own and forbids some that
 * tests must send. Each client comes from a loopback address of its own (127.x.y.z), so that limits per
 * address in one test don't reach the next; `from` chooses one. Redirects are followed only if asked.
 */
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { deadlineMs } from './server.mjs';

let addresses = 0;

/* Loopback addresses that no other client of this process has. */
export function nextAddress() {
  addresses += 1;
  return `127.${(process.pid % 200) + 20}.${(addresses >> 8) % 256}.${addresses % 256}`;
}

/* What a browser sends with the form of the page it shows. */
export const SAME_ORIGIN = { 'Sec-Fetch-Site': 'same-origin' };

const ENTITIES = { '&#34;': '"', '&quot;': '"', '&#39;': "'", '&lt;': '<', '&gt;': '>', '&amp;': '&' };
export const unescapeHtml = (html) =>
  html.replace(/&(#34|quot|#39|lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/* The text of the first element with that class (no elements of the same tag inside); null where there is none. */
export function textOfClass(html, name) {
  const open = new RegExp(`<([a-z0-9]+)[^>]*\\bclass="(?:[^"]* )?${name}(?: [^"]*)?"[^>]*>`).exec(html);
  if (!open) return null;
  const rest = html.slice(open.index + open[0].length);
  const inner = rest.slice(0, rest.indexOf(`</${open[1]}>`));
  return unescapeHtml(inner.replace(/<[^>]*>/g, '')).trim().replace(/\s+/g, ' ');
}

export const hasClass = (html, name) =>
  new RegExp(`\\bclass="(?:[^"]* )?${name}(?: [^"]*)?"`).test(html);

export class Client {
  constructor(base, { from = nextAddress(), headers = {}, agent } = {}) {
    this.base = new URL(base);
    this.from = from;
    this.headers = headers;
    this.cookies = new Map();
    this.agent = agent ?? new http.Agent({ keepAlive: false });
  }

  /* {status, headers (lower-case names), setCookies, text, body (Buffer), location (a path)} */
  async request(method, target, { headers = {}, body, follow = false } = {}) {
    const answer = await this.#once(method, target, headers, body);
    if (!follow || ![301, 302, 303, 307, 308].includes(answer.status)) return answer;
    return this.request('GET', answer.location, { headers, follow });
  }

  get(target, options) {
    return this.request('GET', target, options);
  }

  /* A form, as a browser sends it: `fields` is an object, or ready-made text. */
  post(target, fields = {}, { headers = {}, ...options } = {}) {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    return this.request('POST', target, {
      ...options,
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  postJson(target, value, { headers = {}, ...options } = {}) {
    return this.request('POST', target, {
      ...options,
      body: typeof value === 'string' ? value : JSON.stringify(value),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  }

  #once(method, target, headers, body) {
    return new Promise((resolve, reject) => {
      const jar = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const req = http.request({
        agent: this.agent,
        host: this.base.hostname,
        port: this.base.port,
        localAddress: this.from,
        method,
        path: target,
        timeout: 3 * deadlineMs,
        headers: {
          ...(jar ? { Cookie: jar } : {}),
          ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
          ...this.headers,
          ...headers,
        },
      });
      req.on('timeout', () => req.destroy(new Error(`${method} ${target}: no answer in time`)));
      req.on('error', reject);
      req.on('response', (res) => {
        const chunks = [];
        res.on('data', (chunk) => chunks.push(chunk));
        res.on('error', reject);
        res.on('end', () => resolve(this.#answer(res, Buffer.concat(chunks))));
      });
      req.end(body);
    });
  }

  #answer(res, body) {
    const setCookies = res.headers['set-cookie'] ?? [];
    for (const line of setCookies) this.#keep(line);
    const location = res.headers.location;
    return {
      status: res.statusCode,
      headers: res.headers,
      setCookies,
      body,
      text: body.toString('utf8'),
      location: location === undefined ? undefined : this.#pathOf(location),
    };
  }

  #pathOf(location) {
    const url = new URL(location, this.base);
    return url.origin === this.base.origin ? url.pathname + url.search : location;
  }

  #keep(line) {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const name = pair.slice(0, pair.indexOf('='));
    const gone = attributes.some((attribute) => /^max-age=(0|-\d+)$/i.test(attribute));
    const past = attributes.some(
      (attribute) => /^expires=/i.test(attribute) && Date.parse(attribute.slice(8)) < Date.now(),
    );
    if (gone || past) this.cookies.delete(name);
    else this.cookies.set(name, pair.slice(name.length + 1));
  }

  register(username, password = 'default', { password2 = password, email = 'someone@example.com', ...options } = {}) {
    return this.post('/register', { username, password, password2, email }, { follow: true, ...options });
  }

  login(username, password = 'default', options = {}) {
    return this.post('/login', { username, password }, { follow: true, ...options });
  }

  logout(options = {}) {
    return this.get('/logout', { follow: true, ...options });
  }

  addMessage(text, options = {}) {
    return this.post('/add_message', { text }, { follow: true, ...options });
  }
}

/* A client that is registered and signed in. */
export async function signedIn(base, username, password = 'default', options = {}) {
  const client = new Client(base, options);
  const registered = await client.register(username, password);
  assert.match(registered.text, /You were successfully registered and can login now/);
  const login = await client.login(username, password);
  assert.match(login.text, /You were logged in/);
  return client;
}

/*
 * A socket that sends exactly what it is told. send(text), text() so far, until(predicate) and closed()
 * (both answer the text, or throw past the deadline), end(), destroy().
 */
export async function rawSocket(base, { from = nextAddress() } = {}) {
  const { hostname, port } = new URL(base);
  const socket = net.connect({ host: hostname, port: Number(port), localAddress: from, allowHalfOpen: true });
  let received = '';
  let isClosed = false;
  socket.setEncoding('latin1');
  socket.on('data', (text) => {
    received += text;
  });
  socket.on('end', () => {
    isClosed = true;
  });
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('error', () => {}); // a reset is a close; tests look at what came
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

  function until(predicate, timeoutMs = deadlineMs) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(reject, new Error(`in vain; received: ${received}`)), timeoutMs);
      const look = () => {
        if (predicate(received, isClosed)) finish(resolve, received);
      };
      function finish(how, value) {
        clearTimeout(timer);
        for (const event of ['data', 'end', 'close']) socket.off(event, look);
        how(value);
      }
      for (const event of ['data', 'end', 'close']) socket.on(event, look);
      look();
    });
  }
  return {
    socket,
    send: (text) => socket.write(text, 'latin1'),
    text: () => received,
    until,
    closed: (timeoutMs) => until((_, closed) => closed, timeoutMs),
    end: () => socket.end(),
    destroy: () => socket.destroy(),
  };
}

/* Sends `text` on a fresh connection, and answers everything until the server closes it. */
export async function rawRequest(base, text, options) {
  const raw = await rawSocket(base, options);
  raw.send(text);
  try {
    return await raw.closed();
  } finally {
    raw.destroy();
  }
}

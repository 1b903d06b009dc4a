/* The load balancer of ops/proxy: the real HAProxy before real nodes, and before made-up ones that misbehave. */
import assert from 'node:assert/strict';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import test from 'node:test';
import tls from 'node:tls';
import { Api } from '../lib/api.mjs';
import { Client, nextAddress, rawRequest, rawSocket } from '../lib/client.mjs';
import { FAST, startPostgres } from '../lib/postgres.mjs';
import { render, startNode, startProxy } from '../lib/proxy.mjs';
import { startServer, waitFor } from '../lib/server.mjs';

async function proxyFor(t, options) {
  const proxy = await startProxy(options);
  t.after(() => proxy.stop());
  return proxy;
}

async function nodeFor(t, options) {
  const node = await startNode(options);
  t.after(() => node.remove());
  return node;
}

/*
 * A node that does what it is told: `answer(req, res)` for every request, of which it keeps {method, url, headers,
 * body} in `seen`; `ready` is what /readyz says.
 */
async function madeUpNode(t, answer) {
  const node = { seen: [], ready: true };
  const server = http.createServer(async (req, res) => {
    if (req.url === '/readyz') {
      res.writeHead(node.ready ? 200 : 503).end();
      return;
    }
    const chunks = [];
    for await (const chunk of req) chunks.push(chunk);
    node.seen.push({ method: req.method, url: req.url, headers: req.headers, body: Buffer.concat(chunks).toString() });
    if (answer) answer(req, res);
    else res.end('made up');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  node.web = node.api = node.admin = `http://127.0.0.1:${server.address().port}`;
  return node;
}

/* A node that says it is ready and whose doors are closed. */
async function closedNode(t) {
  const node = await madeUpNode(t);
  return { ...node, web: 'http://127.0.0.1:1', api: 'http://127.0.0.1:1' };
}

/*
 * Clients that ask one thing after another, half of them on a connection that they keep, until stop(), which
 * answers {done, failures}. Each job is called with a client's index and count, and throws where it fails.
 */
function steadyLoad(jobs) {
  const failures = [];
  const state = { done: 0, going: true, stop: null };
  async function client(job, index) {
    for (let i = 0; state.going; i++) {
      try {
        await job(i);
      } catch (error) {
        failures.push(`client ${index}, request ${i}: ${error.message}`);
      }
      state.done += 1;
    }
  }
  const all = Promise.all(jobs.map(client));
  state.more = (count) => {
    const from = state.done;
    return waitFor(`${count} more requests`, () => state.done >= from + count);
  };
  state.stop = async () => {
    state.going = false;
    await all;
    return { done: state.done, failures };
  };
  return state;
}

const wants = (status) => async (answer) => {
  const got = (await answer).status;
  if (got !== status) throw new Error(`got ${got}, wanted ${status}`);
};

/* GETs of pages and API, by clients that keep their connection and clients that don't. */
function readers(proxy) {
  return [true, false].flatMap((keepAlive) => {
    const agent = () => new http.Agent({ keepAlive, maxSockets: 1 });
    const connection = keepAlive ? {} : { headers: { Connection: 'close' } };
    const web = new Client(proxy.web, { agent: agent(), ...connection });
    const api = new Client(proxy.api, { agent: agent(), ...connection });
    return [() => wants(200)(web.get('/public')), () => wants(200)(api.get('/latest'))];
  });
}

/* Posts by API, each with a text of its own, which goes to `acknowledged` once it was answered 204. */
function writers(proxy, acknowledged) {
  return [true, false].map((keepAlive) => {
    const api = new Api(proxy.api, { agent: new http.Agent({ keepAlive, maxSockets: 1 }) });
    if (keepAlive) delete api.client.headers.Connection;
    return async (i) => {
      const text = `post ${keepAlive} ${i}`;
      await wants(204)(api.write('steady', text));
      acknowledged.push(text);
    };
  });
}

/* Two nodes on one PostgreSQL, with one person who posts. */
async function twoNodes(t) {
  const postgres = await startPostgres({ settings: FAST });
  t.after(() => postgres.stop());
  const db = await postgres.createDatabase('kinglet');
  const nodes = [await nodeFor(t, { db }), await nodeFor(t, { db })];
  await wants(204)(new Api(nodes[0].api).register('steady'));
  const posts = async () => (await postgres.psql('SELECT text FROM post ORDER BY text', 'kinglet')).split('\n');
  return { nodes, posts };
}

/* ---- where requests go ---------------------------------------------------------------------------- */

test('pages and API are told apart by port, and by host name on one port', async (t) => {
  const web = await madeUpNode(t, (_, res) => res.end('pages'));
  const api = await madeUpNode(t, (_, res) => res.end('api'));
  const settings = { KINGLET_WEB_HOST: 'example.test', KINGLET_API_HOST: 'api.example.test' };
  const proxy = await proxyFor(t, { web: [web], api: [api], settings });
  const ask = async (base, Host, method = 'GET') => {
    const { status, text } = await new Client(base).request(method, '/x', { headers: { Host } });
    return status === 200 ? text : status;
  };
  assert.equal(await ask(proxy.web, 'example.test'), 'pages');
  assert.equal(await ask(proxy.web, 'example.test:8443', 'POST'), 'pages');
  assert.equal(await ask(proxy.web, 'API.example.test'), 'api');
  assert.equal(await ask(proxy.web, 'api.example.test:8443', 'POST'), 'api');
  assert.equal(await ask(proxy.api, 'anything.test'), 'api');
  assert.equal(await ask(proxy.web, 'other.test'), 421);
});

test('requests are spread over the nodes', async (t) => {
  const nodes = [await madeUpNode(t), await madeUpNode(t)];
  const proxy = await proxyFor(t, { web: nodes });
  const client = new Client(proxy.web);
  for (let i = 0; i < 10; i++) await wants(200)(client.get('/x'));
  assert.deepEqual(nodes.map((node) => node.seen.length), [5, 5]);
});

test('a list of nodes that makes no sense is refused by name', () => {
  const address = '10.0.0.1:80';
  for (const bad of [address, '10.0.0.1/9464', `${address}/`, `${address}/x`, 'a b:1/2\n#', `${address}/1/2`, '']) {
    assert.throws(() => render(bad), bad === '' ? /neither/ : /ADDRESS:PORT\/ADMIN/, `"${bad}"`);
  }
});

/* ---- TLS ------------------------------------------------------------------------------------------ */

test('TLS: the certificate is shown, old versions are refused, clients are sent there and told to stay', async (t) => {
  const node = await nodeFor(t);
  const proxy = await proxyFor(t, { web: [node], api: [node], tls: true });
  const agent = new https.Agent({ ca: proxy.certificate, servername: 'example.test' });
  const get = (url) => new Promise((resolve, reject) => {
    const req = https.get(url, { agent, headers: { Host: 'example.test' } }, (res) => resolve(res.resume()));
    req.on('error', reject);
  });
  const page = await get(`${proxy.web}/login`);
  assert.equal(page.statusCode, 200);
  assert.match(page.headers['strict-transport-security'], /^max-age=\d{8,}/);
  assert.equal((await get(`${proxy.api}/latest`)).statusCode, 200, 'the API speaks TLS too');

  const old = await new Promise((resolve) => {
    const options = { port: proxy.webPort, host: '127.0.0.1', rejectUnauthorized: false };
    const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const socket = tls.connect({ ...options, ...versions }, () => resolve(socket.getProtocol()));
    socket.on('error', (error) => resolve(error.code ?? error.message));
  });
  assert.match(old, /ALERT_PROTOCOL_VERSION|ECONNRESET|UNSUPPORTED_PROTOCOL/i);

  const plain = new Client(proxy.plain, { headers: { Host: 'example.test:1' } });
  const moved = await plain.get('/alice?before=3');
  assert.equal(moved.status, 301);
  assert.equal(moved.headers.location, `https://example.test:${proxy.webPort}/alice?before=3`);
  assert.equal((await plain.post('/add_message', { text: 'x' })).status, 308, 'a form stays a form');
});

test('HTTP/2 to the client: pages, a sign-in whose cookie is Secure', async (t) => {
  const node = await nodeFor(t);
  const proxy = await proxyFor(t, { web: [node], tls: true });
  const session = http2.connect(proxy.web, { ca: proxy.certificate, servername: 'example.test' });
  t.after(() => session.close());
  const ask = (headers, body) => new Promise((resolve, reject) => {
    const stream = session.request({ ':authority': 'example.test', ...headers });
    let answer, text = '';
    stream.setEncoding('utf8');
    stream.on('response', (got) => {
      answer = got;
    });
    stream.on('data', (part) => {
      text += part;
    });
    stream.on('end', () => resolve({ ...answer, text }));
    stream.on('error', reject);
    stream.end(body);
  });
  const form = {
    ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded', origin: 'https://example.test',
  };
  const page = await ask({ ':path': '/public' });
  assert.equal(page[':status'], 200);
  assert.equal(session.alpnProtocol, 'h2');
  assert.match(page.text, /<\/html>/);
  const person = 'username=second&email=a%40b&password=x&password2=x';
  assert.equal((await ask({ ...form, ':path': '/register' }, person))[':status'], 302);
  const login = await ask({ ...form, ':path': '/login' }, person);
  assert.equal(login[':status'], 302);
  assert.match(login['set-cookie'][0], /; Secure/);
});

/* ---- who asks ------------------------------------------------------------------------------------- */

test('the client\'s address arrives, and what it says about itself does not', async (t) => {
  const node = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [node] });
  const from = nextAddress();
  await new Client(proxy.web, { from }).get('/x', {
    headers: {
      'X-Forwarded-For': '203.0.113.7, 127.0.0.1', 'X-Forwarded-Proto': 'https', Forwarded: 'for=203.0.113.7',
    },
  });
  const { headers } = node.seen[0];
  assert.deepEqual(
    [headers['x-forwarded-for'], headers['x-forwarded-proto'], headers.forwarded], [from, 'http', undefined]);
});

test('a node counts attempts by the client\'s real address', async (t) => {
  const node = await nodeFor(t, { args: ['--register-burst', '1'] });
  const proxy = await proxyFor(t, { web: [node] });
  const register = (client, name) =>
    client.register(name, 'x', { follow: false, headers: { 'X-Forwarded-For': `203.0.113.${name.length}` } });
  const one = new Client(proxy.web);
  assert.equal((await register(one, 'a')).status, 302);
  assert.equal((await register(one, 'bb')).status, 429);
  assert.equal((await register(new Client(proxy.web), 'ccc')).status, 302);
});

/* ---- nodes that are not well ---------------------------------------------------------------------- */

test('a node that is not ready gets no request until it is', async (t) => {
  const nodes = [await madeUpNode(t), await madeUpNode(t)];
  const proxy = await proxyFor(t, { web: nodes });
  const client = new Client(proxy.web);
  nodes[0].ready = false;
  await proxy.until('web1', 'DOWN');
  for (let i = 0; i < 6; i++) {
    await wants(200)(client.get('/x'));
    await wants(200)(client.post('/x'));
  }
  assert.deepEqual(nodes.map((node) => node.seen.length), [0, 12]);
  nodes[0].ready = true;
  await proxy.until('web1', 'UP');
  for (let i = 0; i < 4; i++) await wants(200)(client.get('/x'));
  assert.equal(nodes[0].seen.length, 2);
});

test('an operator can take a node out and put it back', async (t) => {
  const nodes = [await madeUpNode(t), await madeUpNode(t)];
  const proxy = await proxyFor(t, { web: nodes });
  await proxy.disable('web1');
  await proxy.until('web1', 'MAINT');
  for (let i = 0; i < 4; i++) await wants(200)(new Client(proxy.web).post('/x'));
  assert.equal(nodes[0].seen.length, 0);
  await proxy.enable('web1');
  await proxy.until('web1', 'UP');
});

for (const [what, answer] of [
  ['says 503', (_, res) => res.writeHead(503, { 'Retry-After': '1' }).end('no')],
  ['closes without an answer', (req) => req.socket.destroy()],
  ['speaks nonsense', (req) => req.socket.end('220 mail.example.test ESMTP\r\n\r\n')],
  ['sends half a head', (req) => req.socket.end('HTTP/1.1 200 OK\r\nContent-')],
]) {
  test(`a node that ${what}: GET and HEAD go to another one, a POST is never repeated`, async (t) => {
    const bad = await madeUpNode(t, answer);
    const good = await madeUpNode(t);
    const proxy = await proxyFor(t, { web: [bad, good], api: [bad, good] });
    for (let i = 0; i < 6; i++) {
      await wants(200)(new Client(proxy.web).get(`/get${i}`));
      await wants(200)(new Client(proxy.api).request('HEAD', `/head${i}`));
    }
    assert.ok(bad.seen.length >= 4, `the bad node was tried ${bad.seen.length} times`);
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push((await new Client(proxy.api).post(`/post${i}`, {})).status);
    assert.equal(statuses.filter((status) => status === 200).length, 3, `got ${statuses}`);
    const posts = [...bad.seen, ...good.seen].filter(({ method }) => method === 'POST').map(({ url }) => url);
    assert.deepEqual(posts.sort(), [0, 1, 2, 3, 4, 5].map((i) => `/post${i}`), 'each reached one node once');
  });
}

test('a GET that a node doesn\'t answer goes to another one when its time is over', async (t) => {
  const [mute, good] = [await madeUpNode(t, () => {}), await madeUpNode(t)];
  const proxy = await proxyFor(t, { web: [mute, good] });
  const both = [new Client(proxy.web).get('/a'), new Client(proxy.web).get('/b')];
  for (const answer of both) await wants(200)(answer);
  assert.equal(mute.seen.length, 1);
});

test('when every node says 503, the client is told so, with Retry-After', async (t) => {
  const away = () => madeUpNode(t, (_, res) => res.writeHead(503, { 'Retry-After': '7' }).end('away'));
  const nodes = [await away(), await away()];
  const proxy = await proxyFor(t, { web: nodes });
  for (const method of ['GET', 'POST']) {
    const { status, headers, text } = await new Client(proxy.web).request(method, '/x');
    assert.deepEqual([status, headers['retry-after'], text], [503, '7', 'away']);
  }
});

for (const [what, fail] of [
  ['says 503', (req, res) => res.writeHead(503).end()],
  ['closes without an answer', (req) => req.socket.destroy()],
]) {
  test(`when the last node goes out while a GET is repeated after one that ${what}: 503 all the same`, async (t) => {
    let proxy;
    const node = await madeUpNode(t, async (req, res) => {
      if (req.url !== '/last') return res.end();
      node.ready = false;
      await Promise.all([proxy.until('web1', 'DOWN'), proxy.until('api1', 'DOWN')]);
      return fail(req, res);
    });
    proxy = await proxyFor(t, { web: [node], api: [node] });
    const [web, api] = [new Client(proxy.web), new Api(proxy.api)];
    for (let i = 0; i < 4; i++) { // so that the last request goes over a connection that was used before
      await web.get('/before');
      await api.get('/before');
    }
    const [page, json] = await Promise.all([web.get('/last'), api.get('/last')]);
    assert.deepEqual([page.status, page.headers['retry-after']], [503, '1']);
    assert.match(page.text, /<h1>/);
    assert.deepEqual([json.status, json.headers['retry-after'], json.json?.status], [503, '1', 503]);
  });
}

test('a POST whose node can\'t be reached goes to another one, whole', async (t) => {
  const good = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [await closedNode(t), good] });
  const text = 'x'.repeat(40000);
  for (let i = 0; i < 6; i++) await wants(200)(new Client(proxy.web).post('/x', { text }));
  assert.deepEqual(good.seen.map(({ body }) => body.length), Array(6).fill(40005));
});

test('each write has a connection of its own, reads share theirs', async (t) => {
  const ports = { GET: new Set(), POST: new Set() };
  const node = await madeUpNode(t, (req, res) => {
    ports[req.method].add(req.socket.remotePort);
    res.end();
  });
  const proxy = await proxyFor(t, { web: [node] });
  const client = new Client(proxy.web, { agent: new http.Agent({ keepAlive: true, maxSockets: 1 }) });
  for (let i = 0; i < 5; i++) {
    await client.get('/x');
    await client.post('/x');
  }
  assert.equal(ports.POST.size, 5);
  assert.ok(ports.GET.size < 5, `${ports.GET.size} connections for 5 reads`);
});

test('kill -9 of a node under load: no GET fails, each acknowledged post is there once', async (t) => {
  const { nodes, posts } = await twoNodes(t);
  const proxy = await proxyFor(t, { web: nodes, api: nodes });
  const acknowledged = [];
  const reads = steadyLoad([...readers(proxy), ...readers(proxy)]);
  const writes = steadyLoad(writers(proxy, acknowledged));
  const bothGoOn = () => Promise.all([reads.more(100), writes.more(50)]);
  await bothGoOn();
  await nodes[0].kill();
  await bothGoOn();
  await proxy.until('web1', 'DOWN');
  await bothGoOn();
  await nodes[0].restart();
  await proxy.until('web1', 'UP');
  await bothGoOn();
  const lost = (await writes.stop()).failures;
  assert.deepEqual((await reads.stop()).failures, []);
  assert.ok(lost.length <= 2, `more than each writer's one post in flight was lost: ${lost.join('\n')}`);
  const kept = await posts();
  assert.equal(new Set(kept).size, kept.length, 'a post is there twice');
  assert.deepEqual(acknowledged.filter((text) => !kept.includes(text)), []);
});

test('a node that stops gets no request any more before it closes its doors', async (t) => {
  const node = await nodeFor(t, { stopDelayMs: 600000 });
  const other = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [node, other] });
  node.server.proc.kill('SIGTERM');
  await proxy.until('web1', 'DOWN');
  for (let i = 0; i < 4; i++) assert.equal((await new Client(proxy.web).get('/x')).text, 'made up');
  assert.equal((await new Client(node.web).get('/public')).status, 200, 'its doors are open');
});

test('a rolling restart under a steady load of reads and writes: not one request fails', async (t) => {
  const { nodes, posts } = await twoNodes(t);
  const proxy = await proxyFor(t, { web: nodes, api: nodes });
  const acknowledged = [];
  const load = steadyLoad([...readers(proxy), ...writers(proxy, acknowledged)]);
  await load.more(200);
  for (const [i, node] of nodes.entries()) {
    assert.deepEqual(await node.stop(), { code: 0, signal: null });
    await load.more(50);
    await node.restart();
    await proxy.until(`web${i + 1}`, 'UP');
    await proxy.until(`api${i + 1}`, 'UP');
    await load.more(100);
  }
  const { failures } = await load.stop();
  assert.deepEqual(failures, []);
  assert.deepEqual(await posts(), acknowledged.sort(), 'each post is there once');
});

test('a reload with another list of nodes under load: not one request fails', async (t) => {
  const { nodes, posts } = await twoNodes(t);
  const proxy = await proxyFor(t, { web: nodes, api: nodes });
  const acknowledged = [];
  const load = steadyLoad([...readers(proxy), ...writers(proxy, acknowledged)]);
  await load.more(100);
  await proxy.reload({ web: [nodes[1]], api: [nodes[1]] });
  await load.more(100);
  assert.deepEqual((await proxy.servers()).map(({ name }) => name).sort(), ['api1', 'api1', 'web1', 'web1']);
  const { failures } = await load.stop();
  assert.deepEqual(failures, []);
  assert.deepEqual(await posts(), acknowledged.sort(), 'each post is there once');
});

/* ---- too much, too slow --------------------------------------------------------------------------- */

test('who floods is answered 429 and the others are served', async (t) => {
  const node = await madeUpNode(t);
  const settings = { KINGLET_WEB_REQUESTS_10S: 20, KINGLET_API_REQUESTS_10S: 40 };
  const proxy = await proxyFor(t, { web: [node], api: [node], settings });
  const flood = new Client(proxy.web);
  const answers = [];
  for (let i = 0; i < 40; i++) answers.push(await flood.get('/x'));
  const refused = answers.filter(({ status }) => status === 429);
  assert.equal(refused.length, 20, `got ${answers.map(({ status }) => status)}`);
  assert.match(refused[0].headers['retry-after'], /^\d+$/);
  assert.match(refused[0].text, /<html/);
  assert.equal((await new Client(proxy.web).get('/x')).status, 200);
  const api = await new Api(proxy.api, { from: flood.from }).get('/latest');
  assert.equal(api.status, 429);
  assert.equal(api.json.status, 429);
  assert.equal(typeof api.json.error_msg, 'string');
  assert.equal(node.seen.length, 21, 'what was refused reached no node');
});

test('sign-ins and registrations have a stricter limit, and only they', async (t) => {
  const proxy = await proxyFor(t, { web: [await madeUpNode(t)], settings: { KINGLET_ATTEMPTS_60S: 3 } });
  const client = new Client(proxy.web);
  const statuses = [];
  for (const path of ['/login', '/register', '/login', '/login', '/register']) {
    statuses.push((await client.post(path)).status);
  }
  assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
  assert.equal((await client.get('/login')).status, 200);
  assert.equal((await client.post('/add_message')).status, 200);
  assert.equal((await new Client(proxy.web).post('/login')).status, 200);
});

test('who opens connections without end is cut off, and the others are served', async (t) => {
  const settings = { KINGLET_NEW_CONNECTIONS_10S: 10, KINGLET_CONNECTIONS_PER_SOURCE: 5 };
  const proxy = await proxyFor(t, { web: [await madeUpNode(t)], settings });
  const from = nextAddress();
  const open = [];
  for (let i = 0; i < 5; i++) open.push(await rawSocket(proxy.web, { from }));
  await waitFor('all to be counted', async () => /\bconn_cur=5\b/.test(await proxy.command('show table sources')));
  await assert.rejects(new Client(proxy.web, { from }).get('/x'));
  for (const raw of open) raw.destroy();
  const other = new Client(proxy.web);
  let served = 0;
  for (let i = 0; i < 15; i++) served += await other.get('/x').then(() => 1, () => 0);
  assert.equal(served, 10);
  assert.equal((await new Client(proxy.web).get('/x')).status, 200);
});

test('a head or a body that trickles in is cut off and reaches no node', async (t) => {
  const node = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [node], settings: { KINGLET_HEADER_TIME: '300ms' } });
  for (const begin of [
    'GET / HTTP/1.1\r\nHost: x\r\nX: ',
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n',
  ]) {
    const raw = await rawSocket(proxy.web);
    raw.send(begin);
    const timer = setInterval(() => raw.send('y'), 20);
    try {
      assert.match(await raw.closed(), /^HTTP\/1\.1 408 /, begin);
    } finally {
      clearInterval(timer);
      raw.destroy();
    }
  }
  assert.equal(node.seen.length, 0);
});

/* ---- what it says --------------------------------------------------------------------------------- */

test('without any node: 503 with Retry-After, a page for people and the contract\'s JSON for programs', async (t) => {
  const node = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [node], api: [node] });
  node.ready = false;
  await proxy.until('web1', 'DOWN');
  await proxy.until('api1', 'DOWN');
  for (const method of ['GET', 'POST']) {
    const page = await new Client(proxy.web).request(method, '/public');
    assert.deepEqual([page.status, page.headers['retry-after']], [503, '1']);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.match(page.text, /<h1>[^]*<\/html>\s*$/);
    const api = await new Api(proxy.api).send(method, '/msgs');
    assert.deepEqual([api.status, api.headers['retry-after'], api.json?.status], [503, '1', 503]);
    assert.deepEqual(Object.keys(api.json), ['status', 'error_msg']);
  }
});

test('metrics are on a listener of their own', async (t) => {
  const node = await madeUpNode(t, (_, res) => res.writeHead(404).end());
  const proxy = await proxyFor(t, { web: [node], api: [node] });
  const metrics = await new Client(proxy.metrics).get('/metrics');
  assert.match(metrics.text, /^haproxy_server_status\{.*web_read/m);
  assert.equal((await new Client(proxy.metrics).get('/')).status, 404);
  assert.equal((await new Client(proxy.web).get('/metrics')).status, 404);
  assert.equal(node.seen[0].url, '/metrics', 'the public side knows no such path');
});

test('the log has what went wrong, without query, cookies and other secrets', async (t) => {
  const node = await madeUpNode(t, (_, res) => res.writeHead(500).end());
  const proxy = await proxyFor(t, { web: [node] });
  await new Client(proxy.web).post('/login?planted=1', { password: 'planted' }, {
    headers: { Cookie: 'session=planted', Authorization: 'Basic planted', Referer: 'http://planted' },
  });
  await waitFor('a line of the log', () => / 500 .*POST \/login \S+$/m.test(proxy.log()));
  assert.doesNotMatch(proxy.log(), /planted/);
});

test("a request has one id: in the node, in the proxy's log and in the answer", async (t) => {
  const env = { KINGLET_LOG_FORMAT: 'json' };
  const server = await startServer({ env, args: ['--trusted-proxies', '127.0.0.1'] });
  t.after(() => server.kill());
  const proxy = await proxyFor(t, { web: [server], api: [server] });
  const client = new Client(proxy.web);
  const { headers } = await client.get('/public', { headers: { 'X-Request-Id': 'chosen-by-the-client' } });
  const id = headers['x-request-id'];
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  await waitFor("the node's line", () => server.logged('request').some((line) => line['http.request.id'] === id));
  assert.notEqual((await client.get('/public')).headers['x-request-id'], id);
  await server.kill();
  const failed = await new Client(proxy.api).post('/msgs/x', {});
  assert.ok(failed.status >= 500, String(failed.status));
  const other = failed.headers['x-request-id'];
  await waitFor("the proxy's line", () => proxy.log().includes(` ${other}`));
});

test('requests that a node could read otherwise than the proxy are refused', async (t) => {
  const node = await madeUpNode(t);
  const proxy = await proxyFor(t, { web: [node] });
  for (const head of ['Content-Length: 5\r\nContent-Length: 6', 'Transfer-Encoding: xchunked\r\nContent-Length: x']) {
    const answer = await rawRequest(proxy.web, `POST / HTTP/1.1\r\nHost: x\r\n${head}\r\n\r\nhello`);
    assert.match(answer, /^HTTP\/1\.1 400 /, head);
  }
  assert.equal(node.seen.length, 0);
});

/* What keeps the pages safe: cross-site requests, headers, limits, and pages for what goes wrong. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Client, hasClass, rawRequest, signedIn, textOfClass } from '../lib/client.mjs';
import { serverFor, startServer, stopCleanly } from '../lib/server.mjs';

let server;
let counter = 0;

before(async () => {
  server = await startServer();
});
after(() => stopCleanly(server));

const anonymous = (options) => new Client(server.web, options);
const fresh = (name) => `${name}${(counter += 1)}`;
const person = (name = fresh('person')) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));

test('HEAD changes nothing where GET would', async () => {
  const [ada, bob] = [await person(), await person()];
  for (const path of [`/${bob.name}/follow`, `/${bob.name}/unfollow`, '/logout']) {
    const { status, headers } = await ada.request('HEAD', path);
    assert.equal(status, 405, path);
    assert.equal(headers.allow, 'GET, POST', path);
  }
  const { text } = await ada.get(`/${bob.name}`);
  assert.match(text, /You are not yet following this user\./);
});

/* ---- requests that other sites make ------------------------------------------------------------- */

const CROSS_SITE = [
  { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site' },
  { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Referer: 'https://evil.example/page' },
  { Referer: 'https://evil.example/?http://HOST/' },
  { Origin: 'http://HOST.evil.example' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://HOST' },
];
const OWN_SITE = [
  {},
  { 'Sec-Fetch-Site': 'same-origin' },
  { 'Sec-Fetch-Site': 'none' },
  { Origin: 'http://HOST' },
  { Referer: 'http://HOST/public' },
];
const withHost = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.replace('HOST', new URL(server.web).host)]));

test('every change that a browser marks as cross-site is refused with 403 and changes nothing', async () => {
  const [me, other] = [await person(), await person()];
  const name = fresh('victim');
  for (const raw of CROSS_SITE) {
    const headers = withHost(raw);
    const said = JSON.stringify(raw);
    for (const [method, target, body] of [
      ['POST', '/add_message', 'text=planted+by+another+site'],
      ['GET', `/${other.name}/follow`], ['POST', `/${other.name}/follow`, ''],
      ['GET', `/${other.name}/unfollow`], ['GET', '/logout'], ['POST', '/logout', ''],
      ['POST', '/settings/sign-out-everywhere', ''], ['POST', '/settings/password', 'x=y'],
    ]) {
      const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
      const answer = await me.request(method, target, { body, headers: { ...type, ...headers } });
      assert.equal(answer.status, 403, `${method} ${target} with ${said}`);
    }
    const stranger = anonymous();
    assert.equal((await stranger.register(name, 'x', { headers, follow: false })).status, 403, said);
    assert.equal((await stranger.login(me.name, 'default', { headers, follow: false })).status, 403, said);
    assert.equal(stranger.cookies.size, 0, 'a refused sign-in sets no cookie');
  }
  const home = await me.get('/');
  assert.equal(home.status, 200, 'still signed in');
  assert.doesNotMatch(home.text, /planted by another site/);
  assert.match((await me.get(`/${other.name}`)).text, /You are not yet following this user\./);
  assert.equal((await anonymous().get(`/${name}`)).status, 404, 'nobody was registered');
});

test('changes from our own pages, and from programs that send no such header, work', async () => {
  const me = await person();
  for (const raw of OWN_SITE) {
    const answer = await me.post('/add_message', { text: 'mine' }, { headers: withHost(raw) });
    assert.equal(answer.status, 302, JSON.stringify(raw));
  }
});

test('reading is open to links from other sites', async () => {
  for (const target of ['/public', '/login', '/register']) {
    const answer = await anonymous().get(target, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
    assert.equal(answer.status, 200, target);
  }
});

test('our own pages change things by POST only', async () => {
  const [me, other] = [await person(), await person()];
  await me.addMessage('x');
  for (const target of ['/', '/public', `/${other.name}`, `/${me.name}`, '/settings']) {
    const { text } = await me.get(target);
    const links = [...text.matchAll(/<a\b[^>]*href="([^"]*)"/g)].map(([, href]) => href);
    const asking = /^\/post\/\d+\/delete$/; // its GET is a page that asks
    const changing = links.filter((href) => !asking.test(href) && /\/(un)?follow$|\/logout$|\/delete$|sign-out/.test(href));
    assert.deepEqual(changing, [], target);
  }
});

/* ---- headers ------------------------------------------------------------------------------------ */

test('every page carries a strict policy', async () => {
  const me = await person();
  await me.addMessage('x');
  for (const target of ['/', '/public', `/${me.name}`, '/login', '/register', '/settings', '/nobody-here', '/about']) {
    const client = ['/login', '/register'].includes(target) ? anonymous() : me;
    const { headers, text } = await client.get(target);
    const policy = headers['content-security-policy'] ?? '';
    assert.match(policy, /default-src 'none'|default-src 'self'/, target);
    assert.match(policy, /frame-ancestors 'none'/, target);
    assert.match(policy, /base-uri '(none|self)'/, target);
    assert.match(policy, /form-action 'self'/, target);
    assert.doesNotMatch(policy, /unsafe-|\*|https?:|data:.*script/, target);
    assert.equal(headers['x-content-type-options'], 'nosniff', target);
    assert.ok(headers['referrer-policy'], target);
    assert.match(headers['content-type'], /^text\/html; ?charset=utf-8$/i, target);
    assert.doesNotMatch(text, /\son\w+="|style="|<script(?![^>]*\bsrc=)/, `${target}: inline script or style`);
    assert.doesNotMatch(headers.server ?? '', /\d/, 'no version is told');
  }
});

test('what belongs to one person is never kept by a shared cache', async () => {
  const me = await person();
  for (const target of ['/', '/public', `/${me.name}`, '/settings']) {
    const { headers } = await me.get(target);
    assert.match(headers['cache-control'] ?? '', /private|no-store/, target);
  }
});

test('pages load nothing from elsewhere', async () => {
  const me = await person();
  await me.addMessage('hello');
  for (const target of ['/', '/public', `/${me.name}`, '/login']) {
    const { text } = await me.get(target);
    const loaded = [...text.matchAll(/<(?:img|script|link|source|iframe|use)\b[^>]*?(?:src|href)="([^"]*)"/g)].map((m) => m[1]);
    const own = new URL(server.web).origin;
    const away = loaded.filter((url) => new URL(url, server.web).origin !== own);
    assert.deepEqual(away, [], target);
  }
});

/* ---- what goes wrong ---------------------------------------------------------------------------- */

test('401, 403 and 404 are whole pages', async () => {
  for (const [status, ask] of [
    [401, () => anonymous().get('/settings')],
    [403, () => anonymous().post('/login', {}, { headers: { 'Sec-Fetch-Site': 'cross-site' } })],
    [404, () => anonymous().get('/nobody-of-that-name')],
    [404, () => anonymous().get('/a/b/c')],
    [404, () => anonymous().get('/static/nothing.css')],
  ]) {
    const answer = await ask();
    assert.equal(answer.status, status);
    assert.match(answer.text, /^<!doctype html>/i);
    assert.ok(hasClass(answer.text, 'page'));
    assert.match(answer.text, /<title>[^<]+<\/title>/);
    assert.doesNotMatch(answer.text, /\{\{|\(null\)/);
  }
});

test('a wrong method is 405 and says which ones there are', async () => {
  for (const [method, target, allowed] of [
    ['DELETE', '/public', /GET/], ['PUT', '/login', /GET.*POST|POST.*GET/], ['GET', '/add_message', /POST/],
    ['POST', '/public', /GET/],
  ]) {
    const answer = await anonymous().request(method, target, { body: method === 'GET' ? undefined : '' });
    assert.equal(answer.status, 405, `${method} ${target}`);
    assert.match(answer.headers.allow ?? '', allowed, `${method} ${target}`);
  }
});

test('a body over its limit is 413, as a page, and stores nothing', async (t) => {
  const own = await serverFor(t, { args: ['--body-bytes', '2048'] });
  const me = await signedIn(own.web, 'someone');
  const body = `text=${'x'.repeat(4096)}`;
  const cookie = [...me.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
  const answer = await rawRequest(own.web, `POST /add_message HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n` +
    `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /class="[^"]*\bpage\b/);
  assert.match((await me.get('/')).text, /There(&#39;|')s no message so far\./);
});

test('wrong passwords for one name from one address end in 429, and nobody else is locked out', async (t) => {
  const own = await serverFor(t, { args: ['--sign-in-burst', '3', '--sign-in-period-s', '3600'] });
  await new Client(own.web).register('someone', 'right');
  await new Client(own.web).register('other', 'right');
  const guesser = new Client(own.web);
  for (let i = 0; i < 3; i += 1) {
    assert.match((await guesser.login('someone', `guess${i}`)).text, /Invalid password/);
  }
  const limited = await guesser.login('someone', 'right', { follow: false });
  assert.equal(limited.status, 429);
  assert.match(limited.headers['retry-after'] ?? '', /^[1-9]\d*$/);
  assert.ok(hasClass(limited.text, 'page'));
  assert.equal(limited.setCookies.some((line) => /session[^=]*=[^;]/i.test(line)), false);
  assert.match((await new Client(own.web).login('someone', 'right')).text, /You were logged in/);
  assert.match((await new Client(own.web, { from: guesser.from }).login('other', 'right')).text, /You were logged in/);
});

test('wrong passwords for many names from one address end in 429, too', async (t) => {
  const own = await serverFor(t, { args: ['--sign-in-address-burst', '3', '--sign-in-period-s', '3600'] });
  await new Client(own.web).register('someone', 'right');
  const guesser = new Client(own.web);
  for (const name of ['someone', 'nobody', 'no one']) {
    assert.match((await guesser.login(name, 'guess')).text, /Invalid (password|username)/);
  }
  assert.equal((await guesser.login('somebody', 'guess', { follow: false })).status, 429);
  assert.match((await new Client(own.web).login('someone', 'right')).text, /You were logged in/);
});

test('registrations from one address and posts by one person have limits, too', async (t) => {
  const own = await serverFor(t, {
    args: ['--register-burst', '2', '--register-period-s', '3600', '--post-burst', '2', '--post-period-s', '3600'],
  });
  const client = new Client(own.web);
  for (const name of ['one', 'two']) assert.match((await client.register(name)).text, /You were successfully/);
  const limited = await client.register('three', 'x', { follow: false });
  assert.equal(limited.status, 429);
  assert.ok(limited.headers['retry-after']);
  await client.login('one');
  for (const text of ['first', 'second']) assert.equal((await client.post('/add_message', { text })).status, 302);
  assert.equal((await client.post('/add_message', { text: 'third' })).status, 429);
  assert.doesNotMatch((await client.get('/public')).text, /third/);
  const other = new Client(own.web);
  await other.login('two');
  assert.equal((await other.post('/add_message', { text: 'by another' })).status, 302);
});

/* ---- HTTP on the pages -------------------------------------------------------------------------- */

test('HEAD answers as GET does, without the body', async () => {
  for (const target of ['/public', '/login', '/nobody-of-that-name', '/', '/robots.txt']) {
    const [get, head] = [await anonymous().get(target), await anonymous().request('HEAD', target)];
    assert.equal(head.status, get.status, target);
    assert.equal(head.body.length, 0, target);
    assert.equal(head.headers['content-length'], get.headers['content-length'], target);
    assert.equal(head.headers['content-type'], get.headers['content-type'], target);
  }
});

const assetsOf = (text) => [...text.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((m) => m[1]);

test('static files are kept for ever under their fingerprint and answer conditional requests', async () => {
  const assets = assetsOf((await anonymous().get('/public')).text);
  assert.ok(assets.length > 0, 'the page links static files');
  for (const asset of assets) {
    const answer = await anonymous().get(asset);
    assert.equal(answer.status, 200, asset);
    assert.match(answer.headers['cache-control'] ?? '', /max-age=31536000.*immutable/, asset);
    assert.ok(answer.headers.etag, asset);
    const again = await anonymous().get(asset, { headers: { 'If-None-Match': answer.headers.etag } });
    assert.equal(again.status, 304, asset);
    assert.equal(again.body.length, 0, asset);
    const other = await anonymous().get(asset, { headers: { 'If-None-Match': '"other"' } });
    assert.equal(other.status, 200, asset);
  }
});

test('text is compressed for who takes gzip, and is the same text', async () => {
  const style = assetsOf((await anonymous().get('/public')).text).find((asset) => asset.endsWith('.css'));
  for (const target of [style, '/public']) {
    const plain = await anonymous().get(target);
    const packed = await anonymous().get(target, { headers: { 'Accept-Encoding': 'gzip' } });
    assert.equal(packed.headers['content-encoding'], 'gzip', target);
    assert.match(packed.headers.vary ?? '', /accept-encoding/i, target);
    assert.equal(gunzipSync(packed.body).toString(), plain.text, target);
    const refused = await anonymous().get(target, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    assert.equal(refused.headers['content-encoding'], undefined, target);
  }
});

test('the favicon and robots.txt are there', async () => {
  const icon = await anonymous().get('/favicon.ico', { follow: true });
  assert.equal(icon.status, 200);
  assert.match(icon.headers['content-type'], /^image\//);
  const robots = await anonymous().get('/robots.txt');
  assert.equal(robots.status, 200);
  assert.match(robots.headers['content-type'], /^text\/plain/);
});

test('an avatar is a picture of our own, the same for the same name', async () => {
  const me = await person();
  const source = `/avatar/${me.name}.svg`;
  const [one, two] = [await anonymous().get(source), await anonymous().get(source)];
  assert.equal(one.status, 200);
  assert.match(one.headers['content-type'], /^image\/svg\+xml/);
  assert.equal(one.text, two.text);
  assert.match(one.headers['content-security-policy'] ?? '', /default-src 'none'/);
});

test('names and texts never end up in markup or headers unescaped', async () => {
  const me = await person();
  const attack = `"><script>alert(1)</script>'"--><svg onload=alert(1)>`;
  await me.addMessage(attack);
  const login = await anonymous().login(attack, attack);
  const register = await anonymous().register(attack, 'x', { email: attack });
  const paths = await anonymous().get(`/${encodeURIComponent(attack)}`);
  const cursor = await anonymous().get(`/public?before=${encodeURIComponent(attack)}`);
  for (const { text } of [await me.get('/'), login, register, paths, cursor]) {
    assert.doesNotMatch(text, /<script>alert|<svg onload/);
  }
  const split = await anonymous().get('/%0d%0aSet-Cookie:%20x=y');
  assert.equal(split.setCookies.length, 0);
  assert.notEqual(textOfClass(login.text, 'error'), null);
});

/* The rules for names, posts, passwords and sessions, as the pages keep them. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { Client, hasClass, signedIn, textOfClass } from '../lib/client.mjs';
import { serverFor, startServer, stopCleanly } from '../lib/server.mjs';

let server;
let counter = 0;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const anonymous = (options) => new Client(server.web, options);
const fresh = (name) => `${name}${(counter += 1)}`;
const person = (name = fresh('person')) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));
const pathOf = (name) => `/${encodeURIComponent(name)}`;

/* ---- names -------------------------------------------------------------------------------------- */

for (const name of [
  'a', '7', 'x'.repeat(50), 'ø'.repeat(50), 'Ærlig Øst', '李小龍', 'Иван Иванов', 'محمد', 'first.last', 'a-b_c',
  'First Last', '007', 'é', 'ก้อง',
]) {
  test(`the name "${name}" can be registered and has a page`, async () => {
    const answer = await anonymous().register(name, 'x');
    assert.match(answer.text, /You were successfully registered/, textOfClass(answer.text, 'error') ?? '');
    const page = await anonymous().get(pathOf(name));
    assert.equal(page.status, 200);
  });
}

for (const [why, name] of [
  ['51 characters', 'y'.repeat(51)], ['a leading space', ' lead'], ['a trailing space', 'trail '],
  ['a slash', 'a/b'], ['an at sign', 'a@b'], ['markup', '<b>x</b>'], ['a quote', 'a"b'], ['a line break', 'a\nb'],
  ['a tab', 'a\tb'], ['a question mark', 'a?b'], ['a percent sign', 'a%20b'], ['an emoji', 'a\u{1F600}'],
  ['an invisible character', 'a\u200Bb'], ['a change of direction', 'a\u202Eb'], ['a NUL', 'a\0b'],
  ['only a space', ' '],
]) {
  test(`a name with ${why} is refused`, async () => {
    const answer = await anonymous().register(name, 'x', { follow: false });
    assert.ok([200, 400].includes(answer.status), `got ${answer.status}, wanted 200 or 400`);
    assert.doesNotMatch(answer.text, /You were successfully registered/);
    assert.equal((await anonymous().login(name, 'x', { follow: false })).status === 302, false);
  });
}

test('names are unique without regard to case in any script', async () => {
  for (const [name, same] of [
    ['Straße', 'STRASSE'], ['ÉCOLE', 'école'], ['Σίσυφος', 'σίσυφοσ'], ['e\u0301a', '\u00e9a'],
  ]) {
    assert.match((await anonymous().register(name, 'x')).text, /You were successfully registered/, name);
    const again = await anonymous().register(same, 'x');
    assert.match(textOfClass(again.text, 'error') ?? '', /The username is already taken/, `${name} and ${same}`);
  }
});

test('signing in takes a name in any case', async () => {
  const name = fresh('MixedCase');
  await anonymous().register(name, 'x');
  assert.match((await anonymous().login(name.toLowerCase(), 'x')).text, /You were logged in/);
});

/* ---- posts -------------------------------------------------------------------------------------- */

test('a post of 500 characters is stored, as a person counts them', async () => {
  for (const [what, character] of [['letters', 'x'], ['combined letters', 'e\u0301'], ['families', '👨‍👩‍👧‍👦']]) {
    const me = await person();
    await me.addMessage(character.repeat(500));
    const { text } = await me.get('/');
    assert.ok(text.includes(character.repeat(500)), what);
  }
});

test('a post of 501 characters is refused, says so, and keeps what was written', async () => {
  const me = await person();
  const text = `${'x'.repeat(500)}!`;
  const answer = await me.post('/add_message', { text });
  assert.equal(answer.status, 200);
  assert.match(textOfClass(answer.text, 'error') ?? '', /500/);
  assert.ok(answer.text.includes(text), 'what was written is still in the form');
  assert.ok(!(await anonymous().get(pathOf(me.name))).text.includes(text));
});

test('the longest post can be configured', async (t) => {
  const small = await serverFor(t, { args: ['--post-max-chars', '10'] });
  const me = await signedIn(small.web, 'someone');
  await me.addMessage('0123456789');
  await me.post('/add_message', { text: 'abcdefghijk' });
  const { text } = await me.get('/public');
  assert.match(text, /0123456789/);
  assert.doesNotMatch(text, /abcdefghijk/);
});

test('text that is not UTF-8 and NUL are refused and nothing is stored', async () => {
  const me = await person();
  for (const bytes of ['%ff', '%c0%80', '%ed%a0%80', '%00x', '%zz']) {
    const body = `text=marker-${bytes}`;
    const answer = await me.post('/add_message', body);
    assert.ok(answer.status === 400 || (answer.status === 200 && hasClass(answer.text, 'error')),
      `${body}: got ${answer.status}`);
  }
  assert.match((await me.get(pathOf(me.name))).text, /There(&#39;|')s no message so far\./);
});

test('line breaks are kept', async () => {
  const me = await person();
  await me.addMessage('line one\r\nline two\n\nline four');
  const { text } = await me.get('/');
  assert.match(text, /line one\s*(<br ?\/?>|\n)\s*line two/);
});

test('addresses in posts are links that give no credit, and only to the web', async () => {
  const me = await person();
  await me.addMessage('see https://example.org/a?b=1&c="d" and http://example.com/x. not javascript:alert(1)');
  const { text } = await me.get('/');
  const links = text.match(/<a [^>]*href="https?:\/\/example[^>]*>/g) ?? [];
  assert.equal(links.length >= 2, true, `got ${links.length} links, wanted 2`);
  for (const link of links) assert.match(link, /rel="nofollow ugc[^"]*"/);
  assert.match(text, /href="http:\/\/example\.com\/x"/);
  assert.doesNotMatch(text, /href="javascript:/i);
});

test('a post has a page of its own, with its words for those who share it', async () => {
  const me = await person();
  await me.addMessage('a post with its own page');
  const link = /href="(\/post\/[^"]+)"/.exec((await me.get('/')).text)?.[1];
  assert.ok(link, 'a timeline links each post');
  const { status, text } = await anonymous().get(link);
  assert.equal(status, 200);
  assert.match(text, /a post with its own page/);
  assert.match(text, /<meta property="og:title"/);
  assert.match(text, /<meta (name|property)="(og:)?description"[^>]*a post with its own page/);
  for (const wrong of ['/post/1', '/post/x', '/post/99999999999999999999', '/post/-1']) {
    assert.equal((await anonymous().get(wrong)).status, 404, wrong);
  }
});

test('only its author deletes a post', async () => {
  const [me, other] = [await person(), await person()];
  await me.addMessage('to be deleted');
  const link = /href="(\/post\/[^"/]+)"/.exec((await me.get('/')).text)[1];
  const denied = await other.post(`${link}/delete`);
  assert.ok([403, 404].includes(denied.status), `got ${denied.status}`);
  assert.equal((await anonymous().post(`${link}/delete`)).status, 401);
  assert.equal((await anonymous().get(link)).status, 200);
  assert.equal((await me.post(`${link}/delete`)).status, 302);
  assert.equal((await anonymous().get(link)).status, 404);
});

test('a delete is asked for on a page, which changes nothing', async () => {
  const [me, other] = [await person(), await person()];
  await me.addMessage('think twice');
  const link = /href="(\/post\/\d+)"/.exec((await me.get('/')).text)[1];
  const question = await me.get(`${link}/delete`);
  assert.equal(question.status, 200);
  assert.match(question.text, new RegExp(`think twice[^]*<form[^>]*action="${link}/delete" method="post"`));
  assert.equal((await anonymous().get(link)).status, 200, 'it is still there');
  assert.equal((await anonymous().get(`${link}/delete`)).status, 401);
  assert.equal((await other.get(`${link}/delete`)).status, 403);
  assert.equal((await me.get('/post/1/delete')).status, 404);
  assert.equal((await me.get('/post/x/delete')).status, 404);
});

test('the menu of a card offers what fits whose it is', async () => {
  const [me, other] = [await person(), await person()];
  await me.addMessage('with a menu');
  const link = /href="(\/post\/\d+)"/.exec((await me.get('/')).text)[1];
  const found = /<details class="menu">[^]*?<\/details>/;
  const menu = async (client) => found.exec((await client.get(link)).text)?.[0] ?? '';
  assert.match(await menu(me), /\/delete"/);
  assert.doesNotMatch(await menu(me), /\/report|\/mute|\/block/);
  assert.match(await menu(other), /\/report\?post=\d+"[^]*\/mute"[^]*\/block"/);
  assert.doesNotMatch(await menu(other), /\/delete"/);
  assert.equal(await menu(anonymous()), '');
});

test('a user\'s page counts posts, followers and following, and lists both', async () => {
  const [me, fan] = [await person(), await person()];
  await me.addMessage('one');
  await me.addMessage('two');
  await fan.get(`${pathOf(me.name)}/follow`);
  const text = (await anonymous().get(pathOf(me.name))).text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  assert.match(text, /2 (posts|messages)/i);
  assert.match(text, /1 follower/i);
  assert.match(text, /0 following/i);
  assert.match((await anonymous().get(`${pathOf(me.name)}/followers`)).text, new RegExp(fan.name));
  assert.match((await anonymous().get(`${pathOf(fan.name)}/following`)).text, new RegExp(me.name));
});

/* ---- passwords ---------------------------------------------------------------------------------- */

test('a password of 1,024 bytes of anything works, and all of it counts', async () => {
  const name = fresh('pw');
  const password = `é "<'&%+ ${'p'.repeat(1024)}`.slice(0, 1023);
  assert.equal(Buffer.byteLength(password), 1024);
  assert.match((await anonymous().register(name, password)).text, /You were successfully registered/);
  assert.match((await anonymous().login(name, password)).text, /You were logged in/);
  assert.match((await anonymous().login(name, password.slice(0, -1))).text, /Invalid password/);
});

test('a password of 1,025 bytes is refused', async () => {
  const name = fresh('pw');
  const answer = await anonymous().register(name, 'p'.repeat(1025));
  assert.ok(hasClass(answer.text, 'error'));
  assert.match((await anonymous().login(name, 'p'.repeat(1025))).text, /Invalid username/);
});

test('a password is stored as Argon2id and found nowhere in the database', async (t) => {
  const own = await serverFor(t);
  await signedIn(own.web, 'someone', 'a-very-findable-password');
  const bytes = Buffer.concat(readdirSync(own.dir).map((file) => readFileSync(path.join(own.dir, file))));
  assert.ok(bytes.includes('$argon2id$'), 'the hash is Argon2id');
  assert.equal(bytes.includes('a-very-findable-password'), false);
  assert.equal((own.stdout() + own.stderr()).includes('a-very-findable-password'), false, 'not in the log either');
});

test('changing the password needs the old one and ends the other sessions', async () => {
  const me = await person();
  const elsewhere = anonymous();
  await elsewhere.login(me.name);
  const form = (await me.get('/settings')).text;
  const [, fields] = /<form[^>]*action="\/settings\/password"[^>]*>([\s\S]*?)<\/form>/.exec(form);
  const names = [...fields.matchAll(/<input\b[^>]*type="password"[^>]*>/g)].map(([input]) => /name="([^"]*)"/.exec(input)[1]);
  assert.ok(names.length >= 2, `got ${names.length} password fields, wanted the old and the new`);
  const change = (old, password) => Object.fromEntries(names.map((name, i) => [name, i === 0 ? old : password]));
  const wrong = await me.post('/settings/password', change('wrong', 'newer'), { follow: true });
  assert.ok(hasClass(wrong.text, 'error'));
  assert.match((await anonymous().login(me.name)).text, /You were logged in/);
  const right = await me.post('/settings/password', change('default', 'newer'), { follow: true });
  assert.equal(hasClass(right.text, 'error'), false, textOfClass(right.text, 'error') ?? '');
  assert.match((await anonymous().login(me.name)).text, /Invalid password/);
  assert.match((await anonymous().login(me.name, 'newer')).text, /You were logged in/);
  assert.equal((await me.get('/')).status, 200, 'the session that changed it stays');
  assert.equal((await elsewhere.get('/')).status, 302, 'another one ends');
});

/* ---- sessions ----------------------------------------------------------------------------------- */

const sessionCookie = (answer) => answer.setCookies.find((line) => /^[^=]*session[^=]*=[^;]+/i.test(line));

test('the session cookie is for this site and not for scripts', async () => {
  const name = fresh('cookie');
  const client = anonymous();
  await client.register(name);
  const cookie = sessionCookie(await client.login(name, 'default', { follow: false }));
  assert.ok(cookie, 'signing in sets a session cookie');
  assert.match(cookie, /;\s*HttpOnly/i);
  assert.match(cookie, /;\s*SameSite=Lax/i);
  assert.match(cookie, /;\s*Path=\//i);
  assert.doesNotMatch(cookie, /;\s*Secure/i);
  assert.doesNotMatch(cookie, /;\s*Domain=/i);
});

test('behind TLS the cookie is Secure, but only a trusted proxy can say so', async (t) => {
  const own = await serverFor(t, { args: ['--trusted-proxies', '127.0.0.9'] });
  const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.1' };
  await new Client(own.web).register('someone');
  const login = { username: 'someone', password: 'default' };
  const behind = await new Client(own.web, { from: '127.0.0.9', headers }).post('/login', login);
  assert.match(sessionCookie(behind), /;\s*Secure/i);
  const liar = await new Client(own.web, { headers }).post('/login', login);
  assert.doesNotMatch(sessionCookie(liar), /;\s*Secure/i);
});

test('each sign-in has a token of its own, which the database doesn\'t hold', async (t) => {
  const own = await serverFor(t);
  await new Client(own.web).register('someone');
  const tokens = [];
  for (let i = 0; i < 3; i += 1) {
    const client = new Client(own.web);
    const answer = await client.login('someone', 'default', { follow: false });
    tokens.push(/=([^;]+)/.exec(sessionCookie(answer))[1]);
  }
  assert.equal(new Set(tokens).size, 3);
  const bytes = Buffer.concat(readdirSync(own.dir).map((file) => readFileSync(path.join(own.dir, file))));
  for (const token of tokens) assert.equal(bytes.includes(token), false, 'the token is in the database');
});

test('a token that was signed out, or never was one, is nobody\'s', async () => {
  const me = await person();
  const stolen = new Map(me.cookies);
  await me.logout();
  const thief = anonymous();
  thief.cookies = stolen;
  assert.equal((await thief.get('/')).location, '/public');
  for (const [name] of stolen) {
    for (const value of ['x', 'A'.repeat(43), '%00', '', '"'.repeat(4000)]) {
      const forger = anonymous();
      forger.cookies.set(name, value);
      assert.equal((await forger.get('/')).location, '/public', value.slice(0, 50));
    }
  }
});

test('signing out everywhere ends every session', async () => {
  const me = await person();
  const elsewhere = anonymous();
  await elsewhere.login(me.name);
  assert.equal((await elsewhere.get('/')).status, 200);
  const answer = await me.post('/settings/sign-out-everywhere');
  assert.equal(answer.status, 302);
  assert.equal((await elsewhere.get('/')).status, 302);
});

test('a session outlives a restart', async (t) => {
  const first = await startServer();
  const me = await signedIn(first.web, 'someone');
  await first.kill();
  const second = await serverFor(t, { db: first.db });
  me.base = new URL(second.web);
  assert.equal((await me.get('/')).status, 200);
});

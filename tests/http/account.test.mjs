/* One's own account, as the pages of the settings keep it. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import test, { after, before } from 'node:test';
import { Client, signedIn, textOfClass } from '../lib/client.mjs';
import { runKinglet, startServer, stopCleanly } from '../lib/server.mjs';

let server;
let counter = 0;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const anonymous = (options) => new Client(server.web, options);
const fresh = (name) => `${name}${(counter += 1)}`;
const person = (name = fresh('person')) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));

/* What the operator's command prints. */
async function run(args) {
  const { code, stdout, stderr } = await runKinglet(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

/* What stands beside a field. */
const errorOf = (html, field) => new RegExp(`id="${field}-error">([^<]*)<`).exec(html)?.[1];

test('each section of the settings is marked in their navigation', async () => {
  const me = await person();
  const { text } = await me.get('/settings');
  const [, nav] = /<nav class="settings-nav"[^>]*>([\s\S]*?)<\/nav>/.exec(text);
  const paths = [...nav.matchAll(/href="([^"]*)"/g)].map((m) => m[1]);
  assert.ok(paths.includes('/settings') && paths.includes('/settings/sessions'), paths.join(' '));
  for (const path of paths) {
    const page = await me.get(path);
    assert.equal(page.status, 200, path);
    assert.match(page.text, new RegExp(`<a href="${path}" aria-current="page">`), path);
    assert.equal((await anonymous().get(path)).status, 401, path);
  }
});

test('a session is ended from another one, by a name that is no secret', async () => {
  const me = await person();
  const elsewhere = anonymous({ headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0' } });
  await elsewhere.login(me.name);
  const list = (await me.get('/settings/sessions')).text;
  assert.match(list, /Firefox on Linux/);
  const ids = [...list.matchAll(/name="session" value="([0-9a-f]{32})"/g)].map((m) => m[1]);
  assert.equal(ids.length, 1, 'this one has no such button');
  const stranger = await person();
  await stranger.post('/settings/sessions/end', { session: ids[0] });
  assert.equal((await elsewhere.get('/')).status, 200, 'nobody else can end it');
  const answer = await me.post('/settings/sessions/end', { session: ids[0] }, { follow: true });
  assert.equal(textOfClass(answer.text, 'flashes'), 'You were logged out there');
  assert.equal((await elsewhere.get('/')).status, 302);
  assert.equal((await me.get('/')).status, 200);
});

test('the e-mail address is changed with the password, and what was typed stays', async () => {
  const me = await person();
  const change = (email, password) => me.post('/settings/email', { email, email_password: password }, { follow: true });
  const bad = await change('nowhere', 'default');
  assert.equal(errorOf(bad.text, 'email'), 'You have to enter a valid email address');
  assert.match(bad.text, /name="email" type="email" value="nowhere"/);
  const wrong = await change('new@example.org', 'wrong');
  assert.equal(errorOf(wrong.text, 'email_password'), 'Invalid password');
  assert.match(wrong.text, /value="new@example.org"/);
  assert.doesNotMatch((await me.get('/settings')).text, /new@example.org/, 'nothing has changed yet');
  const right = await change('new@example.org', 'default');
  assert.equal(textOfClass(right.text, 'flashes'), 'Your e-mail address was changed');
  assert.match(right.text, /value="new@example.org"/);
});

/* ---- the second factor --------------------------------------------------------------------------- */

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/* RFC 6238, written apart from the program's. */
function codeOf(secret, atMs = Date.now()) {
  const bits = [...secret].map((c) => BASE32.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / 30000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const codesOf = (html) => [...html.matchAll(/<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})<\/li>/g)].map((m) => m[1]);

/* Confirmed by the code of now: that of the step after stays for what the test does next. */
async function withAuthenticator(me) {
  await me.post('/settings/security/begin');
  const page = (await me.get('/settings/security')).text;
  const secret = /<p class="secret">([A-Z2-7]{32})<\/p>/.exec(page)?.[1];
  assert.ok(secret, page);
  assert.match(page, /<svg class="qr"/);
  assert.ok(page.includes(`secret=${secret}`));
  const wrong = await me.post('/settings/security/confirm', { code: '12345' });
  assert.equal(errorOf(wrong.text, 'code'), 'That code is wrong, too old or used already');
  const done = await me.post('/settings/security/confirm', { code: codeOf(secret) });
  const codes = codesOf(done.text);
  assert.equal(codes.length, 10, done.text);
  return { secret, codes };
}

const firstStep = (name) => {
  const client = anonymous();
  return client.post('/login', { username: name, password: 'default' }).then((answer) => {
    assert.equal(answer.location, '/login/code');
    return client;
  });
};

test('signing in asks for a code, once it is turned on, and takes each once', async () => {
  const me = await person();
  const { secret } = await withAuthenticator(me);
  const client = await firstStep(me.name);
  assert.equal((await client.get('/')).location, '/public', 'the password alone is no session');
  const wrong = await client.post('/login/code', { code: '000000' });
  assert.equal(errorOf(wrong.text, 'code'), 'That code is wrong, too old or used already');
  const empty = await client.post('/login/code', { code: '' });
  assert.equal(errorOf(empty.text, 'code'), 'You have to enter a code');
  const code = codeOf(secret, Date.now() + 30000);
  assert.equal((await client.post('/login/code', { code })).location, '/');
  assert.equal((await client.get('/')).status, 200);
  const other = await firstStep(me.name);
  const again = await other.post('/login/code', { code });
  assert.equal(errorOf(again.text, 'code'), 'That code is wrong, too old or used already');
});

test('a recovery code gets in once, and new ones replace them', async () => {
  const me = await person();
  const { secret, codes } = await withAuthenticator(me);
  const client = await firstStep(me.name);
  assert.equal((await client.post('/login/code', { code: codes[0].toLowerCase() })).location, '/');
  const other = await firstStep(me.name);
  assert.equal((await other.post('/login/code', { code: codes[0] })).status, 200);
  assert.match((await me.get('/settings/security')).text, /Recovery codes left: 9/);
  const code = codeOf(secret, Date.now() + 30000);
  const renewed = codesOf((await me.post('/settings/security/codes', { code })).text);
  assert.equal(renewed.length, 10);
  assert.equal((await other.post('/login/code', { code: codes[1] })).status, 200, 'an old one is of no use');
  assert.equal((await other.post('/login/code', { code: renewed[1] })).location, '/');
});

test('it is turned off by password and code together', async () => {
  const me = await person();
  const { codes } = await withAuthenticator(me);
  const end = (password, code) => me.post('/settings/security/end', { old_password: password, code });
  assert.equal(errorOf((await end('wrong', codes[0])).text, 'old_password'), 'Invalid password');
  assert.equal(errorOf((await end('default', 'ABCD')).text, 'code'), 'That code is wrong, too old or used already');
  assert.equal((await end('default', codes[0])).status, 302);
  assert.equal((await anonymous().login(me.name, 'default', { follow: false })).location, '/');
});

test('codes are tried by account, from whichever address', async () => {
  const me = await person();
  await withAuthenticator(me);
  const answers = [];
  for (let i = 0; i < 12; i += 1) {
    const client = await firstStep(me.name);
    answers.push((await client.post('/login/code', { code: '000000' })).status);
  }
  assert.equal(answers[0], 200);
  assert.equal(answers.at(-1), 429, answers.join(' '));
});

/* ---- the name --------------------------------------------------------------------------- */

test('a new name is on the posts, the old one leads to it, and nobody else gets it', async () => {
  const me = await person();
  await me.post('/add_message', { text: 'written before' });
  const name = fresh('renamed');
  const change = (username, password) => me.post('/settings/name', { username, name_password: password });
  const reserved = await change('settings', 'default');
  assert.equal(errorOf(reserved.text, 'username'), 'That username is reserved');
  assert.match(reserved.text, /name="username" type="text" value="settings"/);
  assert.equal(errorOf((await change(name, 'wrong')).text, 'name_password'), 'Invalid password');
  assert.equal((await change(name, 'default')).status, 302);
  const old = await anonymous().get(`/${me.name}`);
  assert.deepEqual([old.status, old.location], [301, `/${name}`]);
  const page = (await anonymous().get(`/${name}`)).text;
  assert.match(page, /written before/);
  assert.doesNotMatch(page, new RegExp(`>${me.name}<`));
  assert.equal(errorOf((await change(fresh('renamed'), 'default')).text, 'username'),
    'A username can be changed once in 7 days');
  const taken = await anonymous().register(me.name, 'x', { follow: false });
  assert.match(taken.text, /The username is already taken/);
  assert.equal((await anonymous().login(name, 'default', { follow: false })).location, '/');
});

test('an old name leads on wherever a name does, in the paths as in what is written', async () => {
  const me = await person();
  const name = fresh('renamed');
  assert.equal((await me.post('/settings/name', { username: name, name_password: 'default' })).status, 302);
  for (const rest of ['', '/followers', '/following', '/feed.atom', '/feed.json']) {
    const old = await anonymous().get(`/${me.name}${rest}`);
    assert.deepEqual([old.status, old.location], [301, `/${name}${rest}`], rest);
  }
  assert.equal((await anonymous().get(`/${me.name}/feed.atom?before=7`)).location, `/${name}/feed.atom?before=7`);
  assert.equal((await anonymous().get(`/@${me.name}`)).location, `/${name}`);
  const other = await person();
  assert.equal((await other.post(`/${me.name}/follow`, {})).location, `/${name}`);
  assert.match((await other.get(`/${name}`)).text, /You are currently following this user/);
  await other.post('/add_message', { text: `Hello @${me.name}` });
  assert.match((await me.get('/notifications')).text, /mentioned you/);
  assert.equal((await other.post(`/${me.name}/unfollow`, {})).location, `/${name}`);
  assert.match((await other.get(`/${name}`)).text, /You are not yet following this user/);
  assert.equal((await other.post(`/${fresh('nobody')}/follow`, {})).status, 404);
});

/* ---- a forgotten password ----------------------------------------------------------------- */

test('a link of the operator sets a new password once, and ends all sessions', async () => {
  const me = await person();
  const said = await run(['user', 'reset-link', me.name, '--db', server.db]);
  const target = /\/login\/reset\?token=[\w-]{43}/.exec(said)?.[0];
  assert.ok(target, said);
  const token = target.split('=')[1];
  const client = anonymous();
  assert.match((await client.get(target)).text, new RegExp(`For ${me.name}\\.`));
  const differ = await client.post('/login/reset', { token, password: 'a', password2: 'b' });
  assert.equal(errorOf(differ.text, 'password2'), 'The two passwords do not match');
  assert.equal((await client.post('/login/reset', { token, password: 'new', password2: 'new' })).location, '/login');
  assert.equal((await me.get('/')).location, '/public');
  assert.equal((await anonymous().login(me.name, 'new', { follow: false })).location, '/');
  const again = await client.post('/login/reset', { token, password: 'other', password2: 'other' });
  assert.equal(again.status, 200);
  assert.match(again.text, /needs a link/);
  assert.equal((await anonymous().login(me.name, 'other', { follow: false })).status, 200);
});

test('the operator takes a lost authenticator away', async () => {
  const me = await person();
  await withAuthenticator(me);
  await run(['user', 'reset-codes', me.name, '--db', server.db]);
  assert.equal((await anonymous().login(me.name, 'default', { follow: false })).location, '/');
});

/* ---- leaving -------------------------------------------------------------------------------- */

test('whoever leaves is hidden at once everywhere, and may stay after all', async () => {
  const me = await person();
  const elsewhere = anonymous();
  await elsewhere.login(me.name);
  const text = fresh('the last words ');
  await me.post('/add_message', { text });
  const wrong = await me.post('/settings/data/delete', { delete_password: 'wrong' });
  assert.equal(errorOf(wrong.text, 'delete_password'), 'Invalid password');
  assert.equal((await me.get('/')).status, 200);
  const left = await me.post('/settings/data/delete', { delete_password: 'default' }, { follow: true });
  assert.equal(textOfClass(left.text, 'flashes'), 'Your account is hidden, and will be deleted');
  assert.equal((await elsewhere.get('/')).location, '/public', 'all sessions have ended');
  for (const path of ['/public', `/${me.name}`]) {
    assert.doesNotMatch((await anonymous().get(path)).text, new RegExp(text), path);
  }
  const back = anonymous();
  const offer = await back.post('/login', { username: me.name, password: 'default' });
  assert.match(offer.text, /name="keep"/);
  const guess = await back.post('/login', { username: me.name, password: 'wrong', keep: '1' });
  assert.equal(errorOf(guess.text, 'password'), 'Invalid password');
  assert.equal((await back.post('/login', { username: me.name, password: 'default', keep: '1' })).location, '/');
  assert.match((await anonymous().get(`/${me.name}`)).text, new RegExp(text));
});

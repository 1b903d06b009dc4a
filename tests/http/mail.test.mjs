/* Mail, by a real server: what is told, the way to a new password, and what happens when the server is away. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { deadlineMs, runKinglet, startServer, stopCleanly } from '../lib/server.mjs';
import { certificateFor, startMailServer } from '../lib/smtp.mjs';

const SITE = 'https://kinglet.example';
const FROM = 'kinglet@kinglet.example';
let mail;
let server;
let counter = 0;

const settings = (port, more = []) => ['--smtp-url', `smtp://localhost:${port}`, '--mail-from', FROM,
  '--base-url', SITE, '--post-burst', '0', '--register-burst', '0', '--sign-in-burst', '0', ...more];

before(async () => {
  mail = await startMailServer();
  server = await startServer({ args: settings(mail.port, ['--no-smtp-tls', '--reset-burst', '30']) });
});
after(async () => {
  try {
    await stopCleanly(server);
  } finally {
    await mail?.stop();
  }
});

const anonymous = (where = server) => new Client(where.web, { headers: { 'Accept-Language': 'en' } });
const fresh = (name) => `${name}${(counter += 1)}`;
const to = (address) => (m) => m.to === address;

/* Registered by the form, with an address of their own. */
async function person({ where = server, email, language = 'en' } = {}) {
  const name = fresh('person');
  const client = new Client(where.web, { headers: { 'Accept-Language': language } });
  const address = email ?? `${name}@example.org`;
  const answer = await client.post('/register', {
    username: name, email: address, password: 'secret', password2: 'secret',
  });
  assert.equal(answer.status, 302, answer.text);
  await client.login(name, 'secret');
  return Object.assign(client, { name, address });
}

const linkIn = (m, page) => {
  const url = new RegExp(`${SITE}(/login/${page}\\?\\S+)`).exec(m.text)?.[1];
  assert.ok(url, m.text);
  return url;
};

async function confirm(me, box = mail) {
  const url = linkIn(await box.next((m) => m.to === me.address && /\/login\/email/.test(m.text)), 'email');
  const form = Object.fromEntries(new URL(url, SITE).searchParams);
  assert.match((await anonymous().get(url)).text, new RegExp(`Is ${me.address} the address of ${me.name}, and yours`));
  assert.match((await anonymous().post('/login/email', form)).text, /is confirmed/);
  return form;
}

/* Waits until a node has failed to send something. */
async function failedAt(where) {
  const text = async () => (await (await fetch(`${where.admin}/metrics`)).text());
  const until = Date.now() + 3 * deadlineMs;
  while (!/mails_total\{result="failed"\} [1-9]/.test(await text())) {
    assert.ok(Date.now() < until, 'no mail failed');
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

const ask = (who) => anonymous().post('/login/reset/ask', { who });
/* Nothing came there, as the next mail to somebody else shows. */
async function nothingCame(address) {
  const sentinel = await person();
  await mail.next(to(sentinel.address));
  assert.deepEqual(mail.mails.filter((m) => !m.taken && m.to === address).map((m) => m.text), []);
}

test('who registers confirms the address by a link, once, by a button', async () => {
  const me = await person();
  assert.match((await me.get('/settings')).text, /isn.*t confirmed/);
  const form = await confirm(me);
  assert.match((await me.get('/settings')).text, /The address is confirmed/);
  assert.match((await anonymous().post('/login/email', form)).text, /used already/);
  assert.match((await anonymous().post('/login/email', { ...form, user: '1' })).text, /used already/);
  assert.match((await anonymous().post('/login/email', { user: 'x', token: '' })).text, /used already/);
});

test('a mail is correct, in the language of the person, and answered by no program', async () => {
  const me = await person({ language: 'da' });
  const m = await mail.next(to(me.address));
  assert.equal(m.from, FROM);
  assert.equal(m.headers.subject, 'Er det din adresse?');
  assert.match(m.headers.from, /^Kinglet <kinglet@kinglet\.example>$/);
  assert.match(m.headers.date, /^\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  assert.match(m.headers['message-id'], /^<[0-9a-f]{32}@kinglet\.example>$/);
  assert.equal(m.headers['auto-submitted'], 'auto-generated');
  assert.equal(m.headers['content-type'], 'text/plain; charset=utf-8; format=flowed');
  assert.equal(m.headers['content-language'], 'da');
  for (const line of m.raw.split('\r\n')) assert.ok(line.length <= 78 && !/[\r\n]/.test(line), line);
});

test('a link by mail sets a new password, by name or by address', async () => {
  const me = await person();
  await confirm(me);
  for (const who of [me.name.toUpperCase(), ` ${me.address.toUpperCase()}`]) {
    assert.match((await ask(who)).text, /If somebody here has that name/);
    const url = linkIn(await mail.next(to(me.address)), 'reset');
    const token = new URL(url, SITE).searchParams.get('token');
    assert.match((await anonymous().get(url)).text, new RegExp(`For ${me.name}`));
    const set = (password) => anonymous().post('/login/reset', { token, password, password2: password });
    assert.equal((await set('new')).location, '/login');
    assert.match((await mail.next(to(me.address))).text, /The password of .* was changed/);
    assert.match((await set('x')).text, /used already/);
  }
  assert.equal((await anonymous().login(me.name, 'new', { follow: false })).location, '/');
});

test('whom there is can’t be told from the answer, and only confirmed addresses count', async () => {
  const me = await person();
  await mail.next(to(me.address));
  const texts = [];
  for (const who of [me.name, me.address, 'nobody-at-all', 'nobody@example.org']) {
    const { status, text } = await ask(who);
    assert.equal(status, 200);
    texts.push(text.replaceAll(who, 'WHO').replace(/\d+ ms/g, ''));
  }
  assert.equal(new Set(texts).size, 1);
  await nothingCame(me.address);
  const empty = await ask('  ');
  assert.match(empty.text, /id="who-error">You have to enter your username or your e-mail address/);
});

test('asking is limited by whom it is for, whether they are here or not', async () => {
  const other = await startServer({ args: settings(mail.port, ['--no-smtp-tls', '--reset-burst', '3']) });
  const client = anonymous(other);
  const answers = [];
  for (let i = 0; i < 4; i += 1) answers.push((await client.post('/login/reset/ask', { who: 'Nobody' })).status);
  assert.deepEqual(answers, [200, 200, 200, 429]);
  await stopCleanly(other);
});

test('people are told of what is done to their account, at the address that they had', async () => {
  const me = await person();
  await mail.next(to(me.address));
  await me.post('/settings/password', { old_password: 'secret', password: 'other', password2: 'other' });
  assert.match((await mail.next(to(me.address))).headers.subject, /Your password was changed/);
  const name = fresh('renamed');
  await me.post('/settings/name', { username: name, name_password: 'other' });
  assert.match((await mail.next(to(me.address))).text, new RegExp(`The username is ${name} on Kinglet`));
  const second = `${name}@example.net`;
  await me.post('/settings/email', { email: second, email_password: 'other' });
  assert.match((await mail.next(to(me.address))).text, /was changed to another one/);
  assert.match((await mail.next(to(second))).headers.subject, /Is this address yours/);
  await me.post('/settings/data/delete', { delete_password: 'other' });
  assert.match((await mail.next(to(second))).text, /will be deleted/);
});

test('a link that confirms an address is void when the address is another one', async () => {
  const me = await person();
  const url = linkIn(await mail.next(to(me.address)), 'email');
  await me.post('/settings/email', { email: `x${me.address}`, email_password: 'secret' });
  assert.match((await anonymous().get(url)).text, /was for another address/);
  await me.post('/settings/email', { email: me.address, email_password: 'secret' });
  assert.match((await anonymous().get(url)).text, /Is .* the address of/);
});

test('an address with more than an address in it gets no mail', async () => {
  for (const email of ['a@example.org>, <victim@example.org',
    'a@example.org\nBcc: victim@example.org', '"a b"@example.org',
    'a@b@c', 'victim@example.org,other@example.org', '-a@-example.org']) {
    const client = anonymous();
    await client.post('/register', { username: fresh('person'), email, password: 'secret', password2: 'secret' });
  }
  await nothingCame('victim@example.org');
  assert.ok(mail.mails.every((m) => !/victim/.test(m.raw)));
});

test('what a server refuses for good is dropped, what it puts off comes later', async () => {
  await person({ email: 'refused@example.org' });
  await person({ email: 'later@example.org' });
  await mail.next(to('later@example.org'));
  const metrics = async () => (await (await fetch(`${server.admin}/metrics`)).text());
  const text = await metrics();
  assert.match(text, /kinglet_mails_total\{result="dropped"\} 1/);
  assert.match(text, /kinglet_mails_total\{result="failed"\} 1/);
  assert.match(text, /kinglet_mails_waiting 0/);
  assert.ok(!server.log().includes('@example.org'));
});

test('nobody waits while the server is down, and nothing is lost', async () => {
  const first = await startMailServer();
  await first.stop();
  const other = await startServer({ args: settings(first.port, ['--no-smtp-tls']) });
  const begun = Date.now();
  const me = await person({ where: other });
  assert.ok(Date.now() - begun < 5000);
  await failedAt(other);
  await other.kill();
  const again = await startServer({ args: settings(first.port, ['--no-smtp-tls']), db: other.db });
  const second = await startMailServer({ port: first.port });
  assert.match((await second.next(to(me.address))).text, /confirm it/);
  await stopCleanly(again);
  await second.stop();
});

for (const mode of ['starttls', 'smtps']) {
  test(`${mode}: who the server is gets checked, and it may ask for a password`, async () => {
    const good = certificateFor('localhost');
    const box = await startMailServer({ mode, files: good, user: 'kinglet', password: 'mail secret' });
    const url = `${mode === 'smtps' ? 'smtps' : 'smtp'}://localhost:${box.port}`;
    const args = [...settings(box.port), '--smtp-url', url, '--smtp-user', 'kinglet', '--smtp-password', 'mail secret'];
    const other = await startServer({ args: [...args, '--smtp-ca', good.certificate] });
    const me = await person({ where: other });
    const m = await box.next(to(me.address));
    assert.deepEqual([m.tls, m.user], [true, 'kinglet']);
    await stopCleanly(other);
    const wary = await startServer({ args: [...args, '--smtp-ca', certificateFor('localhost').certificate] });
    const him = await person({ where: wary });
    await failedAt(wary);
    assert.ok(!box.mails.some(to(him.address)));
    await stopCleanly(wary);
    await box.stop();
  });
}

test('a server without TLS gets nothing where TLS is demanded', async () => {
  const box = await startMailServer();
  const other = await startServer({ args: settings(box.port) });
  await person({ where: other });
  await failedAt(other);
  assert.equal(box.mails.length, 0);
  await stopCleanly(other);
  await box.stop();
});

test('settings that can’t work are refused at the start', async () => {
  for (const [args, said] of [
    [['--smtp-url', 'http://x'], /smtp-url/],
    [['--smtp-url', 'smtp://user:pass@x'], /smtp-url/],
    [['--smtp-url', 'smtp://x', '--mail-from', 'nobody'], /mail-from/],
    [['--smtp-url', 'smtp://x', '--mail-from', FROM], /base-url/],
  ]) {
    const { code, stderr } = await runKinglet(['serve', ...args]);
    assert.notEqual(code, 0);
    assert.match(stderr, said);
  }
});

test('without a mail server pages say who can help', async (t) => {
  const other = await startServer();
  t.after(() => stopCleanly(other));
  assert.match((await anonymous(other).get('/login/reset')).text, /an administrator of this place makes for you/);
  assert.equal((await anonymous(other).post('/login/reset/ask', { who: 'x' })).location, '/login/reset');
  const me = await signedIn(other.web, fresh('person'));
  assert.doesNotMatch((await me.get('/settings')).text, /confirmed/);
});

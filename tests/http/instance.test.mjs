/* What administrators set while the place runs, and who may sign up then. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { runKinglet, serverFor } from '../lib/server.mjs';

async function chiefOf(server) {
  const chief = await signedIn(server.web, 'Chief');
  const { code, stderr } = await runKinglet(['user', 'promote', 'Chief', '--db', server.db]);
  assert.equal(code, 0, stderr);
  return chief;
}

async function set(chief, fields) {
  const answer = await chief.post('/admin/instance', fields);
  assert.equal(answer.status, 302, answer.text.slice(answer.text.indexOf('class="error"')));
}

const form = (more = {}) => ({ username: 'Newcomer', email: 'n@example.org', password: 'x', password2: 'x', ...more });

test('what is set shows at once on kept pages, in the manifest and in feeds, and can be taken back', async (t) => {
  const server = await serverFor(t, { args: ['--instance-name', 'Configured'] });
  const chief = await chiefOf(server);
  const anybody = new Client(server.web);
  assert.match((await anybody.get('/public')).text, /<title>[^<]* · Configured<\/title>/);
  await set(chief, {
    'instance-name': 'Aviary', 'instance-description': 'Birds & bees', 'instance-contact': 'help@example.org',
    rules: 'Be kind.\nSee https://example.org/rules',
  });
  const page = (await anybody.get('/public')).text;
  assert.match(page, /<title>[^<]* · Aviary<\/title>/);
  assert.match(page, /<meta name="description" content="Birds &amp; bees">/);
  assert.match(page, /href="mailto:help@example.org"/);
  assert.match((await anybody.get('/manifest.webmanifest')).text, /"name": "Aviary"[^]*Birds & bees/);
  assert.match((await anybody.get('/public/feed.atom')).text, /<title>Aviary<\/title>/);
  assert.match((await anybody.get('/about/rules')).text, /Be kind[^]*href="https:\/\/example.org\/rules"/);
  assert.match((await anybody.get('/register')).text, /href="\/about\/rules"/);
  assert.match((await anybody.get('/nobody')).text, /help@example.org/);
  const settings = (await chief.get('/admin/instance')).text;
  assert.match(settings, /configured: Configured/);
  const log = (await chief.get('/admin/audit')).text;
  assert.match(log, /instance-name: “Configured” → “Aviary”/);
  await set(chief, { 'unset-instance-name': '1', 'instance-name': 'ignored' });
  assert.match((await anybody.get('/public')).text, /<title>[^<]* · Configured<\/title>/);
});

test('a wrong value is said beside its field, what was typed is kept, and nothing is changed', async (t) => {
  const server = await serverFor(t);
  const chief = await chiefOf(server);
  const answer = await chief.post('/admin/instance', {
    'instance-name': 'Fine', 'instance-contact': 'javascript:alert(1)', 'post-max-chars': '0',
  });
  assert.equal(answer.status, 200);
  assert.match(answer.text, /id="instance-contact-error"/);
  assert.match(answer.text, /id="post-max-chars-error"/);
  assert.match(answer.text, /value="javascript:alert\(1\)"/);
  assert.doesNotMatch((await new Client(server.web).get('/public')).text, /Fine/);
  for (const contact of ['a@b@c', 'data:x', 'a b@c', 'x@y"><b>']) {
    assert.match((await chief.post('/admin/instance', { 'instance-contact': contact })).text, /instance-contact-error/);
  }
  const anna = await signedIn(server.web, 'Anna');
  assert.equal((await anna.get('/admin/instance')).status, 403);
  assert.equal((await anna.post('/admin/instance', { 'instance-name': 'Mine' })).status, 403);
});

test('limits that are set hold from the next request on', async (t) => {
  const server = await serverFor(t);
  const chief = await chiefOf(server);
  await set(chief, { 'post-max-chars': '5', 'post-burst': '1' });
  assert.match((await chief.post('/add_message', { text: 'too long' })).text, /class="error"/);
  assert.equal((await chief.post('/add_message', { text: 'one' })).status, 302);
  assert.equal((await chief.post('/add_message', { text: 'two' })).status, 429);
  await set(chief, { 'unset-post-burst': '1', 'unset-post-max-chars': '1' });
  assert.equal((await chief.post('/add_message', { text: 'much longer' })).status, 302);
});

test('an announcement stands on each page until its reader dismisses it, and the next one comes again', async (t) => {
  const server = await serverFor(t);
  const chief = await chiefOf(server);
  const reader = new Client(server.web);
  await set(chief, { announcement: 'Closed on Sunday <b>' });
  const page = (await reader.get('/public')).text;
  assert.match(page, /class="announcement"[^]*Closed on Sunday &lt;b&gt;/);
  const id = /name="id" value="([0-9a-f]+)"/.exec(page)[1];
  await reader.post('/about/announcement', { id: 'nonsense' });
  assert.match((await reader.get('/public')).text, /Closed on Sunday/);
  const sent = await reader.post('/about/announcement', { id }, { headers: { Referer: `${server.web}/about` } });
  assert.equal(sent.location, '/about');
  assert.doesNotMatch((await reader.get('/public')).text, /Closed on Sunday/);
  assert.doesNotMatch((await reader.get('/nobody')).text, /Closed on Sunday/);
  assert.match((await new Client(server.web).get('/public')).text, /Closed on Sunday/);
  await set(chief, { announcement: 'Open again' });
  assert.match((await reader.get('/public')).text, /Open again/);
  await set(chief, { announcement: '' });
  assert.doesNotMatch((await reader.get('/public')).text, /class="announcement"/);
});

test('by invitation a code lets in as many as it says, on the pages alone', async (t) => {
  const server = await serverFor(t);
  const chief = await chiefOf(server);
  await set(chief, { registration: 'invitation' });
  const anybody = new Client(server.web);
  assert.doesNotMatch((await anybody.get('/register')).text, /name="password"/);
  assert.match((await anybody.get('/register?code=wrong')).text, /value="wrong"[^]*id="code-error"/);
  assert.match((await anybody.post('/register', form())).text, /by invitation/);
  const api = await new Client(server.api).postJson('/register',
    { username: 'Simulated', email: 'a@b', pwd: 'x' });
  assert.equal(api.status, 403);
  assert.equal(JSON.parse(api.text).status, 403);
  assert.match(JSON.parse(api.text).error_msg, /invitation/);

  assert.match((await chief.post('/admin/invitations', { uses: '0', days: '7' })).text, /id="uses-error"/);
  assert.equal((await chief.post('/admin/invitations', { uses: '1', days: '7' })).status, 302);
  const code = /\/register\?code=([\w-]+)/.exec((await chief.get('/admin/invitations')).text)[1];
  const page = (await anybody.get(`/register?code=${code}`)).text;
  const inputs = [...page.matchAll(/<input[^>]*?(?:name="([^"]*)"|type="submit")/g)].map(([, name]) => name ?? 'submit');
  assert.deepEqual(inputs.slice(0, 5), ['username', 'email', 'password', 'password2', 'submit']);
  const both = await Promise.all(['One', 'Two', 'Three'].map((username) =>
    new Client(server.web).post('/register', form({ username, code }))));
  assert.equal(both.filter(({ status }) => status === 302).length, 1);
  assert.match((await chief.get('/admin/invitations')).text, /1 of 1 used/);
  await chief.post('/admin/invitations', { end: code });
  assert.doesNotMatch((await chief.get('/admin/invitations')).text, new RegExp(code));
  assert.match((await chief.get('/admin/audit')).text, /end-invitation/);
});

test('by approval somebody waits, is told so at sign-in, and is let in or not', async (t) => {
  const server = await serverFor(t);
  const chief = await chiefOf(server);
  await set(chief, { registration: 'approval' });
  const anna = new Client(server.web);
  const unsaid = (await anna.post('/register', form({ username: 'Anna' }))).text;
  assert.match(unsaid, /id="reason-error"/);
  assert.match(unsaid, /value="Anna"/);
  for (const username of ['Anna', 'Berta']) {
    const sent = await anna.post('/register', form({ username, reason: `I am ${username}` }), { follow: true });
    assert.match(sent.text, /A moderator will look at it/);
  }
  assert.match((await anna.login('Anna', 'x')).text, /waits for a moderator/);
  assert.equal((await anna.get('/Anna')).status, 404);
  const queue = (await chief.get('/admin/approvals')).text;
  assert.match(queue, /I am Anna[^]*I am Berta/);
  assert.match(queue, /Approvals <span class="count">2</);
  assert.match((await chief.get('/admin/business')).text, /Approvals <span class="count">2</);
  await chief.post('/admin/approvals', { name: 'Anna', action: 'approve' });
  await chief.post('/admin/approvals', { name: 'Berta', action: 'reject', text: 'no' });
  assert.match((await chief.get('/admin/approvals')).text, /Nobody waits/);
  assert.match((await anna.login('Anna', 'x')).text, /You were logged in/);
  assert.match((await new Client(server.web).login('Berta', 'x')).text, /Invalid username/);
  const log = (await chief.get('/admin/audit')).text;
  for (const what of ['approve', 'reject']) assert.match(log, new RegExp(`<td>${what}</td>`));
});

test('closed, nobody signs up, and the page says whom to turn to', async (t) => {
  const args = ['--registration', 'closed', '--instance-contact', 'https://example.org/us'];
  const server = await serverFor(t, { args });
  const anybody = new Client(server.web);
  const page = (await anybody.get('/register')).text;
  assert.match(page, /Nobody can sign up here[^]*https:\/\/example.org\/us/);
  assert.doesNotMatch(page, /name="password"/);
  assert.match((await anybody.post('/register', form())).text, /Nobody can sign up here/);
  const api = await new Client(server.api).postJson('/register', { username: 'S', email: 'a@b', pwd: 'x' });
  assert.equal(api.status, 403);
  const end = await runKinglet(['serve', '--registration', 'maybe', '--web', '127.0.0.1:0', '--db', server.db]);
  assert.equal(end.code, 1);
  assert.match(end.stderr, /registration/);
});

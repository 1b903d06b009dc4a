/* Reports, warnings and suspensions, as people and moderators see them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { runKinglet, serverFor } from '../lib/server.mjs';

async function staff(server, name) {
  const client = await signedIn(server.web, name);
  const { code, stderr } = await runKinglet(['user', 'promote', name, '--db', server.db]);
  assert.equal(code, 0, stderr);
  return client;
}

test('a report goes from a post to the queue, is acted on, and every action is in the log', async (t) => {
  const server = await serverFor(t);
  const chief = await staff(server, 'Chief');
  const anna = await signedIn(server.web, 'Anna');
  const berta = await signedIn(server.web, 'Berta');
  await anna.post('/add_message', { text: 'something rude' });
  const id = /\/post\/(\d+)/.exec((await berta.get('/Anna')).text)[1];
  assert.match((await berta.get(`/post/${id}`)).text, new RegExp(`/report\\?post=${id}`));
  assert.equal((await new Client(server.web).get(`/report?post=${id}`)).status, 401);
  assert.match((await berta.get(`/report?post=${id}`)).text, /something rude/);
  const unsaid = await berta.post('/report', { post: id, text: 'my words' });
  assert.match(unsaid.text, /id="category-error"/);
  assert.match(unsaid.text, /my words/);
  assert.equal((await berta.post('/report', { post: id, category: '1', text: 'my words' })).status, 302);
  assert.match((await berta.post('/report', { post: id, category: '1' })).text, /reported this already/);

  assert.equal((await berta.get('/admin/reports')).status, 403);
  const queue = (await chief.get('/admin/reports')).text;
  assert.match(queue, /my words/);
  const report = /\/admin\/reports\/(\d+)/.exec(queue)[1];
  assert.equal((await chief.post(`/admin/reports/${report}`, { action: 'flag', text: 'rude' })).status, 302);
  assert.doesNotMatch((await berta.get('/public')).text, /something rude/);
  assert.equal((await chief.post(`/admin/reports/${report}`, { action: 'resolve', text: 'hidden' })).status, 302);
  assert.doesNotMatch((await chief.get('/admin/reports')).text, /my words/);
  assert.match((await chief.get('/admin/reports?state=1')).text, /my words/);
  assert.equal((await chief.post('/admin/person', { name: 'Anna', action: 'setting' })).status, 400);
  assert.equal((await chief.post(`/post/${id}/delete`)).status, 302);
  const log = (await chief.get('/admin/audit')).text;
  for (const what of ['flag', 'resolve', 'delete-post']) assert.match(log, new RegExp(`<td>${what}</td>`));
});

test('a warning is shown until it is read, and a suspended person is told why after the right password', async (t) => {
  const server = await serverFor(t);
  const chief = await staff(server, 'Chief');
  const anna = await signedIn(server.web, 'Anna');
  await anna.post('/add_message', { text: 'mine' });
  assert.match((await chief.post('/admin/person', { name: 'Anna', action: 'warn' })).text, /id="text-error"/);
  await chief.post('/admin/person', { name: 'Anna', action: 'warn', text: 'be kind' });
  assert.match((await anna.get('/public')).text, /href="\/warnings"/);
  assert.match((await anna.get('/warnings')).text, /be kind/);
  await anna.post('/warnings');
  assert.doesNotMatch((await anna.get('/public')).text, /href="\/warnings"/);

  await chief.post('/admin/person', { name: 'Anna', action: 'suspend', text: 'no more' });
  assert.equal((await anna.get('/')).status, 302);
  assert.doesNotMatch((await chief.get('/public')).text, /mine/);
  assert.match((await chief.get('/Anna')).text, /suspended/);
  const wrong = (await new Client(server.web).login('Anna', 'nonsense')).text;
  assert.match(wrong, /Invalid password/);
  assert.doesNotMatch(wrong, /suspended|no more/);
  assert.match((await new Client(server.web).login('Anna', 'default')).text, /suspended[^]*no more/);
  await chief.post('/admin/person', { name: 'Anna', action: 'unsuspend' });
  assert.match((await chief.get('/public')).text, /mine/);
  assert.equal((await chief.post('/admin/person', { name: 'Chief', action: 'suspend' })).status, 403);
});

test('an administrator makes a link for a new password, which is shown once and not logged', async (t) => {
  const server = await serverFor(t);
  const chief = await staff(server, 'Chief');
  await signedIn(server.web, 'Anna');
  const page = (await chief.post('/admin/person', { name: 'Anna', action: 'reset-link' })).text;
  const link = /(\/login\/reset\?token=[\w-]+)/.exec(page)[1];
  assert.doesNotMatch((await chief.get('/admin/person?name=Anna')).text, /token=/);
  const log = (await chief.get('/admin/audit')).text;
  assert.match(log, /<td>reset-link<\/td><td>Anna<\/td>/);
  assert.doesNotMatch(log, new RegExp(link.slice(-20)));
  assert.equal((await new Client(server.web).get(link)).status, 200);
  const berta = await signedIn(server.web, 'Berta');
  await runKinglet(['user', 'role', 'Berta', 'moderator', '--db', server.db]);
  assert.equal((await berta.post('/admin/person', { name: 'Anna', action: 'reset-link' })).status, 403);
});

/* Notifications as people meet them: the list, the number in the navigation, what marks it as read, the choices. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let server;

before(async () => {
  server = await startServer();
});
after(() => server?.stop());

async function person(name) {
  const client = new Client(server.web);
  await client.register(name, 'correct horse');
  await client.login(name, 'correct horse');
  return client;
}

const unread = (page) => /class="count">([^<]+)</.exec(page.text)?.[1] ?? '';

test('follows, mentions and answers are listed, counted on each page, and read by a POST only', async () => {
  const anna = await person('anna');
  const berta = await person('berta');
  assert.match((await anna.get('/notifications')).text, /Nothing yet/);
  await berta.post('/anna/follow', {});
  await berta.post('/add_message', { text: 'Good morning @anna <b>' });
  assert.equal(unread(await anna.get('/public')), '2');
  const page = await anna.get('/notifications');
  assert.match(page.text, /berta<\/bdi><\/a> mentioned you/);
  assert.match(page.text, /berta<\/bdi><\/a> followed you/);
  assert.match(page.text, /Good morning @anna &lt;b&gt;/);
  const mentions = await anna.get('/notifications?show=mentions');
  assert.match(mentions.text, /mentioned you/);
  assert.doesNotMatch(mentions.text, /followed you/);
  assert.equal(unread(await anna.get('/')), '2', 'looking changes nothing');
  const upto = /name="upto" value="(\d+)"/.exec(page.text)[1];
  const read = await anna.post('/notifications/read', { upto });
  assert.equal(read.status, 302);
  assert.equal(unread(await anna.get('/')), '');
  assert.doesNotMatch((await anna.get('/notifications')).text, /class="unread"/);
  assert.equal((await anna.post('/notifications/read', { upto: 'x' })).status, 400);
});

test('who is not signed in has none', async () => {
  const nobody = new Client(server.web);
  assert.equal((await nobody.get('/notifications')).status, 401);
  assert.doesNotMatch((await nobody.get('/public')).text, /class="bell"/);
});

test('what is switched off is not told', async () => {
  const carl = await person('carl');
  const dora = await person('dora');
  assert.match((await carl.get('/settings/notifications')).text, /name="follow" value="1" checked/);
  await carl.post('/settings/notifications', { mention: '1', reply: '1', like: '1', repost: '1' });
  const form = (await carl.get('/settings/notifications')).text;
  assert.doesNotMatch(form, /name="follow" value="1" checked/);
  assert.match(form, /name="mention" value="1" checked/);
  await dora.post('/carl/follow', {});
  assert.match((await carl.get('/notifications')).text, /Nothing yet/);
});

/* What moderators do on pages, done by the command line beside a running server; every action is in the log. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Client, signedIn } from '../lib/client.mjs';
import { runKinglet, serverFor, waitFor } from '../lib/server.mjs';

function operatorOf(server) {
  const run = (...args) => runKinglet([...args, '--db', server.db]);
  return {
    async ok(...args) {
      const end = await run(...args);
      assert.equal(end.code, 0, `kinglet ${args.join(' ')}: ${end.stderr}`);
      return end.stdout;
    },
    async refused(code, what, ...args) {
      const end = await run(...args);
      assert.equal(end.code, code, `kinglet ${args.join(' ')}: ${end.stdout}${end.stderr}`);
      assert.match(end.stderr, what);
    },
    async json(...args) {
      return (await this.ok(...args, '--json')).trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
    },
    async logged() {
      return (await this.json('audit', 'list')).map(({ action, user }) => (user ? `${action} ${user}` : action));
    },
  };
}

test('reports, posts and people are looked after, and each action is in the log', async (t) => {
  const server = await serverFor(t);
  const operator = operatorOf(server);
  const anna = await signedIn(server.web, 'Anna');
  const berta = await signedIn(server.web, 'Berta');
  await anna.post('/add_message', { text: 'rude, "quoted"' });
  const id = /\/post\/(\d+)/.exec((await berta.get('/Anna')).text)[1];
  await berta.post('/report', { post: id, category: '1', text: 'look' });

  const [report] = await operator.json('report', 'list');
  assert.deepEqual([report.user, report.reporter, report.post, report.text], ['Anna', 'Berta', id, 'look']);
  assert.equal(JSON.parse(await operator.ok('report', 'show', report.id)).id, report.id);
  await operator.ok('report', 'claim', report.id);
  await operator.ok('post', 'flag', id);
  await operator.ok('report', 'resolve', report.id, 'hidden');
  await operator.refused(1, /not open/, 'report', 'resolve', report.id);
  await operator.refused(1, /no report/, 'report', 'claim', '12');
  assert.deepEqual(await operator.json('report', 'list'), []);
  assert.equal((await operator.json('report', 'list', 'resolved'))[0].note, 'hidden');
  await operator.ok('post', 'unflag', id);
  await operator.refused(1, /12345/, 'post', 'delete', id, '12345');
  await operator.ok('post', 'delete', id);
  assert.equal((await anna.get(`/post/${id}`)).status, 404);

  await operator.refused(2, /no words/, 'user', 'warn', 'Anna', ' ');
  await operator.ok('user', 'warn', 'Anna', 'be kind');
  assert.match((await anna.get('/warnings')).text, /be kind/);
  await operator.ok('user', 'note', 'Anna', 'watch');
  await operator.ok('user', 'suspend', 'Anna', 'enough');
  assert.match((await new Client(server.web).login('Anna')).text, /suspended[^]*enough/);
  await operator.refused(1, /not the state/, 'user', 'approve', 'Anna');
  await operator.ok('user', 'unsuspend', 'Anna');
  await operator.ok('user', 'role', 'Berta', 'moderator');
  await operator.refused(2, /a role is/, 'user', 'role', 'Berta', 'queen');
  assert.match(await operator.ok('user', 'show', 'Berta'), /moderator/);
  assert.equal((await berta.get('/admin/reports')).status, 200);
  await operator.ok('user', 'reset-link', 'Berta');
  await operator.ok('user', 'promote', 'Berta');
  await operator.ok('user', 'delete', '--yes', 'Anna');
  assert.deepEqual((await operator.logged()).reverse(), [
    'claim', 'flag', 'resolve', 'unflag', 'delete-post', 'warn', 'note', 'suspend', 'unsuspend',
    'role Berta', 'reset-link Berta', 'role Berta', 'delete-person',
  ]);
});

test('settings, invitations and approvals, noticed by the server within two seconds', async (t) => {
  const server = await serverFor(t);
  const operator = operatorOf(server);
  const anybody = new Client(server.web);
  await operator.ok('instance', 'set', 'instance-name', 'Aviary');
  await operator.ok('instance', 'set', 'registration', 'invitation');
  await waitFor('the name', async () => /· Aviary</.test((await anybody.get('/public')).text), 2500);
  const shown = await operator.json('instance', 'show');
  assert.deepEqual(shown.find(({ name }) => name === 'instance-name'),
    { name: 'instance-name', value: 'Aviary', configured: 'Kinglet', set: 1 });
  await operator.refused(1, /registration/, 'instance', 'set', 'registration', 'maybe');
  await operator.refused(2, /no such setting/, 'instance', 'set', 'colour', 'red');

  const link = (await operator.ok('invite', 'create', '--uses', '2', '--days', '1')).trim();
  assert.match((await anybody.get(link)).text, /name="password2"/);
  const [invitation] = await operator.json('invite', 'list');
  assert.deepEqual([invitation.uses, invitation.uses_max, link.endsWith(invitation.code)], [0, 2, true]);
  await operator.ok('invite', 'end', invitation.code);
  await operator.refused(1, /no such invitation/, 'invite', 'end', invitation.code);
  await operator.refused(2, /1 to 1000/, 'invite', 'create', '--uses', '0');

  await operator.ok('instance', 'set', 'registration', 'approval');
  await waitFor('the reason', async () => /name="reason"/.test((await anybody.get('/register')).text), 2500);
  for (const username of ['Anna', 'Berta']) {
    await anybody.post('/register', { username, email: 'a@b', password: 'x', password2: 'x', reason: 'birds' });
  }
  await operator.ok('user', 'approve', 'Anna');
  await operator.ok('user', 'reject', 'Berta', 'no');
  await operator.refused(1, /nobody called/, 'user', 'show', 'Berta');
  assert.match((await anybody.login('Anna', 'x')).text, /You were logged in/);
  await operator.ok('instance', 'unset', 'instance-name');
  await waitFor('the old name', async () => /· Kinglet</.test((await anybody.get('/public')).text), 2500);
  const log = await operator.json('audit', 'list', '--limit', '2');
  assert.deepEqual(log.map(({ action, detail }) => `${action} ${detail}`),
    ['setting instance-name: “Aviary” → “Kinglet”', 'reject no']);
});

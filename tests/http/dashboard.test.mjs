/* The embedded dashboard: who may see it, what it shows, and that its history stays. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { expectStatus, Api } from '../lib/api.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { fillHistory, historyRows, NODES } from '../lib/history.mjs';
import { FAST as FAST_DISK, startPostgres } from '../lib/postgres.mjs';
import { removeTempDir, runKinglet, serverFor, startServer, stopCleanly, tempDir, waitFor } from '../lib/server.mjs';

const PAGES = ['/admin/business', '/admin/infrastructure'];
const FAST = ['--history-interval-s', '1'];

async function administrator(server, name = 'Chief') {
  const client = await signedIn(server.web, name);
  const { code, stderr } = await runKinglet(['user', 'promote', name, '--db', server.db]);
  assert.equal(code, 0, stderr);
  return client;
}

/* The rows of the table of a chart, newest first: [[time, value, …], …] */
function tableOf(html, id) {
  const body = new RegExp(`data-live="${id}"[^>]*>(.*?)</tbody>`, 's').exec(html)?.[1];
  assert.ok(body !== undefined, `no table ${id}`);
  return body.split('<tr>').slice(1).map((row) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, text]) => text.replace(/<[^>]*>/g, '')));
}

const charts = (html) => [...html.matchAll(/<figure class="chart" id="([^"]+)"/g)].map(([, id]) => id);

test('strangers are sent to the sign-in, and ordinary people are refused', async (t) => {
  const server = await serverFor(t);
  const stranger = new Client(server.web);
  const person = await signedIn(server.web, 'Ada');
  for (const page of ['/admin/', ...PAGES]) {
    const sent = await stranger.get(page);
    assert.equal(sent.status, 302, page);
    assert.equal(sent.location, '/login', page);
    assert.equal((await person.get(page)).status, 403, page);
    assert.doesNotMatch((await person.get(page)).text, /class="board"/);
  }
  assert.equal((await stranger.get('/admin')).location, '/login');
  assert.equal((await person.get('/admin')).status, 403);
  assert.equal((await stranger.get('/admin/nothing')).status, 404);
  assert.equal((await stranger.post('/admin/business')).status, 405);
});

test('an administrator sees both pages, finds them by a link, and loses them with the role', async (t) => {
  const server = await serverFor(t);
  const chief = await administrator(server);
  assert.match((await chief.get('/public')).text, /<a href="\/admin\/">Dashboard<\/a>/);
  assert.doesNotMatch((await new Client(server.web).get('/public')).text, /\/admin\//);
  for (const entry of ['/admin', '/admin/']) assert.equal((await chief.get(entry)).location, '/admin/business');
  for (const page of PAGES) {
    const answer = await chief.get(page);
    assert.equal(answer.status, 200, page);
    assert.match(answer.headers['content-security-policy'], /default-src 'none'; style-src 'self'; script-src 'self';/);
    assert.match(answer.headers['content-security-policy'], /; connect-src 'self';/);
    assert.match(answer.headers['cache-control'], /private/);
    assert.equal(charts(answer.text).length, 10, page);
  }
  await runKinglet(['user', 'demote', 'Chief', '--db', server.db]);
  assert.equal((await chief.get('/admin/business')).status, 403);
});

test('the operator\'s listener shows both without a sign-in, with styles, and links to no other page', async (t) => {
  const server = await serverFor(t);
  const operator = new Client(server.admin);
  for (const entry of ['/admin', '/admin/']) assert.equal((await operator.get(entry)).location, '/admin/business');
  for (const page of PAGES) {
    const { status, text } = await operator.get(page);
    assert.equal(status, 200, page);
    for (const [, link] of text.matchAll(/(?:href|src)="(\/[^"]*)"/g)) {
      assert.ok([200, 302].includes((await operator.get(link)).status), `${page} links to ${link}`);
    }
  }
});

test('a range is kept in the links, and an unknown one is refused', async (t) => {
  const server = await serverFor(t);
  const operator = new Client(server.admin);
  for (const [range, points] of [['1h', 60], ['24h', 144], ['7d', 168], ['30d', 180]]) {
    const { status, text } = await operator.get(`/admin/infrastructure?range=${range}`);
    assert.equal(status, 200, range);
    assert.equal(tableOf(text, 'queue-table').length, points, range);
    assert.ok(text.includes(`/admin/business?range=${range}`), range);
    assert.match(text, new RegExp(`\\?range=${range}" aria-current="true"`));
  }
  assert.equal((await operator.get('/admin/business?other=1')).status, 200);
  for (const bad of ['range=', 'range=2h', 'range=24h%00', 'range=%3Cb%3E', 'range=1h;--', '%zz']) {
    assert.equal((await operator.get(`/admin/business?${bad}`)).status, 400, bad);
  }
});

test('a person named admin, as an import may bring, keeps their page', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const db = `sqlite:${path.join(dir, 'kinglet.db')}`;
  const server = await startServer({ db });
  t.after(() => stopCleanly(server));
  const chief = await administrator(server);
  await signedIn(server.web, 'Admina');
  execFileSync('sqlite3', [path.join(dir, 'kinglet.db')], {
    input: ".timeout 9000\nUPDATE user SET name = 'admin', name_key = 'admin' WHERE name = 'Admina';\n" });
  const stranger = new Client(server.web);
  for (const page of ['/admin', '/Admin', '/admin/followers']) {
    const { status, text } = await stranger.get(page);
    assert.equal(status, 200, page);
    assert.match(text, /<h1[^>]*>(?:<[^>]*>)*admin|admin<\/h1>/, page);
  }
  assert.equal((await chief.get('/admin')).location, '/admin/business');
  assert.equal((await chief.get('/Admin')).status, 200);
  assert.equal((await stranger.get('/admin/business')).location, '/login');
});

test('what was recorded is shown, and is there after a restart and a kill', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const db = `sqlite:${path.join(dir, 'kinglet.db')}`;
  const args = [...FAST, '--node-name', 'one'];
  const requests = (text) => tableOf(text, 'errors-table').length;
  const total = async (server) => {
    const { text } = await new Client(server.admin).get('/admin/business?range=1h');
    return tableOf(text, 'posts-hour-table').reduce((sum, [, value]) => sum + (Number(value) || 0), 0);
  };
  let server = await startServer({ db, args });
  const api = new Api(server.api);
  expectStatus(await api.register('Ada'), 204);
  for (let i = 0; i < 3; i++) expectStatus(await api.write('Ada', `number ${i}`), 204);
  await stopCleanly(server); /* which writes down what came since the last sample */
  server = await startServer({ db, args });
  assert.equal(await total(server), 3);
  assert.equal(requests((await new Client(server.admin).get('/admin/infrastructure?range=1h')).text), 60);
  expectStatus(await new Api(server.api).write('Ada', 'one more'), 204);
  await waitFor('the sample with the fourth post', async () => (await total(server)) === 4);
  await server.kill();
  server = await startServer({ db, args });
  t.after(() => stopCleanly(server));
  assert.equal(await total(server), 4);
  const { text } = await new Client(server.admin).get('/admin/infrastructure?range=1h');
  assert.match(text, /<th scope="row">one<\/th><td>up<\/td>/);
});

test('a month of two nodes is drawn with its gaps', async (t) => {
  const dir = tempDir();
  t.after(() => removeTempDir(dir));
  const file = path.join(dir, 'kinglet.db');
  const server = await serverFor(t, { db: `sqlite:${file}` });
  fillHistory(file, historyRows());
  const { text } = await new Client(server.admin).get('/admin/infrastructure?range=24h');
  const cpu = tableOf(text, 'cpu-table');
  for (const node of NODES) assert.ok(text.includes(`<th scope="col">${node}</th>`), node);
  assert.ok(cpu.some(([, one, two]) => / %$/.test(one) && two === '–'), 'the second node has a gap of its own');
  assert.match(text, /kinglet-b:8080<\/th><td>.*?<\/td><td>[^<]*<\/td><td>9[34](\.\d)? %/);
  const days = tableOf((await new Client(server.admin).get('/admin/business?range=30d')).text, 'posts-day-table');
  assert.equal(days.length, 30);
  assert.ok(days.slice(1, -1).every(([, value]) => Number(value.replace(',', '')) > 100), JSON.stringify(days));
});

test('top authors and flagged posts are on the business page, their names escaped', async (t) => {
  const server = await serverFor(t, { args: ['--post-burst', '0'] });
  const chief = await administrator(server);
  const ada = await signedIn(server.web, 'Ada');
  for (let i = 0; i < 3; i++) await ada.addMessage(`number ${i}`);
  await chief.addMessage('mine');
  const id = /href="\/post\/(\d+)"/.exec((await chief.get('/Ada')).text)[1];
  await runKinglet(['flag', id, '--db', server.db]);
  const { text } = await chief.get('/admin/business');
  assert.deepEqual(tableOf(text, 'authors'), [['Ada', '2'], ['Chief', '1']]);
  assert.deepEqual(tableOf(text, 'flagged').map((row) => row.slice(0, 2)), [[id, 'Ada']]);
});

test('two nodes on one PostgreSQL show each other, and which one is gone', async (t) => {
  const pg = await startPostgres({ settings: FAST_DISK });
  t.after(() => pg.stop());
  const db = await pg.createDatabase('kinglet');
  const one = await serverFor(t, { db, args: [...FAST, '--node-name', 'one'] });
  const two = await startServer({ db, args: [...FAST, '--node-name', 'two'] });
  expectStatus(await new Api(two.api).register('Ada'), 204);
  const page = async (server) => (await new Client(server.admin).get('/admin/infrastructure?range=1h')).text;
  for (const server of [one, two]) {
    await waitFor('both nodes', async () => /one<\/th><td>up.*two<\/th><td>up/s.test(await page(server)));
  }
  await stopCleanly(two);
  assert.match(await page(one), /<th scope="col">one<\/th><th scope="col">two<\/th>/);
  const business = (await new Client(one.admin).get('/admin/business')).text;
  assert.equal(tableOf(business, 'users-hour-table').reduce((sum, [, n]) => sum + (Number(n) || 0), 0), 1);
});

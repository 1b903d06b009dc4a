/* The API under more than it can take at a time: what fails does so quickly and clearly, and it recovers. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { Client, rawSocket } from '../lib/client.mjs';
import { binary, serverFor, waitFor } from '../lib/server.mjs';

const MIB = 2 ** 20;
/* A sanitizer's shadow memory is terabytes of address space: there a limit on it can't be set. */
const isSanitized = readFileSync(binary).includes('__asan_init') || readFileSync(binary).includes('__tsan_init');

const kib = (status, name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]);
const memory = (server, name) => kib(readFileSync(`/proc/${server.proc.pid}/status`, 'utf8'), name) * 1024;

test('registers that come all at once queue within a memory limit, and nothing dies', async (t) => {
  const count = 60; // at 19 MiB each at once they would take over 1 GiB
  const server = await serverFor(t);
  if (!isSanitized) {
    const limit = memory(server, 'VmSize') + 512 * MIB;
    execFileSync('prlimit', ['--pid', String(server.proc.pid), `--as=${limit}`]);
  }
  const before = memory(server, 'VmRSS');
  const api = new Api(server.api);
  const names = Array.from({ length: count }, (_, i) => `User ${i}`);
  const answers = await Promise.all(names.map((name) => api.register(name)));
  for (const answer of answers) expectStatus(answer, 204);
  for (const name of names) assert.deepEqual(await api.messagesOf(name), []);
  if (!isSanitized) {
    const grown = (memory(server, 'VmHWM') - before) / MIB;
    assert.ok(grown < 200, `memory grew by ${grown} MiB`);
  }
});

test('registers delay no reader: a read is answered while they are still queued', async (t) => {
  const server = await serverFor(t, { args: ['--password-workers', '1'] });
  const api = new Api(server.api);
  let left = 40;
  const registers = Array.from({ length: left }, (_, i) => api.register(`User ${i}`).then((answer) => {
    left -= 1;
    return answer;
  }));
  await registers[0];
  await api.messages();
  await api.latest();
  assert.notEqual(left, 0, 'the reads came after all registers');
  for (const answer of await Promise.all(registers)) expectStatus(answer, 204);
});

test('over the limit of waiting registers the answer is 503, and those refused changed nothing', async (t) => {
  const server = await serverFor(t, { args: ['--password-workers', '1', '--password-queue', '2'] });
  const api = new Api(server.api);
  const names = Array.from({ length: 50 }, (_, i) => `User ${i}`);
  const answers = await Promise.all(names.map((name) => api.register(name)));
  const refused = answers.filter(({ status }) => status === 503).length;
  assert.ok(refused > 0 && refused < names.length, `${refused} of ${names.length} refused`);
  for (const [index, answer] of answers.entries()) {
    expectStatus(answer, answer.status === 503 ? 503 : 204);
    expectStatus(await api.get(`/msgs/${encodeURIComponent(names[index])}`), answer.status === 503 ? 404 : 200);
  }
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 503) expectStatus(await api.register(names[index]), 204);
  }
});

test('far over the limit of connections each client is answered or cut off, and later all is well', async (t) => {
  const server = await serverFor(t, { args: ['--connections', '32'] });
  const api = new Api(server.api);
  expectStatus(await api.register('Ada'), 204);
  const idle = await Promise.all(Array.from({ length: 30 }, () => rawSocket(server.api)));
  const outcomes = await Promise.all(Array.from({ length: 300 }, (_, i) =>
    api.write('Ada', `post ${i}`).then(({ status }) => status, () => 'cut off')));
  assert.deepEqual(outcomes.filter((one) => one !== 204 && one !== 'cut off'), []);
  for (const socket of idle) socket.destroy();
  await waitFor('a connection to be free', () => api.latest().then(() => true, () => false));
  assert.equal((await api.messagesOf('Ada', '?no=1000')).length, outcomes.filter((one) => one === 204).length);
  const again = [];
  for (let i = 0; i < 20; i += 1) again.push((await api.write('Ada', `again ${i}`)).status);
  assert.deepEqual(again, again.map(() => 204));
});

test('the longest list has 1000 posts and a bounded size', async (t) => {
  const server = await serverFor(t);
  const api = new Api(server.api);
  expectStatus(await api.register('Ada'), 204);
  const text = '🏳️‍🌈'.repeat(500); // 500 characters, 7 KB
  await Promise.all(Array.from({ length: 1200 }, () => api.write('Ada', text)));
  const { text: answer, json } = await api.get('/msgs?no=1000000', { headers: { 'Accept-Encoding': 'identity' } });
  assert.equal(json.length, 1000);
  assert.equal(json[999].content, text);
  assert.ok(Buffer.byteLength(answer) <= 8 * MIB);
});

test('a list that would be larger than an answer may be ends early, and is JSON', async (t) => {
  const server = await serverFor(t, { args: ['--response-bytes', '65536'] });
  const api = new Api(server.api);
  expectStatus(await api.register('Ada'), 204);
  const text = 'ü'.repeat(500);
  for (let i = 0; i < 90; i += 1) expectStatus(await api.write('Ada', `${i} ${text}`.slice(0, 500)), 204);
  const list = await api.messages('?no=90');
  assert.ok(list.length > 5 && list.length < 90, `${list.length} posts`);
  assert.match(list[0].content, /^89 /, 'the newest ones');
});

test('bodies over the limit answer 413 in JSON', async (t) => {
  const server = await serverFor(t, { args: ['--body-bytes', '1024'] });
  const api = new Api(server.api);
  expectStatus(await api.register('Ada'), 204);
  expectStatus(await api.write('Ada', 'x'.repeat(2000)), 413);
  assert.deepEqual(await api.messages(), []);
  assert.equal((await new Client(server.admin).get('/readyz')).status, 200);
});

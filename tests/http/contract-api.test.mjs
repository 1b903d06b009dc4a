/* The simulator API as its contract has it, row by row, against the real program. */
import assert from 'node:assert/strict';
import http from 'node:http';
import test from 'node:test';
import { Api, authorization, expectStatus } from '../lib/api.mjs';
import { rawRequest } from '../lib/client.mjs';
import { removeTempDir, serverFor, startServer } from '../lib/server.mjs';

const NOT_AUTHORIZED = 'You are not authorized to use this resource!';

async function apiFor(t, names = [], options) {
  const server = await serverFor(t, options);
  const api = new Api(server.api);
  for (const name of names) expectStatus(await api.register(name), 204);
  return { server, api };
}

/* ---- /latest ------------------------------------------------------------------------------------ */

test('latest is -1 before any, and then what the last request carried', async (t) => {
  const { api } = await apiFor(t);
  assert.deepEqual((await api.get('/latest')).json, { latest: -1 });
  expectStatus(await api.register('Ada', {}, '?latest=1337'), 204);
  assert.equal(await api.latest(), 1337);
  expectStatus(await api.register('Bo', {}, '?latest=12'), 204);
  assert.equal(await api.latest(), 12, 'it may go down');
});

test('latest ignores -1 and what is not an integer', async (t) => {
  const { api } = await apiFor(t);
  await api.messages('?latest=42');
  for (const value of ['-1', '', 'abc', '1.5', '1e3', '0x10', '%00', '99999999999999999999', '4%202']) {
    await api.get(`/msgs?latest=${value}`);
    assert.equal(await api.latest(), 42, `latest=${value}`);
  }
  for (const [value, wanted] of [['0', 0], ['-2', -2], ['007', 7], ['2147483648', 2147483648]]) {
    await api.get(`/msgs?latest=${value}`);
    assert.equal(await api.latest(), wanted, `latest=${value}`);
  }
});

test('latest advances even where the request answers 400, 403, 404 or 405', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  const stranger = new Api(api.client.base, { password: 'wrong' });
  expectStatus(await api.post('/register?latest=1', {}), 400);
  assert.equal(await api.latest(), 1);
  expectStatus(await api.post('/msgs/Ada?latest=2', 'not JSON'), 400);
  assert.equal(await api.latest(), 2);
  expectStatus(await stranger.get('/msgs?latest=3'), 403);
  assert.equal(await api.latest(), 3);
  expectStatus(await api.get('/msgs/Nobody?latest=4'), 404);
  assert.equal(await api.latest(), 4);
  expectStatus(await api.get('/nowhere?latest=5'), 404);
  assert.equal(await api.latest(), 5);
  expectStatus(await api.send('DELETE', '/msgs?latest=6'), 405);
  assert.equal(await api.latest(), 6);
});

test('every request may carry latest', async (t) => {
  const { api } = await apiFor(t, ['Ada', 'Bo']);
  const requests = [
    (query) => api.get(`/latest${query}`),
    (query) => api.register('Cy', {}, query),
    (query) => api.get(`/msgs${query}&no=1`),
    (query) => api.get(`/msgs/Ada?no=1&${query.slice(1)}`),
    (query) => api.write('Ada', 'x', query),
    (query) => api.get(`/fllws/Ada${query}`),
    (query) => api.follow('Ada', 'Bo', query),
    (query) => api.unfollow('Ada', 'Bo', query),
  ];
  for (const [index, request] of requests.entries()) {
    const { status } = await request(`?latest=${100 + index}`);
    assert.ok(status === 200 || status === 204, `request ${index}: ${status}`);
    assert.equal(await api.latest(), 100 + index);
  }
});

test('latest outlives a restart', async (t) => {
  const server = await startServer();
  t.after(() => removeTempDir(server.dir));
  expectStatus(await new Api(server.api).register('Ada', {}, '?latest=77'), 204);
  await server.kill();
  const again = await serverFor(t, { db: server.db });
  assert.equal(await new Api(again.api).latest(), 77);
});

/* ---- /register ---------------------------------------------------------------------------------- */

test('a registration is done or refused in the words of the form', async (t) => {
  const { api } = await apiFor(t, ['Ada Lovelace']);
  const good = { username: 'Bo', email: 'bo@example.com', pwd: 'x' };
  const cases = [
    [{ ...good, username: '' }, 'You have to enter a username'],
    [{ email: 'bo@example.com', pwd: 'x' }, 'You have to enter a username'],
    [{ ...good, email: 'example.com' }, 'You have to enter a valid email address'],
    [{ username: 'Bo', pwd: 'x' }, 'You have to enter a valid email address'],
    [{ ...good, pwd: '' }, 'You have to enter a password'],
    [{ username: 'Bo', email: 'bo@example.com' }, 'You have to enter a password'],
    [{ ...good, username: 'Ada Lovelace' }, 'The username is already taken'],
    [{ ...good, username: 'aDA lOVELACE' }, 'The username is already taken'],
  ];
  for (const [body, words] of cases) expectStatus(await api.post('/register', body), 400, words);
  expectStatus(await api.get('/msgs/Bo'), 404);
  expectStatus(await api.post('/register', good), 204);
  expectStatus(await api.post('/register', good), 400, 'The username is already taken');
});

test('the password is called pwd: another name for it is a missing password', async (t) => {
  const { api } = await apiFor(t);
  for (const name of ['password', 'Pwd', 'passwd']) {
    const answer = await api.post('/register', { username: 'Ada', email: 'a@example.com', [name]: 'x' });
    expectStatus(answer, 400, 'You have to enter a password');
  }
});

test('who registered here signs in on the pages', async (t) => {
  const { server, api } = await apiFor(t);
  expectStatus(await api.register('Ada Lovelace', { pwd: 'pässword' }), 204);
  const body = new URLSearchParams({ username: 'Ada Lovelace', password: 'pässword' });
  const answer = await fetch(`${server.web}/login`, { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 302);
});

test('two may have one email address', async (t) => {
  const { api } = await apiFor(t);
  for (const name of ['Ada', 'Bo']) expectStatus(await api.register(name, { email: 'same@example.com' }), 204);
});

/* ---- /msgs -------------------------------------------------------------------------------------- */

test('posts come newest first, with text, integer seconds and the name', async (t) => {
  const { api } = await apiFor(t, ['Ada Lovelace', 'Bo']);
  const before = Math.floor(Date.now() / 1000) - 1;
  expectStatus(await api.write('Ada Lovelace', 'first'), 204);
  expectStatus(await api.write('Bo', 'second'), 204);
  const list = await api.messages();
  assert.deepEqual(list.map(({ content, user }) => [content, user]), [['second', 'Bo'], ['first', 'Ada Lovelace']]);
  for (const post of list) {
    assert.deepEqual(Object.keys(post), ['content', 'pub_date', 'user']);
    assert.ok(Number.isInteger(post.pub_date), post.pub_date);
    assert.ok(post.pub_date >= before && post.pub_date <= before + 60, post.pub_date);
  }
  assert.deepEqual((await api.messagesOf('Ada Lovelace')).map(({ content }) => content), ['first']);
  assert.deepEqual(await api.messagesOf('bO'), [list[0]], 'a name has no case');
});

test('text stays text: 007 is a name, 0123 a post', async (t) => {
  const { api } = await apiFor(t, ['007']);
  expectStatus(await api.write('007', '0123'), 204);
  const [post] = await api.messagesOf('007');
  assert.strictEqual(post.content, '0123');
  assert.strictEqual(post.user, '007');
  expectStatus(await api.get('/msgs/7'), 404);
  expectStatus(await api.follow('007', '7'), 404);
});

test('any text comes back as it was sent', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  const texts = ['"quoted" \\ back', '<b>&amp;</b>', 'line\nbreak\ttab',
    'Þórr 😀 👩‍👩‍👧 \u2028 x', "'; DROP TABLE user;--", '%00%20+'];
  for (const text of texts) expectStatus(await api.write('Ada', text), 204);
  assert.deepEqual((await api.messages()).map(({ content }) => content), texts.reverse());
});

test('a name with a space is %20 in the path', async (t) => {
  const { api } = await apiFor(t, ['Ada Lovelace', 'Bo Ek']);
  expectStatus(await api.post('/msgs/Ada%20Lovelace', { content: 'hello' }), 204);
  expectStatus(await api.post('/fllws/Ada%20Lovelace', { follow: 'Bo Ek' }), 204);
  assert.equal((await api.read('/msgs/Ada%20Lovelace')).length, 1);
  assert.deepEqual(await api.read('/fllws/Ada%20Lovelace'), { follows: ['Bo Ek'] });
  expectStatus(await api.get('/msgs/Ada+Lovelace'), 404);
});

test('no is how many: 100 by default and for what is no number, none for 0, at most 1000', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  await Promise.all(Array.from({ length: 120 }, (_, i) => api.write('Ada', `post ${i}`)));
  const cases = [['', 100], ['?no=0', 0], ['?no=1', 1], ['?no=119', 119], ['?no=abc', 100], ['?no=', 100],
    ['?no=2.5', 100], ['?no=1000000', 120], ['?latest=5&no=3', 3]];
  for (const path of ['/msgs', '/msgs/Ada']) {
    for (const [query, count] of cases) {
      const list = await api.read(path + query);
      assert.equal(list.length, count, path + query);
      assert.equal(new Set(list.map(({ content }) => content)).size, count, path + query);
    }
  }
});

test('an empty list is a list', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  assert.deepEqual(await api.messages(), []);
  assert.deepEqual(await api.messagesOf('Ada'), []);
  assert.deepEqual(await api.read('/fllws/Ada'), { follows: [] });
});

test('a post that is empty, too long or no text is refused with words and changes nothing', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  for (const content of ['', '   ', '\n', 'x'.repeat(501), 7, null, ['x'], 'a\u0000b', 'a\u007fb', 'a\u001bb']) {
    expectStatus(await api.write('Ada', content), 400);
  }
  assert.deepEqual(await api.messages(), []);
  expectStatus(await api.write('Ada', '😀'.repeat(500)), 204);
});

/* ---- /fllws ------------------------------------------------------------------------------------- */

test('following twice, oneself, and unfollowing whom one never followed answer 204', async (t) => {
  const { api } = await apiFor(t, ['Ada', 'Bo', 'Cy']);
  expectStatus(await api.unfollow('Ada', 'Bo'), 204);
  assert.deepEqual(await api.followsOf('Ada'), []);
  expectStatus(await api.follow('Ada', 'Bo'), 204);
  expectStatus(await api.follow('Ada', 'Bo'), 204);
  expectStatus(await api.follow('Ada', 'bo'), 204);
  assert.deepEqual(await api.followsOf('Ada'), ['Bo'], 'once, however often it is asked');
  expectStatus(await api.follow('Ada', 'Ada'), 204);
  expectStatus(await api.follow('Ada', 'Cy'), 204);
  expectStatus(await api.unfollow('Ada', 'Bo'), 204);
  assert.ok(!(await api.followsOf('Ada')).includes('Bo'));
  assert.ok((await api.followsOf('Ada')).includes('Cy'));
  assert.deepEqual(await api.followsOf('Bo'), []);
  assert.equal((await api.followsOf('Ada', '?no=1')).length, 1);
  assert.equal((await api.followsOf('Ada', '?no=0')).length, 0);
});

test('a follow of, by or about somebody unknown answers 404', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  for (const query of [api.follow('Nobody', 'Ada'), api.follow('Ada', 'Nobody'), api.unfollow('Nobody', 'Ada'),
    api.unfollow('Ada', 'Nobody'), api.get('/fllws/Nobody')]) {
    expectStatus(await query, 404);
  }
});

/* ---- order of checks, authorization, methods ---------------------------------------------------- */

test('messages and follows need name and password, registering and latest need none', async (t) => {
  const { server, api } = await apiFor(t, ['Ada']);
  const headers = [
    {},
    { Authorization: authorization('simulator', 'wrong') },
    { Authorization: authorization('somebody', 'super_safe!') },
    { Authorization: authorization('simulator', '') },
    { Authorization: 'Basic ' },
    { Authorization: 'Basic %%%' },
    { Authorization: `Bearer ${authorization('simulator', 'super_safe!').slice(6)}` },
  ];
  for (const one of headers) {
    for (const [method, path] of [['GET', '/msgs'], ['GET', '/msgs/Ada'], ['POST', '/msgs/Ada'], ['GET', '/fllws/Ada'],
      ['POST', '/fllws/Ada']]) {
      const body = method === 'POST' ? '{"content": "x", "follow": "Ada"}' : undefined;
      const options = { method, headers: one, body };
      const answer = await fetch(server.api + path, options);
      assert.equal(answer.status, 403, `${method} ${path} ${JSON.stringify(one)}`);
      assert.deepEqual(await answer.json(), { status: 403, error_msg: NOT_AUTHORIZED });
    }
  }
  assert.equal((await fetch(`${server.api}/latest`)).status, 200);
  assert.equal((await fetch(`${server.api}/register`, { method: 'POST', body: '{}' })).status, 400);
  assert.deepEqual(await api.messages(), []);
});

test('name and password can be configured', async (t) => {
  const { server } = await apiFor(t, [], { args: ['--api-name', 'robot'], env: { KINGLET_API_PASSWORD: 'p:ä' } });
  expectStatus(await new Api(server.api).get('/msgs'), 403, NOT_AUTHORIZED);
  assert.deepEqual(await new Api(server.api, { name: 'robot', password: 'p:ä' }).messages(), []);
});

test('authorization is checked before the user, the user before the body', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  const stranger = new Api(api.client.base, { password: 'wrong' });
  for (const path of ['/msgs', '/fllws']) {
    expectStatus(await stranger.post(`${path}/Nobody`, 'not JSON'), 403, NOT_AUTHORIZED);
    expectStatus(await api.post(`${path}/Nobody`, 'not JSON'), 404);
    expectStatus(await api.post(`${path}/Ada`, 'not JSON'), 400);
  }
});

test('a body that is not JSON, not an object, or lacks the key answers 400', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  const bodies = ['', '{', 'content=x', '[]', '"x"', 'null', '{}', '{"Content": "x"}',
    '{"content": "a", "content": "b"}',
    `${'['.repeat(10000)}`, '\ufeff{"content": "x"}'];
  for (const path of ['/register', '/msgs/Ada', '/fllws/Ada']) {
    for (const body of bodies) expectStatus(await api.post(path, body), 400);
  }
  assert.deepEqual(await api.messages(), []);
});

test('a wrong method answers 405 and says which there are', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  for (const [path, method, allow] of [['/latest', 'POST', 'GET, HEAD'], ['/register', 'GET', 'POST'],
    ['/msgs', 'POST', 'GET, HEAD'], ['/msgs/Ada', 'DELETE', 'GET, HEAD, POST'],
    ['/fllws/Ada', 'PUT', 'GET, HEAD, POST']]) {
    const answer = await api.send(method, path);
    expectStatus(answer, 405);
    assert.equal(answer.headers.allow, allow, path);
  }
});

test('where there is GET there is HEAD, without a body', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  expectStatus(await api.write('Ada', 'x'), 204);
  for (const path of ['/latest', '/msgs', '/msgs/Ada', '/fllws/Ada', '/openapi.json']) {
    const options = { headers: { 'Accept-Encoding': 'identity' } };
    const [get, head] = [await api.get(path, options), await api.client.request('HEAD', path, options)];
    assert.equal(head.status, 200, path);
    assert.equal(head.text, '', path);
    assert.equal(head.headers['content-length'], get.headers['content-length'], path);
    assert.equal(head.headers['content-type'], get.headers['content-type'], path);
  }
});

test('an unknown path answers 404 in JSON', async (t) => {
  const { api } = await apiFor(t, ['Ada']);
  for (const path of ['/', '/msg', '/msgs/', '/msgs/Ada/', '/msgs/Ada/x', '/fllws', '/favicon.ico']) {
    expectStatus(await api.get(path), 404);
  }
});

/* ---- as its clients behave ---------------------------------------------------------------------- */

test('a client that sends Connection: close is answered and then the connection is closed', async (t) => {
  const { server, api } = await apiFor(t, ['Ada Lovelace']);
  const body = '{"content": "hello"}';
  const text = await rawRequest(server.api,
    'POST /msgs/Ada%20Lovelace?latest=9 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    'Content-Type: application/json\r\n' +
    `Authorization: ${authorization('simulator', 'super_safe!')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  assert.match(text, /^HTTP\/1\.1 204 No Content\r\n/);
  assert.match(text, /\r\nConnection: close\r\n/i);
  assert.ok(text.endsWith('\r\n\r\n'), 'a 204 has no body');
  assert.doesNotMatch(text, /\r\nContent-Length:/i);
  assert.equal(await api.latest(), 9);
});

test('a 204 is seen by the next read, also where many write', async (t) => {
  const names = Array.from({ length: 16 }, (_, i) => `Writer ${i}`);
  const { api } = await apiFor(t, names);
  await Promise.all(names.map(async (name, index) => {
    for (let i = 0; i < 10; i += 1) {
      const text = `${name} writes ${i}`;
      expectStatus(await api.write(name, text), 204);
      assert.equal((await api.messagesOf(name, '?no=1'))[0].content, text);
      assert.ok((await api.messages()).some(({ content }) => content === text), `not in /msgs: ${text}`);
      const other = names[(index + i + 1) % names.length];
      expectStatus(await api.follow(name, other), 204);
      assert.ok((await api.followsOf(name)).includes(other));
      expectStatus(await api.unfollow(name, other), 204);
      assert.ok(!(await api.followsOf(name)).includes(other));
    }
  }));
});

test('300 requests at once are all answered right', async (t) => {
  const { api } = await apiFor(t, ['Ada', 'Bo']);
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) => [
    () => api.write('Ada', `post ${i}`),
    () => api.get('/msgs?no=100'),
    () => api.follow('Ada', 'Bo'),
    () => api.get('/fllws/Ada'),
    () => api.get('/latest'),
    () => api.get('/msgs/Bo'),
  ][i % 6]()));
  const wanted = [204, 200, 204, 200, 200, 200];
  assert.deepEqual(answers.map(({ status }) => status), answers.map((_, i) => wanted[i % 6]));
  assert.equal((await api.messagesOf('Ada')).length, 50);
  assert.deepEqual(await api.followsOf('Ada'), ['Bo']);
});

test('many requests go over one connection', async (t) => {
  const { server } = await apiFor(t, ['Ada']);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  const api = new Api(server.api, { agent, headers: { Connection: 'keep-alive' } });
  for (let i = 0; i < 50; i += 1) {
    expectStatus(await api.write('Ada', `post ${i}`), 204);
    assert.equal((await api.messages('?no=1'))[0].content, `post ${i}`);
  }
});

/* The description that is served, against the answers that are really given. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Api, expectStatus } from '../lib/api.mjs';
import { resolve, validate } from '../lib/json_schema.mjs';
import { serverFor } from '../lib/server.mjs';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];

async function describedServer(t) {
  const server = await serverFor(t);
  const api = new Api(server.api);
  return { server, api, doc: await api.read('/openapi.json') };
}

/* {id, path, method, operation} of each operation. */
function operationsOf(doc) {
  return Object.entries(doc.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.includes(method.toUpperCase()))
      .map(([method, operation]) => ({ id: operation.operationId, path, method: method.toUpperCase(), operation })));
}

/* The JSON media type of a request or a response, if it has one. */
const jsonOf = (doc, part) => resolve(doc, part).content?.['application/json'];

function assertDescribed(doc, { id, operation }, answer) {
  const what = `${id} ${answer.status} ${answer.text}`;
  const described = operation.responses[answer.status];
  assert.ok(described, `${what}: the description doesn't have that status`);
  const response = resolve(doc, described);
  const media = jsonOf(doc, described);
  const plain = response.content?.['text/plain'];
  if (plain) {
    assert.match(answer.headers['content-type'] ?? '', /^text\/plain\b/, what);
    assert.equal(answer.text, plain.schema.const, what);
  } else if (media) {
    assert.match(answer.headers['content-type'] ?? '', /^application\/json\b/, what);
    assert.deepEqual(validate(doc, media.schema, answer.json), [], what);
  } else {
    assert.equal(answer.text, '', what);
    assert.equal(answer.headers['content-type'], undefined, what);
  }
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    if (header.required) assert.ok(answer.headers[name.toLowerCase()], `${what}: lacks the header ${name}`);
  }
}

const ADA = encodeURIComponent('Ada Lovelace');
const wrong = { headers: { Authorization: 'Basic d3Jvbmc6d3Jvbmc=' } };

/* A request for each operation and status: [operation, status, method, target, body, options]. */
const CASES = [
  ['getLatest', 200, 'GET', '/latest?latest=5'],
  ['getLatest', 405, 'DELETE', '/latest'],
  ['register', 204, 'POST', '/register', { username: 'Grace Hopper', email: 'g@example.com', pwd: 'x' }],
  ['register', 400, 'POST', '/register', { username: '', email: 'g@example.com', pwd: 'x' }],
  ['register', 400, 'POST', '/register', 'not JSON'],
  ['register', 405, 'GET', '/register'],
  ['getMessages', 200, 'GET', '/msgs'],
  ['getMessages', 200, 'GET', '/msgs?no=0'],
  ['getMessages', 403, 'GET', '/msgs', undefined, wrong],
  ['getMessages', 405, 'POST', '/msgs', {}],
  ['getMessagesOfUser', 200, 'GET', `/msgs/${ADA}`],
  ['getMessagesOfUser', 403, 'GET', `/msgs/${ADA}`, undefined, wrong],
  ['getMessagesOfUser', 404, 'GET', '/msgs/Nobody'],
  ['getMessagesOfUser', 405, 'PUT', `/msgs/${ADA}`, {}],
  ['postMessage', 204, 'POST', `/msgs/${ADA}`, { content: 'one more' }],
  ['postMessage', 400, 'POST', `/msgs/${ADA}`, {}],
  ['postMessage', 403, 'POST', `/msgs/${ADA}`, { content: 'x' }, wrong],
  ['postMessage', 404, 'POST', '/msgs/Nobody', { content: 'x' }],
  ['postMessage', 405, 'PATCH', `/msgs/${ADA}`, {}],
  ['getFollows', 200, 'GET', `/fllws/${ADA}`],
  ['getFollows', 403, 'GET', `/fllws/${ADA}`, undefined, wrong],
  ['getFollows', 404, 'GET', '/fllws/Nobody'],
  ['getFollows', 405, 'DELETE', `/fllws/${ADA}`],
  ['changeFollow', 204, 'POST', `/fllws/${ADA}`, { unfollow: 'Ada Lovelace' }],
  ['changeFollow', 400, 'POST', `/fllws/${ADA}`, {}],
  ['changeFollow', 403, 'POST', `/fllws/${ADA}`, { follow: 'Ada Lovelace' }, wrong],
  ['changeFollow', 404, 'POST', `/fllws/${ADA}`, { follow: 'Nobody' }],
  ['changeFollow', 405, 'DELETE', `/fllws/${ADA}`],
  ['getHealth', 200, 'GET', '/healthz'],
  ['getHealth', 405, 'POST', '/healthz', {}],
  ['getDescription', 200, 'GET', '/openapi.json'],
  ['getDescription', 405, 'POST', '/openapi.json', {}],
];

test('every operation gives each status that is described, in the form that is described', async (t) => {
  const { api, doc } = await describedServer(t);
  const operations = operationsOf(doc);
  expectStatus(await api.register('Ada Lovelace'), 204);
  expectStatus(await api.write('Ada Lovelace', 'Blub!'), 204);
  expectStatus(await api.follow('Ada Lovelace', 'Ada Lovelace'), 204);
  const seen = new Set();
  for (const [id, status, method, target, body, options] of CASES) {
    const answer = await api.send(method, target, body, options);
    assert.equal(answer.status, status, `${id} ${method} ${target}: ${answer.text}`);
    assertDescribed(doc, operations.find((one) => one.id === id), answer);
    seen.add(`${id} ${status}`);
  }
  /* 503 is asked for below: it takes a server that has too much to do. */
  const described = operations.flatMap(({ id, operation }) =>
    Object.keys(operation.responses).filter((status) => status !== '503').map((status) => `${id} ${status}`));
  assert.deepEqual(described.filter((one) => !seen.has(one)), []);
});

test('a server that has too much to do answers 503 as it is described', async (t) => {
  const server = await serverFor(t, { args: ['--password-workers', '1', '--password-queue', '1'] });
  const api = new Api(server.api);
  const doc = await api.read('/openapi.json');
  const register = operationsOf(doc).find(({ id }) => id === 'register');
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => api.register(`User ${i}`)));
  for (const answer of answers) assertDescribed(doc, register, answer);
  const refused = answers.filter(({ status }) => status === 503);
  assert.notEqual(refused.length, 0, 'none of 40 was refused');
  for (const answer of refused) assert.match(answer.headers['retry-after'], /^\d+$/);
});

test('a path has the methods that are described and no other', async (t) => {
  const { api, doc } = await describedServer(t);
  for (const [path, item] of Object.entries(doc.paths)) {
    const described = METHODS.filter((method) => item[method.toLowerCase()]);
    for (const method of METHODS) {
      const answer = await api.send(method, path.replace('{username}', 'Nobody'), '{}');
      assert.equal(answer.status === 405, !described.includes(method), `${method} ${path}: ${answer.status}`);
      if (answer.status !== 405) continue;
      const wanted = described.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one]));
      assert.deepEqual(answer.headers.allow.split(', ').sort(), wanted.sort(), `${method} ${path}`);
    }
  }
});

test('examples are as their schemas say, and those of requests are accepted', async (t) => {
  const { api, doc } = await describedServer(t);
  let count = 0;
  for (const { id, path, method, operation } of operationsOf(doc)) {
    const parts = [...Object.values(operation.responses), ...(operation.requestBody ? [operation.requestBody] : [])];
    for (const media of parts.map((part) => jsonOf(doc, part)).filter((one) => one?.example !== undefined)) {
      assert.deepEqual(validate(doc, media.schema, media.example), [], id);
      count += 1;
    }
    if (!operation.requestBody) continue;
    const { example } = jsonOf(doc, operation.requestBody);
    expectStatus(await api.send(method, path.replace('{username}', ADA), example), 204);
  }
  assert.notEqual(count, 0);
});

test('what a request schema refuses is refused', async (t) => {
  const { api, doc } = await describedServer(t);
  expectStatus(await api.register('Ada Lovelace'), 204);
  const refused = {
    register: [{ username: 'Bo', email: 'b@example.com' }, { username: 'Bo', pwd: 'x', email: 'none' }, [],
      { username: 'x'.repeat(51), email: 'b@example.com', pwd: 'x' },
      { username: 7, email: 'b@example.com', pwd: 'x' }],
    postMessage: [{}, { content: '' }, { content: 7 }, 'text'],
    changeFollow: [{}, { follow: 7 }, { follow: 'Ada Lovelace', unfollow: 'Ada Lovelace' }, null],
  };
  for (const { id, path, method, operation } of operationsOf(doc).filter((one) => one.operation.requestBody)) {
    const { schema } = jsonOf(doc, operation.requestBody);
    for (const value of refused[id]) {
      const body = JSON.stringify(value);
      assert.notDeepEqual(validate(doc, schema, value), [], `${id}: the schema lets ${body} pass`);
      expectStatus(await api.send(method, path.replace('{username}', ADA), body), 400);
    }
  }
});

test('authorization is described where it is asked for', async (t) => {
  const { api, doc } = await describedServer(t);
  expectStatus(await api.register('Ada Lovelace'), 204);
  for (const { id, path, method, operation } of operationsOf(doc)) {
    const answer = await api.send(method, path.replace('{username}', ADA), method === 'GET' ? undefined : '{}', wrong);
    assert.equal(answer.status === 403, operation.security.length > 0, `${id}: ${answer.status}`);
  }
});

test('the description carries the version of the program', async (t) => {
  const { server, doc } = await describedServer(t);
  const metrics = await new Api(server.admin).get('/metrics');
  assert.match(metrics.text, new RegExp(`kinglet_build_info\\{version="${doc.info.version}",commit="[0-9a-z]+"\\} 1`));
});

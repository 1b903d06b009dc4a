/*
 * api.mjs: a client of the simulator API, as its own clients are: basic authorization, JSON,
 * a connection for each request.
 */
import assert from 'node:assert/strict';
import { Client } from './client.mjs';

export const authorization = (name, password) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

export class Api {
  constructor(base, { name = 'simulator', password = 'super_safe!', ...options } = {}) {
    const headers = { Connection: 'close', Authorization: authorization(name, password), ...options.headers };
    this.client = new Client(base, { ...options, headers });
  }

  /* {status, headers, text, json}; `value` is sent as JSON, or as it is where it is text. */
  async send(method, target, value, options = {}) {
    const body = value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
    const headers = body === undefined ? {} : { 'Content-Type': 'application/json' };
    const answer = await this.client.request(method, target, {
      body,
      ...options,
      headers: { ...headers, ...options.headers },
    });
    const isJson = /^application\/json\b/.test(answer.headers['content-type'] ?? '');
    return { ...answer, json: isJson && answer.text ? JSON.parse(answer.text) : undefined };
  }

  get(target, options) {
    return this.send('GET', target, undefined, options);
  }

  post(target, value, options) {
    return this.send('POST', target, value, options);
  }

  register(username, { email = 'someone@example.com', pwd = 'secret' } = {}, query = '') {
    return this.post(`/register${query}`, { username, email, pwd });
  }

  write(username, content, query = '') {
    return this.post(`/msgs/${encodeURIComponent(username)}${query}`, { content });
  }

  follow(username, follow, query = '') {
    return this.post(`/fllws/${encodeURIComponent(username)}${query}`, { follow });
  }

  unfollow(username, unfollow, query = '') {
    return this.post(`/fllws/${encodeURIComponent(username)}${query}`, { unfollow });
  }

  /* What a read answers; it must be 200. */
  async read(target) {
    const answer = await this.get(target);
    assert.equal(answer.status, 200, `GET ${target}: ${answer.text}`);
    return answer.json;
  }

  messages(query = '') {
    return this.read(`/msgs${query}`);
  }

  messagesOf(username, query = '') {
    return this.read(`/msgs/${encodeURIComponent(username)}${query}`);
  }

  async followsOf(username, query = '') {
    return (await this.read(`/fllws/${encodeURIComponent(username)}${query}`)).follows;
  }

  async latest() {
    return (await this.read('/latest')).latest;
  }
}

/* The answer has that status, and an error has the contract's form. */
export function expectStatus(answer, status, words) {
  assert.equal(answer.status, status, `got ${answer.status} ${answer.text}, wanted ${status}`);
  if (status === 204) {
    assert.equal(answer.text, '');
  } else if (status >= 400) {
    assert.deepEqual(Object.keys(answer.json ?? {}), ['status', 'error_msg'], answer.text);
    assert.equal(answer.json.status, status);
    assert.notEqual(answer.json.error_msg, '');
  }
  if (words instanceof RegExp) assert.match(answer.json.error_msg, words);
  else if (words !== undefined) assert.equal(answer.json.error_msg, words);
}

/*
 * discord.mjs: stands for Discord's webhooks, for tests: holds each message to Discord's own rules and refuses as
 * Discord does. (https://discord.com/developers/docs/resources/webhook, .../message#embed-object-embed-limits,
 * .../topics/rate-limits)
 */
import assert from 'node:assert/strict';
import http from 'node:http';

const FIELDS = ['content', 'username', 'avatar_url', 'tts', 'embeds', 'allowed_mentions', 'components', 'flags'];
const EMBED_FIELDS = [
  'title', 'type', 'description', 'url', 'timestamp', 'color', 'footer', 'image', 'fields', 'author',
];

function assertDiscordEmbed(embed) {
  for (const name of Object.keys(embed)) assert.ok(EMBED_FIELDS.includes(name), `a field of an embed: ${name}`);
  const { title = '', description, color = 0, fields = [], footer, url } = embed;
  assert.ok(title.length > 0 && title.length <= 256, `title of ${title.length}`);
  if (description !== undefined) {
    assert.ok(description.length > 0 && description.length <= 4096, `description of ${description.length}`);
  }
  assert.ok(Number.isInteger(color) && color >= 0 && color <= 0xffffff, `colour ${color}`);
  assert.ok(fields.length <= 25, `${fields.length} fields`);
  for (const { name, value } of fields) {
    assert.ok(name.length > 0 && name.length <= 256, `name of a field of ${name.length}`);
    assert.ok(value.length > 0 && value.length <= 1024, `value of a field of ${value.length}`);
  }
  const last = footer?.text ?? '';
  assert.ok(last.length <= 2048, `footer of ${last.length}`);
  if (url !== undefined) assert.match(url, /^https?:\/\/\S+$/);
  return [title, description ?? '', last, ...fields.flatMap(({ name, value }) => [name, value])].join('').length;
}

/* Throws what Discord would refuse. */
export function assertDiscordMessage(message) {
  for (const name of Object.keys(message)) assert.ok(FIELDS.includes(name), `a field that isn't Discord's: ${name}`);
  const { content = '', embeds = [], username } = message;
  assert.ok(content.length <= 2000, `content of ${content.length}`);
  assert.ok(content.length > 0 || embeds.length > 0, 'an empty message');
  assert.ok(embeds.length <= 10, `${embeds.length} embeds`);
  if (username !== undefined) {
    assert.ok(username.length >= 1 && username.length <= 80, `username of ${username.length}`);
    assert.doesNotMatch(username, /clyde|discord|```|@|#|:/i);
  }
  const sum = embeds.map(assertDiscordEmbed).reduce((a, b) => a + b, 0);
  assert.ok(sum <= 6000, `embeds of ${sum} in sum`);
}

/*
 * A bucket as Discord keeps one for each webhook: so many requests, then 429 until it is full again. Who asks once more
 * in that time only hears the same.
 */
class Bucket {
  constructor(limit, windowMs) {
    Object.assign(this, { limit, windowMs, left: limit, resetAt: 0 });
  }

  take() {
    const now = Date.now();
    if (now >= this.resetAt) Object.assign(this, { left: this.limit, resetAt: now + this.windowMs });
    const taken = this.left > 0;
    if (taken) this.left -= 1;
    const afterS = Math.max(0, this.resetAt - now) / 1000;
    const headers = {
      'X-RateLimit-Limit': this.limit, 'X-RateLimit-Remaining': this.left, 'X-RateLimit-Bucket': 'abcd1234',
      'X-RateLimit-Reset': (this.resetAt / 1000).toFixed(3), 'X-RateLimit-Reset-After': afterS.toFixed(3),
    };
    return { taken, afterS, headers };
  }
}

const WORDS = {
  404: { message: 'Unknown Webhook', code: 10015 }, 401: { message: 'Invalid Webhook Token', code: 50027 },
  500: { message: '500: Internal Server Error', code: 0 },
};

function wrongAbout(req, text) {
  if (!/^application\/json\b/.test(req.headers['content-type'] ?? '')) return 'wanted application/json';
  if (!/^DiscordBot \(https:\/\/\S+, \S+\)/.test(req.headers['user-agent'] ?? '')) return 'the form of User-Agent';
  try {
    assertDiscordMessage(JSON.parse(text));
  } catch (error) {
    return error.message;
  }
  return null;
}

/*
 * {url, messages, statuses, next, close()}: `url` is a webhook's address; `messages` what was taken, parsed;
 * `statuses` all that was answered, in order. What is pushed to `next` comes before anything else: a status to answer,
 * {status, headers, body}, or 'break' to close the connection without an answer.
 */
export async function startDiscord(t, { limit = 5, windowMs = 2000 } = {}) {
  const bucket = new Bucket(limit, windowMs);
  const path = `/api/webhooks/112233445566/${'T0ken-of_a-webhook'.repeat(3)}`;
  const discord = { messages: [], statuses: [], requests: [], next: [] };

  function answer(req, res, text) {
    const say = (status, body, headers = {}) => {
      discord.statuses.push(status);
      res.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    discord.requests.push({ at: Date.now(), url: req.url, headers: req.headers });
    const told = discord.next.shift();
    if (told === 'break') {
      discord.statuses.push('broken');
      return req.socket.destroy();
    }
    if (typeof told === 'number') return say(told, WORDS[told] ?? { message: `${told}`, code: 0 });
    if (told) return say(told.status, told.body ?? {}, told.headers);
    const { pathname, searchParams } = new URL(req.url, 'http://x');
    if (pathname !== path) return say(404, WORDS[404]);
    const { taken, afterS, headers } = bucket.take();
    if (!taken) {
      const body = { message: 'You are being rate limited.', retry_after: afterS, global: false };
      return say(429, body, { ...headers, 'Retry-After': Math.ceil(afterS), 'X-RateLimit-Scope': 'user' });
    }
    const wrong = wrongAbout(req, text);
    if (wrong) return say(400, { message: `Invalid Form Body: ${wrong}`, code: 50035 }, headers);
    discord.messages.push(JSON.parse(text));
    if (searchParams.get('wait') === 'true') return say(200, { id: '1', type: 0 }, headers);
    discord.statuses.push(204);
    return res.writeHead(204, headers).end();
  }

  const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (part) => parts.push(part));
    req.on('end', () => answer(req, res, Buffer.concat(parts).toString()));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  discord.close = () => {
    server.closeAllConnections();
    server.close();
  };
  t.after(discord.close);
  discord.url = `http://127.0.0.1:${server.address().port}${path}`;
  return discord;
}

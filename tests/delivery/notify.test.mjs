/*
 * What CI and deploys tell on Discord (ops/notify/notify): the real script against a server that holds it to Discord's
 * rules. Whatever that answers, the script ends well, in time, and no secret is in what it says.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { startDiscord } from '../lib/discord.mjs';
import { root, tempDir } from '../lib/server.mjs';

const DEADLINE_MS = 30000;

/* Runs the script to its end with that environment and nothing else: {code, stdout, stderr}. */
function notify(words, env = {}, input = '') {
  return new Promise((resolve) => {
    const child = spawn('python3', [path.join(root, 'ops/notify/notify'), ...words], {
      env: { PATH: process.env.PATH, LANG: 'C.UTF-8', ...env }, timeout: DEADLINE_MS,
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (part) => { said[name] += part; });
    child.on('close', (code) => resolve({ code, ...said }));
    child.stdin.end(input);
  });
}

const QUICK = ['--backoff', '0.02'];
const env = (discord, more = {}) => ({ DISCORD_NOTICES_WEBHOOK_URL: discord.url, ...more });
const tokenOf = (discord) => discord.url.split('/').at(-1);

test('a failed build is told with branch, commit and a link to its run', async (t) => {
  const discord = await startDiscord(t);
  const sha = '0123456789abcdef0123456789abcdef01234567';
  const done = await notify(['build', 'failed', '--field', 'stage=unit', '2 failed of 310'], env(discord, {
    GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://github.example', GITHUB_REPOSITORY: 'kinglet/kinglet',
    GITHUB_RUN_ID: '77', GITHUB_REF_NAME: 'feature/long_name', GITHUB_SHA: sha, GITHUB_ACTOR: 'somebody',
  }));
  assert.deepEqual(done, { code: 0, stdout: '', stderr: '' });
  const [message] = discord.messages;
  assert.deepEqual(message.allowed_mentions, { parse: [] });
  const [embed] = message.embeds;
  assert.equal(embed.title, '❌ build failed: feature/long\\_name');
  assert.equal(embed.description, '2 failed of 310');
  assert.equal(embed.url, 'https://github.example/kinglet/kinglet/actions/runs/77');
  assert.deepEqual(Object.fromEntries(embed.fields.map(({ name, value }) => [name, value])), {
    branch: 'feature/long\\_name', commit: `[0123456789ab](https://github.example/kinglet/kinglet/commit/${sha})`,
    by: 'somebody', stage: 'unit',
  });
});

test('a build of Travis is told with its page as well', async (t) => {
  const discord = await startDiscord(t);
  await notify(['build', 'succeeded'], env(discord, {
    TRAVIS: 'true', TRAVIS_BRANCH: 'develop', TRAVIS_COMMIT: 'f'.repeat(40), TRAVIS_REPO_SLUG: 'kinglet/kinglet',
    TRAVIS_BUILD_WEB_URL: 'https://app.travis-ci.example/builds/5',
  }));
  const [embed] = discord.messages[0].embeds;
  assert.equal(embed.title, '✅ build succeeded: develop');
  assert.equal(embed.url, 'https://app.travis-ci.example/builds/5');
});

test('a name from outside makes no link, no heading and calls nobody', async (t) => {
  const discord = await startDiscord(t);
  const text = '# [click](https://evil.example) **now** @everyone <@1>\n- a `b`';
  await notify(['notice', 'info', '--subject', '[x](https://evil.example)', text], env(discord));
  const [{ embeds: [embed], allowed_mentions: allowed }] = discord.messages;
  assert.equal(embed.description,
    '\\# \\[click\\]\\(https://evil.example\\) \\*\\*now\\*\\* @everyone \\<@1\\>\n\\- a \\`b\\`');
  assert.match(embed.title, /: \\\[x\\\]\\\(/);
  assert.deepEqual(allowed, { parse: [] });
  await notify(['notice', 'info', '--markdown', '- **ours**'], env(discord));
  assert.equal(discord.messages[1].embeds[0].description, '- **ours**');
});

test('a long text becomes several messages within the limits, none lost up to five', async (t) => {
  const discord = await startDiscord(t, { limit: 100 });
  const lines = Array.from({ length: 300 }, (_, i) => `line ${i} ${'é😀'.repeat(8)}`);
  const done = await notify(['release', 'succeeded', '-'], env(discord), lines.join('\n'));
  assert.deepEqual(done, { code: 0, stdout: '', stderr: '' });
  const texts = discord.messages.map(({ embeds }) => embeds[0].description);
  assert.ok(texts.length > 1 && texts.length <= 5, `${texts.length} messages`);
  assert.equal(texts.join('\n'), lines.join('\n'));
  await notify(['release', 'succeeded', '-'], env(discord), 'x*'.repeat(100000));
  const last = discord.messages.slice(texts.length);
  assert.equal(last.length, 5);
  assert.match(last[4].embeds[0].description, /[^\\](\\\\)*…$/, 'what was cut says so, and is no half escape');
});

test('many long fields and a long subject stay within the limits', async (t) => {
  const discord = await startDiscord(t);
  const field = (_, i) => ['--field', `${i}${'n'.repeat(300)}=${'*'.repeat(3000)}`];
  const fields = Array.from({ length: 40 }, field).flat();
  const words = ['deploy', 'rolled-back', '--subject', 's'.repeat(1000), ...fields, 'y'.repeat(3500)];
  assert.equal((await notify(['--strict', ...words], env(discord))).code, 0);
  assert.deepEqual(discord.statuses, [200]);
});

test('the rate that the answers state is kept: not one message is refused', async (t) => {
  const discord = await startDiscord(t, { limit: 2, windowMs: 400 });
  const done = await notify(['release', 'succeeded', '-'], env(discord), 'z'.repeat(17000));
  assert.deepEqual(done, { code: 0, stdout: '', stderr: '' });
  assert.deepEqual(discord.statuses, [200, 200, 200, 200, 200]);
});

test('a 429 is obeyed: not asked again before the time that it says', async (t) => {
  const discord = await startDiscord(t);
  discord.next.push({ status: 429, headers: { 'Retry-After': '1' }, body: { retry_after: 0.7, global: true } });
  assert.equal((await notify(['build', 'succeeded', ...QUICK], env(discord))).code, 0);
  assert.deepEqual(discord.statuses, [429, 200]);
  const [first, second] = discord.requests;
  assert.ok(second.at - first.at >= 1000, `asked again after ${second.at - first.at} ms`);
});

test('a wait that is longer than the deadline is not begun', async (t) => {
  const discord = await startDiscord(t);
  discord.next.push({ status: 429, headers: { 'Retry-After': '3000' }, body: { retry_after: 3000 } });
  const { code, stderr } = await notify(['build', 'succeeded', '--deadline', '5'], env(discord));
  assert.equal(code, 0);
  assert.match(stderr, /^notify: Discord asks to wait 3000\.\d s; .*deadline\n$/);
  assert.deepEqual(discord.statuses, [429]);
});

test('errors of the server and broken connections are tried again', async (t) => {
  const discord = await startDiscord(t);
  discord.next.push(500, 'break', 502, 503);
  assert.equal((await notify(['build', 'succeeded', ...QUICK], env(discord))).code, 0);
  assert.deepEqual(discord.statuses, [500, 'broken', 502, 503, 200]);
  assert.equal(discord.messages.length, 1);
});

test('a server that stays broken is left after ten attempts, and the build goes on', async (t) => {
  const discord = await startDiscord(t);
  discord.next.push(...Array(50).fill(500));
  const { code, stderr } = await notify(['build', 'succeeded', '--backoff', '0.001'], env(discord));
  assert.equal(code, 0);
  assert.equal(discord.statuses.length, 10);
  assert.match(stderr, /took nothing in 10 attempts/);
});

test('a refusal is not repeated, since that counts against the sender', async (t) => {
  for (const status of [400, 401, 403, 404]) {
    const discord = await startDiscord(t);
    discord.next.push(status);
    const { code, stderr } = await notify(['build', 'failed', ...QUICK], env(discord));
    assert.equal(code, 0);
    assert.deepEqual(discord.statuses, [status]);
    assert.match(stderr, new RegExp(`Discord answers ${status}`));
  }
});

test('a redirect is not followed: it would carry the message elsewhere', async (t) => {
  const [discord, elsewhere] = [await startDiscord(t), await startDiscord(t)];
  discord.next.push({ status: 307, headers: { Location: elsewhere.url } });
  const { code, stderr } = await notify(['build', 'failed'], env(discord));
  assert.equal(code, 0);
  assert.match(stderr, /Discord answers 307/);
  assert.equal(elsewhere.requests.length, 0);
});

test('nothing that answers, and a server that never ends its answer, cost no more than the deadline', async (t) => {
  const discord = await startDiscord(t);
  discord.close();
  const away = await notify(['build', 'failed', '--deadline', '0.5', ...QUICK], env(discord));
  assert.equal(away.code, 0);
  assert.match(away.stderr, /can't be reached \(ConnectionRefusedError\)/);
  const slow = net.createServer((socket) => {
    socket.on('error', () => {});
    const drip = setInterval(() => socket.write('H'), 100);
    socket.on('close', () => clearInterval(drip));
  });
  await new Promise((resolve) => slow.listen(0, '127.0.0.1', resolve));
  t.after(() => slow.close());
  const url = `http://127.0.0.1:${slow.address().port}/api/webhooks/1/${'x'.repeat(60)}`;
  const late = await notify(['build', 'failed', '--deadline', '1'], { DISCORD_NOTICES_WEBHOOK_URL: url });
  assert.equal(late.code, 0);
  assert.match(late.stderr, /deadline/);
});

test('no secret is printed or told, whatever is answered and whatever is in the text', async (t) => {
  const discord = await startDiscord(t);
  const token = tokenOf(discord);
  discord.next.push({ status: 400, body: { message: `what about ${discord.url}?` } });
  const secrets = { DEPLOY_TOKEN: 'a-very-secret-token', PGPASSWORD: 'correct horse' };
  const refused = await notify(['build', 'failed'], env(discord, secrets));
  assert.match(refused.stderr, /what about \[hidden\]\?/);
  const text = `curl ${discord.url} with a-very-secret-token and correct horse`;
  await notify(['build', 'failed', '--subject', token, '--field', `a=${token}`, text], env(discord, secrets));
  const [told] = discord.messages.map((one) => JSON.stringify(one));
  for (const secret of [token, 'a-very-secret-token', 'correct horse']) {
    assert.ok(!told.includes(secret), `${secret} is in ${told}`);
    assert.ok(!refused.stderr.includes(secret));
  }
  const wrong = await notify([`--nothing=${token}`], env(discord, secrets));
  assert.ok(!wrong.stderr.includes(token), wrong.stderr);
});

test('the address may come from a file, as secrets of Docker and systemd do', async (t) => {
  const discord = await startDiscord(t);
  const file = path.join(tempDir(), 'webhook');
  writeFileSync(file, `${discord.url}\n`);
  const done = await notify(['deploy', 'succeeded', '--strict'], { DISCORD_NOTICES_WEBHOOK_URL_FILE: file });
  assert.deepEqual(done, { code: 0, stdout: '', stderr: '' });
  assert.equal(discord.messages.length, 1);
});

test('an address that a secret must not go to, or none, is said and fails nothing', async () => {
  const wrong = {
    'http://discord.com/api/webhooks/1/abcdefghijkl': /must begin with https/,
    'https://discord.example/elsewhere/abcdefghijkl': /isn't a webhook of Discord/,
    'https://user@discord.example/api/webhooks/1/abcdefghijkl': /has a user in it/,
    'not an address abcdefghijkl': /isn't an address/,
    '': /told nobody: DISCORD_NOTICES_WEBHOOK_URL isn't set/,
  };
  for (const [url, wanted] of Object.entries(wrong)) {
    const { code, stderr } = await notify(['build', 'failed'], { DISCORD_NOTICES_WEBHOOK_URL: url });
    assert.equal(code, 0);
    assert.match(stderr, wanted);
    assert.doesNotMatch(stderr, /abcdefghijkl/);
  }
  const unreadable = await notify(['build', 'failed'], { DISCORD_NOTICES_WEBHOOK_URL_FILE: '/nonexistent' });
  assert.equal(unreadable.code, 0);
  assert.match(unreadable.stderr, /DISCORD_NOTICES_WEBHOOK_URL_FILE: can't read it/);
});

test('a wrong call fails no build, and with --strict it says so by its status', async () => {
  for (const words of [[], ['bild', 'failed'], ['build', 'failing'], ['build', 'failed', '--deadline', 'soon'],
    ['build', 'failed', '--field', 'novalue', '--dry-run']]) {
    const { code, stderr } = await notify(words);
    assert.equal(code, 0, words.join(' '));
    assert.match(stderr, /^notify: /);
    assert.equal((await notify([...words, '--strict'])).code, 1);
  }
});

/*
 * The repository's own webhook from GitHub into Discord (ops/notify/github-webhook), set up through a server that
 * stands for GitHub's API: made once, put right where it is wrong, and nothing of anybody else's touched.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { startGitHub } from '../lib/github.mjs';
import { root } from '../lib/server.mjs';

const TOKEN = 'T0ken-of_a-webhook'.repeat(3);
const DISCORD = `https://discord.com/api/webhooks/112233445566/${TOKEN}`;
const EVENTS = ['issues', 'pull_request', 'pull_request_review', 'push', 'release'];
const WANTED = {
  name: 'web', active: true, events: EVENTS,
  config: { url: `${DISCORD}/github`, content_type: 'json', insecure_ssl: '0' },
};

/* Runs the script: {code, stdout, stderr}. No secret may be in what it says. */
function run(github, words = ['kinglet/kinglet'], env = {}) {
  return new Promise((resolve, reject) => {
    const all = {
      PATH: process.env.PATH, GITHUB_TOKEN: github.token, GITHUB_API_URL: github.url,
      DISCORD_NOTICES_WEBHOOK_URL: DISCORD, ...env,
    };
    execFile('python3', [path.join(root, 'ops/notify/github-webhook'), ...words], { env: all, timeout: 30000 },
      (error, stdout, stderr) => {
        for (const secret of [TOKEN, github.token]) {
          if ((stdout + stderr).includes(secret)) reject(new Error(`a secret is printed: ${stdout}${stderr}`));
        }
        resolve({ code: error ? error.code : 0, stdout, stderr });
      });
  });
}

const changes = (github) => github.calls.filter((call) => !call.startsWith('GET '));
const without = ({ id: _, ...hook }) => hook;

test('the webhook is made once and pinged; a second run changes nothing', async (t) => {
  const github = await startGitHub(t);
  const first = await run(github);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stdout, /^created: webhook 101 for issues, pull_request, pull_request_review, push, release\n/);
  assert.deepEqual(github.hooks.map(without), [WANTED]);
  assert.deepEqual(github.pings, [101]);
  const before = changes(github).length;
  const second = await run(github);
  assert.equal(second.stdout, 'nothing to do: the webhook is as it should be\n');
  assert.equal(changes(github).length, before);
});

test('one that is off, of other events, or of an older token is put right, not doubled', async (t) => {
  const github = await startGitHub(t);
  const broken = [
    { active: false }, { events: ['push'] }, { config: { ...WANTED.config, content_type: 'form' } },
    { config: { ...WANTED.config, url: 'https://discordapp.com/api/webhooks/112233445566/older/github' } },
    { config: { ...WANTED.config, insecure_ssl: '1' } },
  ];
  for (const [index, part] of broken.entries()) {
    github.hooks = [{ id: index + 1, ...structuredClone(WANTED), ...part }];
    const done = await run(github);
    assert.match(done.stdout, new RegExp(`^put right: webhook ${index + 1} for`), JSON.stringify(part));
    assert.deepEqual(github.hooks, [{ id: index + 1, ...WANTED }]);
  }
});

test('what is there twice is told once, and webhooks that lead elsewhere are left alone', async (t) => {
  const github = await startGitHub(t, { pageSize: 2 });
  const others = ['https://ci.example/hook', 'https://discord.com/api/webhooks/999/other/github', DISCORD.replace('11', '12')]
    .map((url, index) => ({ id: index + 1, ...WANTED, config: { ...WANTED.config, url } }));
  const doubled = { id: 5, ...WANTED, events: ['fork'] };
  github.hooks = [...others, doubled, { id: 6, ...WANTED }];
  const done = await run(github);
  assert.equal(done.stdout, 'removed, one too many: webhook 5\n');
  assert.deepEqual(github.hooks, [...others, { id: 6, ...WANTED }], 'the third page was seen');
  const removed = await run(github, ['--remove', 'kinglet/kinglet']);
  assert.equal(removed.stdout, 'removed: webhook 6\n');
  assert.deepEqual(github.hooks, others);
  assert.equal((await run(github, ['--remove', 'kinglet/kinglet'])).stdout, 'nothing to remove\n');
});

test('a dry run says what it would do and changes nothing', async (t) => {
  const github = await startGitHub(t);
  assert.equal((await run(github, ['--dry-run', 'kinglet/kinglet'])).stdout, 'would be created: webhook to Discord\n');
  assert.deepEqual(changes(github), []);
});

test('a thread of a channel and chosen events are kept', async (t) => {
  const github = await startGitHub(t);
  const env = { DISCORD_NOTICES_WEBHOOK_URL: `${DISCORD}?thread_id=7`, GITHUB_REPOSITORY: 'kinglet/kinglet' };
  assert.equal((await run(github, ['--events', 'push,create'], env)).code, 0);
  assert.equal(github.hooks[0].config.url, `${DISCORD}/github?thread_id=7`);
  assert.deepEqual(github.hooks[0].events, ['create', 'push']);
});

test('a limited rate and an error of the server are waited for', async (t) => {
  const github = await startGitHub(t);
  github.next.push({ status: 429, headers: { 'Retry-After': '1' } }, { status: 502 });
  assert.equal((await run(github)).code, 0);
  assert.equal(github.hooks.length, 1);
});

test('a refusal says what to do', async (t) => {
  const github = await startGitHub(t);
  const cases = [
    [['kinglet/other'], {}, /404: Not Found: there is no kinglet\/other, or the token may not/],
    [['kinglet/kinglet'], { GITHUB_TOKEN: 'not-the-right-one' }, /401: Bad credentials: the token isn't valid/],
    [['kinglet/kinglet'], { GITHUB_TOKEN: '' }, /GITHUB_TOKEN \(or GITHUB_TOKEN_FILE\) must be set/],
    [['kinglet/kinglet'], { DISCORD_NOTICES_WEBHOOK_URL: 'https://discord.com/x' }, /isn't a webhook of Discord/],
    [['kinglet/kinglet'], { GITHUB_API_URL: 'http://api.github.com' }, /GITHUB_API_URL must begin with https/],
    [['no repository'], {}, /which repository\?/],
  ];
  for (const [words, env, wanted] of cases) {
    const { code, stderr } = await run(github, words, env);
    assert.equal(code, 1);
    assert.match(stderr, wanted);
  }
  github.next.push({ status: 403, body: { message: 'Resource not accessible by personal access token' } });
  assert.match((await run(github)).stderr, /403: Resource not accessible.*: the token may not manage webhooks/);
  const unknown = await run(github, ['--events', 'push,pushes', 'kinglet/kinglet']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /Discord shows no such events: pushes/);
  assert.deepEqual(changes(github), []);
});

/*
 * deploy.test.mjs: what `./dev ci deploy` puts around ops/stack/deploy, with a real SSH server before a real engine:
 * the key and the one machine that it is for, the images that were built, the notices, and nothing left behind. What
 * ops/stack/deploy itself does is the stack's test; here another script stands in its place, and says what it was
 * given.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { cloneTree } from '../lib/clone.mjs';
import { freePorts, runProgram } from '../lib/daemon.mjs';
import { startDiscord } from '../lib/discord.mjs';
import { startEngine } from '../lib/docker.mjs';
import { root, tempDir, waitFor } from '../lib/server.mjs';

const IMAGE = 'kinglet/kinglet:1.2.3-test';
const home = tempDir('kinglet-deploy-');
const temporary = path.join(home, 'tmp');
let engine, sshd, clone, key, hostKey;

/* What was asked for by the environment, and that the engine at the other end answers. */
const STAND_IN = `#!/bin/sh
set -eu
echo "words: $*"
version=$(docker version --format '{{.Server.Version}}')
image=$(docker image inspect --format '{{index .RepoTags 0}}' "$(cat build/images/names)")
echo "engine: $version, image: $image"
echo "key: \${KINGLET_DEPLOY_SSH_KEY-none}"
[ -z "\${KINGLET_TEST_SAYS-}" ] || { echo "$KINGLET_TEST_SAYS" >&2; exit 1; }
`;

const keygen = (file) => {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return readFileSync(file, 'utf8');
};

/*
 * An SSH server that lets this key in, to the engine and to nothing else. It is Dropbear, since Debian's OpenSSH starts
 * a server of the machine's own when it is installed. It looks for keys in root's home only, so it gets another one
 * there, in a namespace of mounts.
 */
async function startSshd() {
  const dir = path.join(home, 'sshd');
  mkdirSync(path.join(dir, '.ssh'), { recursive: true, mode: 0o700 });
  key = keygen(path.join(dir, 'user'));
  keygen(path.join(dir, 'other'));
  execFileSync('dropbearkey', ['-t', 'ed25519', '-f', path.join(dir, 'host')], { stdio: 'ignore' });
  const told = execFileSync('dropbearkey', ['-y', '-f', path.join(dir, 'host')], { encoding: 'utf8' });
  const command = `DOCKER_HOST=${engine.host} exec docker system dial-stdio`;
  writeFileSync(path.join(dir, '.ssh/authorized_keys'),
    `command="${command}" ${readFileSync(path.join(dir, 'user.pub'), 'utf8')}`, { mode: 0o600 });
  const [port] = await freePorts(1);
  const server = `dropbear -F -E -s -j -k -p 127.0.0.1:${port} -r ${dir}/host -P ${dir}/pid`;
  const proc = spawn('unshare', ['--mount', 'sh', '-c', `mount --bind ${dir} ${userInfo().homedir} && exec ${server}`],
    { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  proc.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  process.on('exit', () => proc.kill());
  await waitFor('the SSH server', () => {
    assert.equal(proc.exitCode, null, said);
    return said.includes('Not backgrounding');
  });
  const keys = { host: told.match(/^ssh-ed25519 \S+/m)[0], other: readFileSync(path.join(dir, 'other.pub'), 'utf8') };
  hostKey = (name) => `[127.0.0.1]:${port} ${keys[name]}`;
  sshd = { host: `ssh://root@127.0.0.1:${port}`, proc };
}

/* The smallest image: a shell, and what it takes to look around. */
async function makeImage(name) {
  const programs = ['/bin/sh', '/bin/cat'];
  const libraries = execFileSync('ldd', programs, { encoding: 'utf8' }).match(/\/\S+(?=\s\(0x)/g);
  const tar = execFileSync('tar', ['--dereference', '--create', ...programs, ...new Set(libraries)],
    { cwd: '/', maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'ignore'] });
  await engine.docker('import', '-', name, { input: tar });
}

before(async () => {
  mkdirSync(temporary);
  engine = await startEngine();
  await startSshd();
  await makeImage(IMAGE);
  const tree = cloneTree(home);
  clone = tree.clone;
  tree.git('branch', '--move', '--force', 'main');
  mkdirSync(path.join(clone, 'ops/stack'), { recursive: true });
  writeFileSync(path.join(clone, 'ops/stack/deploy'), STAND_IN);
  chmodSync(path.join(clone, 'ops/stack/deploy'), 0o755);
  const kept = path.join(clone, 'build/images');
  mkdirSync(kept, { recursive: true });
  writeFileSync(path.join(kept, 'names'), `${IMAGE}\n`);
  await engine.docker('save', '--output', path.join(kept, 'images.tar'), IMAGE);
  execFileSync('gzip', ['-1', path.join(kept, 'images.tar')]);
});

after(async () => {
  sshd?.proc.kill();
  await engine?.stop();
});

const deploy = (extra = {}, words = []) => runProgram(path.join(clone, '.ci/deploy'), words, {
  cwd: clone,
  env: {
    PATH: process.env.PATH, HOME: home, TMPDIR: temporary, LANG: 'C.UTF-8',
    DOCKER_HOST: sshd.host, KINGLET_BUILD_HOST: engine.host,
    KINGLET_DEPLOY_SSH_KEY: key, KINGLET_DEPLOY_KNOWN_HOSTS: hostKey('host'), ...extra,
  },
});

const states = (discord) => discord.messages.map(({ embeds: [{ title }] }) => title.replace(/^\S+ deploy /, ''));

function assertNothingSaid({ stdout, stderr }) {
  const secret = key.split('\n')[1];
  assert.equal((stdout + stderr).includes(secret), false, 'the key was printed');
  assert.deepEqual(readdirSync(temporary), [], 'files stayed behind');
}

test('a deploy reaches the manager by its key, brings the images, and tells', async (t) => {
  const discord = await startDiscord(t);
  await engine.docker('image', 'rm', '--force', IMAGE); // it comes back from what docker_build kept
  const done = await deploy({ DISCORD_NOTICES_WEBHOOK_URL: discord.url }, ['proxy']);
  assert.equal(done.code, 0, done.stdout + done.stderr);
  const version = (await engine.docker('version', '--format', '{{.Server.Version}}')).trim();
  assert.equal(done.stdout, `words: --version 1.2.3-test proxy\nengine: ${version}, image: ${IMAGE}\nkey: none\n`);
  assert.deepEqual(states(discord), ['started: 1.2.3-test', 'succeeded: 1.2.3-test']);
  assertNothingSaid(done);
});

test('a machine that is not the manager gets nothing', async (t) => {
  const discord = await startDiscord(t);
  const done = await deploy({ DISCORD_NOTICES_WEBHOOK_URL: discord.url, KINGLET_DEPLOY_KNOWN_HOSTS: hostKey('other') });
  assert.equal(done.code, 1, done.stdout + done.stderr);
  assert.match(done.stdout + done.stderr, /Host key verification failed/);
  assert.doesNotMatch(done.stdout, /engine: \d/);
  assert.deepEqual(states(discord), ['started: 1.2.3-test', 'failed: 1.2.3-test']);
  assertNothingSaid(done);
});

test('a deploy that was rolled back fails and is told as such', async (t) => {
  const discord = await startDiscord(t);
  const done = await deploy({
    DISCORD_NOTICES_WEBHOOK_URL: discord.url, KINGLET_TEST_SAYS: 'web: rolled back: update paused',
  });
  assert.equal(done.code, 1);
  assert.match(done.stderr, /the swarm is not at 1\.2\.3-test/);
  assert.deepEqual(states(discord), ['started: 1.2.3-test', 'rolled back: 1.2.3-test']);
  assert.match(discord.messages[1].embeds[0].description, /web: rolled back/);
  assertNothingSaid(done);
});

test('a deploy without anybody to tell works as well', async () => {
  const done = await deploy();
  assert.equal(done.code, 0, done.stdout + done.stderr);
  assertNothingSaid(done);
});

test('a command runs in the container of CI with the tree, its variables and its exit status', async () => {
  const rights = { KINGLET_CI_RIGHTS: '' }; // where tests run in a container themselves, there are no more to give
  const inDebian = (words, extra = {}) => runProgram(path.join(root, '.ci/in-debian'), words, {
    env: { PATH: process.env.PATH, HOME: home, DOCKER_HOST: engine.host, KINGLET_CI_IMAGE: IMAGE, ...rights, ...extra },
  });
  const version = await inDebian(['cat', 'VERSION']);
  assert.deepEqual([version.code, version.stdout], [0, readFileSync(path.join(root, 'VERSION'), 'utf8')],
    version.stderr);
  const value = 'two words\nand "a line"';
  const seen = await inDebian(['sh', '-c', 'echo "$KINGLET_BASE_URL|$TRAVIS_BRANCH|$OTHER"; exit 7'],
    { KINGLET_BASE_URL: value, TRAVIS_BRANCH: 'main', OTHER: 'stays outside' });
  assert.deepEqual([seen.code, seen.stdout], [7, `${value}|main|\n`], seen.stderr);
  const none = await inDebian([]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /usage: in-debian COMMAND/);
});

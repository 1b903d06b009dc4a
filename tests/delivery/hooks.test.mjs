/*
 * hooks.test.mjs: `./dev hooks` in a fresh clone, then real commits. Each hook refuses what it is there for and says
 * what to do, nothing of it is committed, and a good change passes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { before } from 'node:test';
import { cloneTree } from '../lib/clone.mjs';
import { root, tempDir } from '../lib/server.mjs';

const home = tempDir('kinglet-hooks-');
const { clone, git, env } = cloneTree(home);

function write(name, text) {
  mkdirSync(path.dirname(path.join(clone, name)), { recursive: true });
  writeFileSync(path.join(clone, name), text);
}

const read = (name) => readFileSync(path.join(clone, name), 'utf8');

before(() => {
  writeFileSync(path.join(clone, '.git/info/exclude'), 'tests/node_modules\n');
  symlinkSync(path.join(root, 'tests/node_modules'), path.join(clone, 'tests/node_modules'));
  const installed = spawnSync('./dev', ['hooks'], { cwd: clone, env, encoding: 'utf8' });
  assert.equal(installed.status, 0, installed.stderr);
});

/* Commits the files {name: text}; {status, said, changed: whether there is a new commit}. */
function commit(files, message = 'Say one thing more') {
  const old = git('rev-parse', 'HEAD');
  for (const [name, text] of Object.entries(files)) write(name, text);
  git('add', '--all');
  const words = ['commit', '--allow-empty', '--message', message];
  const done = spawnSync('git', words, { cwd: clone, env, encoding: 'utf8' });
  return { status: done.status, said: done.stdout + done.stderr, changed: git('rev-parse', 'HEAD') !== old };
}

/* Back to the tree as it was taken, also where a commit passed that shouldn't have. */
function undo() {
  git('reset', '--quiet', '--hard', 'taken');
  git('clean', '--quiet', '-fd');
}

/* The lines of hooks that pre-commit marked as failed, by their ids. */
const failedHooks = (said) => [...said.matchAll(/^- hook id: ([\w-]+)$/gm)].map((match) => match[1]);

function assertRefused(files, hook, reason, message) {
  const { status, said, changed } = commit(files, message);
  const failed = failedHooks(said);
  undo();
  assert.notEqual(status, 0, `the commit passed:\n${said}`);
  assert.equal(changed, false, 'there is a commit in spite of the hook');
  assert.deepEqual(failed, [hook], said);
  assert.match(said, reason);
}

const goodFiles = () => ({
  'src/base/clock.c': read('src/base/clock.c').replace(/\n(?=static|int|struct|void|enum)/, '\n/* a remark */\n'),
  'docs/limits.md': `${read('docs/limits.md')}\nSee [testing](testing.md).\n`,
  'ops/extra.yml': '# what a test adds\nkey:\n  - value\n',
  'ops/extra/run': '#!/bin/sh\n# run: greets.\nset -eu\necho "hello $1"\n',
  'ops/extra/Dockerfile':
    'FROM debian:bookworm-slim\nUSER nobody\nHEALTHCHECK CMD true\nCMD ["sleep", "60"]\n',
  'tests/lib/extra.mjs': '/* extra.mjs: what a test adds. */\nexport const one = 1;\n',
});

test('a good change of every kind of file passes all hooks', () => {
  const { status, said, changed } = commit(goodFiles(), 'Greet whoever asks\n\nThey had been waiting for it.');
  assert.equal(status, 0, said);
  assert.equal(changed, true);
  const hooks = ['secrets', 'formatted', 'lengths', 'links', 'cppcheck', 'shellcheck', 'JavaScript', 'yamllint'];
  for (const hook of [...hooks, 'Dockerfiles', 'message']) {
    assert.match(said, new RegExp(`${hook}.*Passed`), `the hook didn't run:\n${said}`);
  }
  undo();
});

test('a C source in another layout is formatted and has to be added again', () => {
  const source = read('src/base/clock.c').replace('#include "base/clock.h"', '#include   "base/clock.h"');
  const { status, said, changed } = commit({ 'src/base/clock.c': source });
  assert.notEqual(status, 0, said);
  assert.equal(changed, false);
  assert.deepEqual(failedHooks(said), ['format']);
  assert.doesNotMatch(read('src/base/clock.c'), /#include {2}/, 'it was not formatted in place');
  undo();
});

test('a private key is refused', () => {
  const key = ['-----BEGIN RSA', 'PRIVATE KEY-----\nMIIE\n-----END RSA', 'PRIVATE KEY-----\n'].join(' ');
  assertRefused({ 'ops/proxy/key.txt': key }, 'secrets', /ops\/proxy\/key\.txt:1: looks like a private key/);
});

test('a file of secrets is refused by its name', () => {
  assertRefused({ 'ops/.env': 'A=b\n' }, 'secrets', /ops\/\.env: such files hold secrets/);
});

test('a large file is refused', () => {
  assertRefused({ 'docs/large.txt': 'all work\n'.repeat(40000) }, 'house', /docs\/large\.txt: 360000 bytes, at most/);
});

test('a call of a forbidden function is refused', () => {
  const source = '/* extra.c: what a test adds. */\n#include <stdlib.h>\n\nint extra(const char *s)\n' +
    '{\n\treturn atoi(s);\n}\n';
  assertRefused({ 'src/base/extra.c': source }, 'house', /src\/base\/extra\.c:6: atoi\(\) is forbidden/);
});

test('a mistake in C that cppcheck sees is refused', () => {
  const source = '/* extra.c: what a test adds. */\nint extra(void)\n{\n\tint a[2] = {1, 2};\n\n\treturn a[2];\n}\n';
  assertRefused({ 'src/base/extra.c': source }, 'c', /src\/base\/extra\.c:6:.*out of bounds/);
});

test('a mistake in a shell script is refused', () => {
  assertRefused({ 'ops/extra/bad': '#!/bin/sh\n# bad: removes too much.\nrm -rf $1\n' }, 'shell', /SC2086/);
});

test('JavaScript that does not parse is refused', () => {
  assertRefused({ 'tests/lib/bad.mjs': '/* bad.mjs: broken. */\nconst = 1;\n' }, 'javascript', /SyntaxError/);
});

test('YAML with a key that is there twice is refused', () => {
  assertRefused({ 'ops/bad.yml': 'key: 1\nkey: 2\n' }, 'yaml', /ops\/bad\.yml:2:1: .*duplication of key/);
});

test('a Dockerfile whose program is root is refused', () => {
  const file = 'FROM debian:bookworm-slim\nHEALTHCHECK CMD true\nCMD ["sleep", "60"]\n';
  assertRefused({ 'ops/extra/Dockerfile.bad': file }, 'dockerfiles', /Dockerfile\.bad:1: the image runs as root/);
});

test('a link that leads nowhere is refused', () => {
  assertRefused({ 'docs/limits.md': `${read('docs/limits.md')}\n[gone](gone.md)\n` }, 'tree', /gone\.md: there is no/);
});

test('messages in the wrong form are refused, each with its reason', () => {
  const change = {}; // an empty commit: only its message is looked at
  assertRefused(change, 'message', /the subject has 80 characters, at most 72/, `Say ${'x'.repeat(76)}`);
  assertRefused(change, 'message', /say it as an order/, 'Added a note');
  assertRefused(change, 'message', /begin with a verb and a capital/, 'add a note');
  assertRefused(change, 'message', /full stop/, 'Add a note.');
  assertRefused(change, 'message', /the second line isn't empty/, 'Add a note\nbecause');
});

test('what is not in the commit does not hold it up', () => {
  write('ops/scratch.yml', 'key: 1\nkey: 2\n');
  write('docs/note.md', '# A note\n');
  git('add', 'docs/note.md');
  const done = spawnSync('git', ['commit', '--message', 'Add a note'], { cwd: clone, env, encoding: 'utf8' });
  undo();
  assert.equal(done.status, 0, done.stdout + done.stderr);
});

test('a branch whose name this project has not is not pushed', () => {
  const remote = path.join(home, 'remote.git');
  git('init', '--quiet', '--bare', remote);
  const push = (name) => {
    git('branch', '--move', name);
    return spawnSync('git', ['push', '--quiet', remote, 'HEAD'], { cwd: clone, env, encoding: 'utf8' });
  };
  const refused = push('Likes');
  assert.notEqual(refused.status, 0);
  assert.deepEqual(failedHooks(refused.stdout + refused.stderr), ['branch']);
  const good = push('feature/likes');
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(git('ls-remote', remote), /refs\/heads\/feature\/likes/);
  assert.doesNotMatch(git('ls-remote', remote), /Likes/);
});

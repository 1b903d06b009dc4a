/*
 * How releases are made (./dev release): what is looked at before anything changes, what is written, that a release
 * that broke off is finished by the same command, and that the program knows version and commit wherever it was built.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { startDiscord } from '../lib/discord.mjs';
import { IDENTITY, Repository } from '../lib/release.mjs';
import { root, tempDir } from '../lib/server.mjs';

const DATE = { SOURCE_DATE_EPOCH: '1767225600' }; // 2026-01-01

function assertState(repository, { tags, head, clean = true }) {
  assert.deepEqual(repository.git('tag').split('\n').filter(Boolean), tags);
  if (head) assert.equal(repository.git('rev-parse', 'HEAD'), head);
  if (clean) assert.equal(repository.git('status', '--porcelain'), '');
}

/* A repository with a release 0.1.0 and commits of each kind behind it. */
async function released() {
  const repository = new Repository();
  const first = await repository.release(['0.1.0'], DATE);
  assert.equal(first.code, 0, first.output);
  return repository;
}

const sha256 = (data) => createHash('sha256').update(data).digest('hex');

test('a release writes changelog and version, tags, and builds all with their sums', async () => {
  const repository = await released();
  repository.commit('Show quiet hours', 'Because nights are long.', 'Changelog: added: Quiet hours, per person');
  const trailers = 'Changelog: fixed\nChangelog: security';
  const fix = repository.commit('Refuse a post of 501 characters', 'It was cut.', trailers);
  repository.commit('Rename a variable');
  const bad = repository.commit('Break everything', 'Why not.', 'Changelog: changed');
  repository.commit('Revert "Break everything"', `This reverts commit ${bad}.`, 'Changelog: changed');
  const done = await repository.release(['minor', '--save-images'], DATE);
  assert.equal(done.code, 0, done.output);
  assert.equal(repository.read('VERSION'), '0.2.0\n');
  const short = (commit) => commit.slice(0, 12);
  const added = repository.git('log', '--format=%H', '--grep=Show quiet hours');
  assert.equal(repository.read('CHANGELOG.md'), `# Changelog

Newest first.

## Unreleased

## 0.2.0 (2026-01-01)

### Security

- Refuse a post of 501 characters (${short(fix)})

### Added

- Quiet hours, per person (${short(added)})

### Fixed

- Refuse a post of 501 characters (${short(fix)})

## 0.1.0 (2026-01-01)

The first version.
`);
  assertState(repository, { tags: ['v0.1.0', 'v0.2.0'] });
  assert.equal(repository.git('log', '-1', '--format=%s'), 'Release 0.2.0');
  assert.equal(repository.git('cat-file', '-t', 'v0.2.0'), 'tag', 'annotated');
  assert.match(repository.git('tag', '--list', '--format=%(contents)', 'v0.2.0'), /^Kinglet 0.2.0\n\n### Security\n/);
  const folder = path.join(repository.dir, 'build/release/0.2.0');
  const wanted = ['images.txt', 'kinglet-0.2.0.tar.gz', 'kinglet-images-0.2.0.tar.gz', 'kinglet_0.2.0_amd64.deb'];
  const shown = readdirSync(folder).filter((name) => !name.startsWith('.')).sort();
  assert.deepEqual(shown, ['NOTES.md', 'SHA256SUMS', ...wanted].sort());
  const sums = readFileSync(path.join(folder, 'SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.split('  '));
  assert.deepEqual(sums.map(([, name]) => name), wanted);
  for (const [sum, name] of sums) assert.equal(sum, sha256(readFileSync(path.join(folder, name))), name);
  const steps = (version) => ['test', 'package', `images --version ${version}`];
  assert.deepEqual(repository.calls(), [...steps('0.1.0'), ...steps('0.2.0')]);
});

test('a dry run says what would be released and changes nothing', async () => {
  const repository = await released();
  const head = repository.commit('Show quiet hours', 'Changelog: added');
  const done = await repository.release(['auto', '--dry-run']);
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, /release: 0\.2\.0, after v0\.1\.0/);
  assert.match(done.output, /### Added\n\n- Show quiet hours/);
  assertState(repository, { tags: ['v0.1.0'], head });
  assert.equal(repository.calls().length, 3);
});

test('what must not be released is refused before anything changes', async () => {
  const repository = await released();
  const head = repository.commit('Show quiet hours', 'Changelog: added');
  const refused = async (words, wanted, env) => {
    const { code, output } = await repository.release(words, env);
    assert.notEqual(code, 0, output);
    assert.match(output, wanted);
    assertState(repository, { tags: ['v0.1.0'], head: repository.git('rev-parse', 'HEAD'), clean: false });
  };
  await refused(['0.1.0'], /isn't higher than what is released: v0\.1\.0/);
  await refused(['0.0.9'], /isn't higher/);
  await refused(['0.1.1'], /something was added: semantic versions ask for a minor step, 0\.2\.0/);
  await refused(['patch'], /semantic versions ask for a minor step/);
  await refused(['1.0'], /is no version: wanted MAJOR\.MINOR\.PATCH/);
  await refused(['1.0.0-rc1'], /is no version/);
  await refused([], /which version\?/);
  await refused(['--ci', '0.2.0'], /takes no version/);
  await refused(['minor', '--without', 'tests'], /what can be left out is package, images/);
  await refused(['minor', '--prepare'], /prepared on release\/VERSION/);
  repository.write('new.txt', 'x');
  await refused(['minor'], /isn't clean; commit or put aside:\n\?\? new\.txt/);
  unlinkSync(path.join(repository.dir, 'new.txt'));
  repository.write('VERSION', '0.1.0 \n');
  await refused(['minor'], /isn't clean/);
  repository.git('checkout', '--quiet', 'VERSION');
  repository.write('build/fail-test', '');
  await refused(['minor'], /the tests failed; nothing is changed/);
  repository.git('checkout', '--quiet', '-b', 'feature/x');
  await refused(['minor'], /on feature\/x: releases are made on main only/);
  await refused(['0.2.0', '--ci'], /takes no version/);
  await refused(['--ci'], /on feature\/x/, { GITHUB_REF_NAME: 'main' });
  repository.git('checkout', '--quiet', 'main');
  assert.equal(repository.git('rev-parse', 'HEAD'), head);
  repository.commit('Add nonsense', 'Changelog: nonsense');
  await refused(['minor'], /commit [0-9a-f]{12}: Changelog: 'nonsense' is no kind of change/);
});

test('without a word in commits or by hand there is nothing to release', async () => {
  const repository = await released();
  repository.commit('Rename a variable');
  const { code, output } = await repository.release(['patch']);
  assert.equal(code, 1);
  assert.match(output, /nothing to release/);
});

test('a clone with half of its history is refused, since tags and commits are missing', async () => {
  const repository = await released();
  const shallow = new Repository();
  shallow.git('fetch', '--quiet', '--depth', '1', `file://${repository.dir}`, 'main');
  shallow.git('reset', '--quiet', '--hard', 'FETCH_HEAD');
  const { code, output } = await shallow.release(['--ci', '--without', 'images']);
  assert.equal(code, 1);
  assert.match(output, /only part of the history/);
});

test('what breaks in a break, the same command finishes, and what is done stays as it is', async () => {
  const repository = await released();
  repository.commit('Show quiet hours', 'Changelog: added');
  repository.write('build/fail-images', '');
  const broken = await repository.release(['minor'], DATE);
  assert.equal(broken.code, 1);
  assert.match(broken.output, /\.\/dev images --version 0\.2\.0 failed/);
  assert.ok(!repository.has('build/release/0.2.0/SHA256SUMS'));
  const tagged = repository.git('rev-parse', 'v0.2.0');
  const deb = repository.read('build/release/0.2.0/kinglet_0.2.0_amd64.deb');
  unlinkSync(path.join(repository.dir, 'build/fail-images'));
  const finished = await repository.release(['minor'], DATE);
  assert.equal(finished.code, 0, finished.output);
  assert.match(finished.output, /its tag is there: what is missing is built/);
  assert.match(finished.output, /package: built already\nrelease: images: built/);
  assert.equal(repository.git('rev-parse', 'v0.2.0'), tagged);
  assert.equal(repository.read('build/release/0.2.0/kinglet_0.2.0_amd64.deb'), deb);
  const sums = repository.read('build/release/0.2.0/SHA256SUMS');
  const again = await repository.release(['0.2.0'], DATE);
  assert.equal(again.code, 0, again.output);
  assert.equal(repository.read('build/release/0.2.0/SHA256SUMS'), sums);
  assertState(repository, { tags: ['v0.1.0', 'v0.2.0'] });
  repository.write('build/release/0.2.0/kinglet_0.2.0_amd64.deb', 'spoilt');
  assert.match((await repository.release(['0.2.0'], DATE)).output, /package: built\n/);
});

test('a break at any step before the tag is finished as well', async () => {
  const repository = await released();
  repository.commit('Show quiet hours', 'Changelog: added');
  const before = repository.git('rev-parse', 'HEAD');
  // A hook that refuses the tag: the commit is made, the tag isn't.
  repository.write('.git/hooks/reference-transaction', '#!/bin/sh\n! grep -q refs/tags\n');
  execFileSync('chmod', ['+x', path.join(repository.dir, '.git/hooks/reference-transaction')]);
  assert.match((await repository.release(['minor'], DATE)).output, /git tag failed/);
  const prepared = repository.git('rev-parse', 'HEAD');
  assert.notEqual(prepared, before);
  unlinkSync(path.join(repository.dir, '.git/hooks/reference-transaction'));
  // As if it had ended between writing the files and committing them: the journal says what was written.
  const texts = { VERSION: repository.read('VERSION'), 'CHANGELOG.md': repository.read('CHANGELOG.md') };
  repository.git('reset', '--quiet', '--hard', before);
  repository.write('.git/kinglet-release.json',
    JSON.stringify(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, sha256(text)]))));
  repository.write('VERSION', texts.VERSION);
  const done = await repository.release(['minor'], DATE);
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, /this commit has passed these tests already/);
  assertState(repository, { tags: ['v0.1.0', 'v0.2.0'] });
  assert.equal(repository.read('CHANGELOG.md'), texts['CHANGELOG.md']);
  // A change of somebody's own is not taken for one of those.
  repository.write('.git/kinglet-release.json', JSON.stringify({ VERSION: sha256('x') }));
  repository.write('VERSION', '7.0.0\n');
  assert.match((await repository.release(['minor'])).output, /isn't clean/);
  assert.equal(repository.read('VERSION'), '7.0.0\n');
});

test('a release is prepared on its branch, merged, and made by CI, which pushes it once', async () => {
  const repository = await released();
  const origin = repository.addOrigin();
  repository.commit('Show quiet hours', 'Changelog: added');
  repository.git('checkout', '--quiet', '-b', 'release/0.2.0');
  const other = await repository.release(['--prepare', '0.3.0']);
  assert.match(other.output, /the branch is release\/0\.2\.0, the version 0\.3\.0/);
  const prepared = await repository.release(['--prepare'], DATE);
  assert.equal(prepared.code, 0, prepared.output);
  assertState(repository, { tags: ['v0.1.0'] });
  assert.equal(repository.git('log', '-1', '--format=%s'), 'Release 0.2.0');
  repository.git('checkout', '--quiet', 'main');
  repository.git('merge', '--quiet', '--no-ff', '--message', 'Merge release 0.2.0', 'release/0.2.0');
  const ci = { ...DATE, CI: 'true', GITHUB_REF_NAME: 'main', ...Object.fromEntries(Object.keys(repository.env)
    .filter((name) => name.startsWith('GIT_')).map((name) => [name, undefined])) };
  repository.git('checkout', '--quiet', '--detach');
  const done = await repository.release(['--ci'], ci);
  assert.equal(done.code, 0, done.output);
  assert.equal(origin('rev-parse', 'v0.2.0^{commit}'), repository.git('rev-parse', 'HEAD'));
  assert.equal(origin('rev-parse', 'main'), repository.git('rev-parse', 'HEAD'));
  assert.ok(!repository.calls().slice(3).includes('test'), 'the jobs before it have tested');
  const again = await repository.release(['--ci'], ci);
  assert.equal(again.code, 0, again.output);
  repository.git('checkout', '--quiet', 'main');
  const later = repository.commit('Rename a variable');
  const nothing = await repository.release(['--ci'], ci);
  assert.deepEqual([nothing.code, nothing.output], [0, 'release: 0.2.0 is released already: nothing to do\n']);
  assert.equal(repository.git('rev-parse', 'HEAD'), later);
});

test('what came after a release was prepared is not forgotten in its changelog', async () => {
  const repository = await released();
  repository.commit('Show quiet hours', 'Changelog: added');
  repository.git('checkout', '--quiet', '-b', 'release/0.2.0');
  await repository.release(['--prepare'], DATE);
  repository.commit('Mend quiet hours at midnight', 'Changelog: fixed');
  repository.git('checkout', '--quiet', 'main');
  repository.git('merge', '--quiet', 'release/0.2.0');
  const { code, output } = await repository.release(['0.2.0']);
  assert.equal(code, 1);
  assert.match(output, /there came more; add it there:\n### Fixed\n\n- Mend quiet hours at midnight/);
  const text = repository.read('CHANGELOG.md');
  repository.write('CHANGELOG.md', text.replace('## 0.1.0', '### Fixed\n\n- Mend quiet hours at midnight\n\n## 0.1.0'));
  repository.git('add', '.');
  repository.commit('Tell of midnight');
  assert.equal((await repository.release(['0.2.0'])).code, 0);
});

test('a push that the remote refuses publishes neither tag nor branch, and comes again', async () => {
  const repository = await released();
  const origin = repository.addOrigin();
  repository.commit('Show quiet hours', 'Changelog: added');
  const hook = path.join(path.dirname(repository.dir), 'origin.git/hooks/update');
  repository.write('../origin.git/hooks/update', '#!/bin/sh\ncase $1 in refs/tags/*) exit 1 ;; esac\n');
  execFileSync('chmod', ['+x', hook]);
  const before = origin('rev-parse', 'main');
  const refused = await repository.release(['minor', '--push'], DATE);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /git push failed; nothing of it was taken/);
  assert.equal(origin('rev-parse', 'main'), before);
  unlinkSync(hook);
  const done = await repository.release(['minor', '--push'], DATE);
  assert.equal(done.code, 0, done.output);
  assert.equal(origin('rev-parse', 'v0.2.0^{commit}'), repository.git('rev-parse', 'main'));
});

test('the team is told of a release, and of one that failed', async (t) => {
  const discord = await startDiscord(t);
  const repository = await released();
  repository.commit('Show quiet hours', 'Changelog: added');
  repository.write('build/fail-package', '');
  const env = { ...DATE, DISCORD_NOTICES_WEBHOOK_URL: discord.url };
  await repository.release(['minor'], env);
  unlinkSync(path.join(repository.dir, 'build/fail-package'));
  await repository.release(['minor'], env);
  const told = discord.messages.map(({ embeds }) => embeds[0]);
  assert.deepEqual(told.map(({ title }) => title), ['❌ release failed: 0.2.0', '✅ release succeeded: 0.2.0']);
  assert.match(told[0].description, /\.\/dev package failed/);
  assert.match(told[1].description, /^### Added\n\n- Show quiet hours/);
});

test('two releases of one clone do not run at once', async () => {
  const repository = await released();
  repository.commit('Show quiet hours', 'Changelog: added');
  const both = await Promise.all([repository.release(['minor']), repository.release(['minor'])]);
  const refused = both.filter(({ output }) => /another release of this clone runs/.test(output));
  assert.ok(refused.length <= 1);
  for (const one of both.filter((each) => !refused.includes(each))) assert.equal(one.code, 0, one.output);
  assertState(repository, { tags: ['v0.1.0', 'v0.2.0'] });
});

/* ---- the real tree --------------------------------------------------------------------------------------------- */

const QUIET = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26 };
const WHO = { ...IDENTITY, GIT_AUTHOR_DATE: '1767225600 +0000', GIT_COMMITTER_DATE: '1767225600 +0000', ...DATE };
const sh = (cwd, script) =>
  execFileSync('sh', ['-euc', script], { cwd, ...QUIET, env: { ...process.env, ...WHO } }).trim();

/* The tree as it is, in a repository of one commit: the same commit each time. */
function repositoryOfTree(dir, umask) {
  sh(root, `umask ${umask}; mkdir ${dir}; git ls-files -z --cached --others --exclude-standard |
    tar --create --null --files-from=- | tar --extract --no-same-permissions --directory=${dir}`);
  sh(dir, `git init --quiet --initial-branch=main; git config core.fileMode false; git add .
    git commit --quiet --no-verify --message 'Tell of it' --message 'Changelog: added'`);
  return dir;
}

const SETUP = 'meson setup build --buildtype=plain -Doptimization=0 -Dtests=false -Dbench=false -Dwerror=false';

test('the tarball is the same whoever makes it, and both it and a checkout know version and commit', () => {
  const dir = tempDir('kinglet-tarball-');
  const umasks = { one: '022', two: '077' };
  const [one, two] = Object.keys(umasks).map((name) => repositoryOfTree(path.join(dir, name), umasks[name]));
  const release = 'python3 tools/release.py 999.0.0 --tests none --without package,images';
  for (const clone of [one, two]) sh(clone, `unset DISCORD_NOTICES_WEBHOOK_URL; ${release}`);
  const sums = [one, two].map((clone) => readFileSync(path.join(clone, 'build/release/999.0.0/SHA256SUMS'), 'utf8'));
  assert.equal(sums[0], sums[1]);
  const commit = sh(one, 'git rev-parse --short=12 HEAD');
  // Unpacked inside another checkout, whose commit it must not take.
  sh(two, 'git commit --quiet --no-verify --allow-empty --message "Go on"; mv build/release .; rm -r build');
  sh(two, 'tar -xf release/999.0.0/kinglet-999.0.0.tar.gz');
  const unpacked = path.join(two, 'kinglet-999.0.0');
  const source = sh(unpacked, `${SETUP} >&2; ninja -C build build_info.c >&2; cat build/build_info.c`);
  assert.match(source, new RegExp(`"999\\.0\\.0"[^]*"${commit}"`));
  // A commit changes what the program says of itself, and costs one source and one link.
  sh(one, `${SETUP} && ninja -C build kinglet`);
  assert.equal(sh(one, 'build/kinglet version'), `kinglet 999.0.0 (${commit})`);
  sh(one, 'git commit --quiet --no-verify --allow-empty --message "Go on"');
  const steps = sh(one, 'ninja -C build kinglet').split('\n').filter((line) => /^\[\d+\/\d+\]/.test(line));
  const verbs = steps.map((line) => line.replace(/^\[\d+\/\d+\] /, '').split(' ')[0]);
  assert.deepEqual(verbs, ['Generating', 'Compiling', 'Linking']);
  assert.equal(sh(one, 'build/kinglet version'), `kinglet 999.0.0 (${sh(one, 'git rev-parse --short=12 HEAD')})`);
});

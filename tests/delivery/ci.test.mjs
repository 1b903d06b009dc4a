/*
 * ci.test.mjs: the chain as GitHub and Travis would run it, without either. The workflows are well-formed by
 * GitHub's own parser; what starts when is computed with GitHub's own evaluator of expressions; and the stages' scripts
 * refuse what they must, run for real in a clone.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { parse } from 'yaml';
import { cloneTree, cleanGit } from '../lib/clone.mjs';
import { root, tempDir } from '../lib/server.mjs';
import { problemsOf as travisProblems } from '../lint/travis.mjs';
import { problemsOf as workflowProblems } from '../lint/workflows.mjs';

const read = (name) => readFileSync(path.join(root, name), 'utf8');
const FOLDER = '.github/workflows';
const workflows = readdirSync(path.join(root, FOLDER)).map((name) => `${FOLDER}/${name}`);
const github = parse(read(`${FOLDER}/delivery.yml`));
const travis = parse(read('.travis.yml'));

/* ---- what would happen ---- */

/* What GitHub makes of an `if` for this event; only what needs no status of other jobs. */
function holds(condition, event) {
  if (condition === undefined) return true;
  const { tokens } = new Lexer(condition).lex();
  const expression = new Parser(tokens, ['github'], []).parse();
  const context = JSON.parse(JSON.stringify({ github: event }), data.reviver);
  return new Evaluator(expression, context).evaluate().coerceString() === 'true';
}

/* The jobs that would run, if all before them went well. */
function jobsFor(event) {
  if (!(event.event_name in github.on)) return [];
  if (event.event_name === 'push' && !event.ref.startsWith('refs/heads/')) return []; // `branches` lets no tag through
  return Object.entries(github.jobs)
    .filter(([name, job]) => name !== 'notice' && holds(job.if, event))
    .map(([name]) => name);
}

/* Travis's conditions, as far as tests/lint/travis.mjs lets them be written. */
function travisHolds(condition, build) {
  return (condition ?? '').split(' AND ').filter(Boolean).every((term) => {
    const [, name, wanted] = /^(\w+) = (.*)$/.exec(term) ?? [];
    if (name) return String(build[name]) === wanted;
    return /^\w+ IS blank$/.test(term) && !build[term.split(' ')[0]];
  });
}

function stagesFor(build) {
  if (!travisHolds(travis.if, build)) return [];
  return travis.stages.filter((stage) => travisHolds(stage.if, build)).map((stage) => stage.name ?? stage);
}

const REPOSITORY = 'kinglet/kinglet';
const push = (ref) => ({ event_name: 'push', ref, repository: REPOSITORY });
const pull = (from, base = 'main') => ({
  event_name: 'pull_request', ref: 'refs/pull/7/merge', base_ref: base, repository: REPOSITORY,
  event: { pull_request: { head: { repo: { full_name: from } } } },
});
const ALL = ['docker_build', 'test', 'deploy', 'release'];
const BUILT = ['docker_build', 'test'];

/* ---- form ---- */

test('the workflows are what GitHub understands, and Travis what Travis does', async () => {
  for (const name of workflows) assert.deepEqual(await workflowProblems(name, read(name)), []);
  assert.deepEqual(travisProblems('.travis.yml', read('.travis.yml')), []);
});

test('mistakes in a workflow are found', async () => {
  const good = read(`${FOLDER}/delivery.yml`);
  const plant = async (from, to, reason) => {
    const bad = good.replace(from, to);
    assert.notEqual(bad, good, `nothing to plant: ${from}`);
    assert.match((await workflowProblems('w.yml', bad)).join('\n'), reason);
  };
  await plant('runs-on:', 'run-on:', /Unexpected value 'run-on'/);
  await plant('timeout-minutes: 45', 'timeout-minutes: soon', /soon/);
  await plant("github.ref == 'refs/heads/main'", "gihub.ref == 'refs/heads/main'", /Unrecognized named-value: 'gihub'/);
  await plant('contents: read', 'contents: red', /red/);
  await plant('needs: [deploy]', 'needs: [deplov]', /deplov/);
  await plant(/checkout@[0-9a-f]{40}/, 'checkout@v4', /pin the action/);
  await plant('run: .ci/notice', 'run: curl https://example.org | sh', /put it into a script/);
});

test('mistakes in what Travis gets are found', () => {
  const good = read('.travis.yml');
  const plant = (from, to, reason) => {
    const bad = good.replace(from, to);
    assert.notEqual(bad, good, `nothing to plant: ${from}`);
    assert.match(travisProblems('.travis.yml', bad).join('\n'), reason);
  };
  plant('services:', 'service:', /has service besides/);
  plant('branch = main', 'branch == main', /stages\[2\]: fits 0 of oneOf/);
  plant('use: images', 'use: image', /no job makes the workspace image/);
  plant('stage: deploy', 'stage: deplov', /there is no stage deplov/);
  plant('script: .ci/in-debian ./dev ci deploy', 'script: make deploy', /doesn't match/);
});

/* ---- who gets how far ---- */

test('every branch builds and tests, and only main deploys and releases', () => {
  for (const branch of ['develop', 'feature/likes', 'hotfix/0.1.1', 'release/1.0.0', 'main2', 'feature/main']) {
    assert.deepEqual(jobsFor(push(`refs/heads/${branch}`)), BUILT, branch);
    assert.deepEqual(stagesFor({ branch, type: 'push', fork: false }), BUILT, branch);
  }
  assert.deepEqual(jobsFor(push('refs/heads/main')), ALL);
  assert.deepEqual(stagesFor({ branch: 'main', type: 'push', fork: false }), ALL);
});

test('a pull request from outside is built and tested, and gets no further', () => {
  assert.deepEqual(jobsFor(pull('stranger/kinglet')), BUILT);
  // Travis calls the branch by what the request would be merged into.
  for (const fork of [true, false]) {
    assert.deepEqual(stagesFor({ branch: 'main', type: 'pull_request', fork }), BUILT);
  }
  assert.deepEqual(stagesFor({ branch: 'main', type: 'push', fork: true }), BUILT);
});

test("a pull request of an own branch isn't built twice, and a tag not again", () => {
  assert.deepEqual(jobsFor(pull(REPOSITORY)), []);
  assert.deepEqual(jobsFor(push('refs/tags/v1.0.0')), []);
  assert.deepEqual(stagesFor({ branch: 'v1.0.0', tag: 'v1.0.0', type: 'push', fork: false }), []);
});

test('nothing is deployed that was not built and tested, and nothing released that was not deployed', () => {
  assert.deepEqual(github.jobs.deploy.needs, BUILT);
  assert.deepEqual(github.jobs.release.needs, ['deploy']);
  // GitHub lets a job run after a failure only where its condition asks for the status.
  for (const name of ALL) assert.doesNotMatch(github.jobs[name].if, /always|failure|cancelled/, name);
  assert.deepEqual(travis.stages.map((stage) => stage.name ?? stage), ALL);
});

test('strangers get no secret, and builds no right to write', () => {
  assert.deepEqual(Object.keys(github.on).sort(), ['pull_request', 'push']); // never pull_request_target
  assert.deepEqual(github.permissions, { contents: 'read' });
  assert.equal(github.env, undefined);
  for (const name of BUILT) {
    assert.doesNotMatch(JSON.stringify(github.jobs[name]), /secrets\.|"write"/, name);
  }
});

/* ---- the same scripts everywhere ---- */

/* The commands of a job, with its matrix put in. */
function commandsOf(job) {
  const rows = job.strategy?.matrix.include ?? [{}];
  return rows.flatMap((row) => job.steps.filter((step) => step.run).map(({ run }) =>
    run.replace(/\$\{\{ matrix\.(\w+) \}\}/g, (_, name) => row[name])));
}

test('GitHub and Travis run the same commands', () => {
  const theirs = travis.jobs.include.map(({ script }) => script).sort();
  const ours = ALL.flatMap((name) => commandsOf(github.jobs[name])).sort();
  assert.deepEqual(ours, theirs);
});

test('every stage of the tests is run once', () => {
  const listed = execFileSync('python3', ['tools/test_runner.py', 'list'], { cwd: root, encoding: 'utf8' });
  const run = commandsOf(github.jobs.test).flatMap((command) => command.split(' ci test ')[1].split(' '));
  assert.deepEqual([...run].sort(), listed.trim().split('\n').sort());
});

test('what a stage leaves is kept as an artefact', () => {
  const paths = (name) => github.jobs[name].steps.flatMap((step) => step.with?.path ?? []).join('\n');
  assert.match(paths('docker_build'), /^build\/images$/m);
  for (const folder of ['build/reports', 'build/test-logs', 'build-cover/coverage*']) {
    assert.ok(paths('test').split('\n').includes(folder), folder);
  }
});

/* ---- the scripts themselves ---- */

/* An environment in which only `extra` says where this runs. */
const environment = (home, extra = {}) => ({
  ...Object.fromEntries(Object.entries(cleanGit(home)).filter(([name]) => !/^(GITHUB_|TRAVIS|CI$|DISCORD_)/.test(name))),
  ...extra,
});

const script = (clone, env, ...words) => spawnSync(words[0], words.slice(1), { cwd: clone, env, encoding: 'utf8' });

test('deploy refuses all but a push to main, before it touches anything', () => {
  const home = tempDir('kinglet-ci-');
  const { clone } = cloneTree(home);
  const refused = (extra, reason) => {
    const done = script(clone, environment(home, extra), '.ci/deploy');
    assert.notEqual(done.status, 0);
    assert.match(done.stderr, reason);
    assert.equal(existsSync(path.join(clone, 'build')), false);
  };
  refused({}, /this is feature\/ci, and only main is deployed/);
  refused({ GITHUB_ACTIONS: 'true', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'develop' }, /this is develop/);
  refused({ GITHUB_ACTIONS: 'true', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'main' }, /this is no branch/);
  refused({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF_NAME: 'main' }, /pull request/);
  refused({ TRAVIS: 'true', TRAVIS_BRANCH: 'main', TRAVIS_PULL_REQUEST: '7' }, /pull request/);
  refused({ TRAVIS: 'true', TRAVIS_BRANCH: 'develop', TRAVIS_PULL_REQUEST: 'false' }, /this is develop/);
  refused({ TRAVIS: 'true', TRAVIS_BRANCH: 'main', TRAVIS_PULL_REQUEST: 'false', KINGLET_DEPLOY_SSH_KEY: 'k' },
    /KINGLET_DEPLOY_KNOWN_HOSTS must be set/);
});

test('test refuses a branch or a message of the wrong form, and runs the stages after good ones', () => {
  const home = tempDir('kinglet-ci-');
  const { clone, git } = cloneTree(home);
  symlinkSync(path.join(root, 'tests/node_modules'), path.join(clone, 'tests/node_modules'));
  writeFileSync(path.join(clone, '.git/info/exclude'), 'tests/node_modules\n');
  // A small stage of its own, so that this test doesn't take as long as the tests.
  writeFileSync(path.join(clone, 'tests/tools/only.py'),
    'import unittest\n\n\nclass Only(unittest.TestCase):\n    def test_one_is_one(self):\n' +
    '        self.assertEqual(1, 1)\n');
  for (const name of readdirSync(path.join(clone, 'tests/tools'))) {
    if (name !== 'only.py') git('rm', '--quiet', '-r', '--force', '--ignore-unmatch', `tests/tools/${name}`);
  }
  git('update-ref', 'refs/remotes/origin/develop', 'HEAD');
  git('branch', '--move', 'Likes');
  const lost = script(clone, environment(home), '.ci/test', 'tools');
  assert.notEqual(lost.status, 0);
  assert.match(lost.stderr, /'Likes' is no branch of this project/);
  git('branch', '--move', 'feature/likes');
  git('commit', '--quiet', '--allow-empty', '--message', 'Added a thing.');
  const bad = script(clone, environment(home), '.ci/test', 'tools');
  assert.notEqual(bad.status, 0);
  assert.match(bad.stderr, /"Added": say it as an order/);
  assert.doesNotMatch(bad.stdout, /passed/);
  git('commit', '--quiet', '--amend', '--allow-empty', '--message', 'Add a thing');
  const good = script(clone, environment(home), '.ci/test', 'tools');
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /^1 passed, 0 failed$/m);
  const report = readFileSync(path.join(clone, 'build/reports/tools.xml'), 'utf8');
  assert.match(report, /<testsuite name="tools" tests="1" failures="0"/);
  assert.match(report, /<testcase classname="tools" name="test_one_is_one/);
});

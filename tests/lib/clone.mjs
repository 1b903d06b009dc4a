/*
 * clone.mjs: a clone of this tree to commit in, with the tree as it stands now and not as it was last committed,
 * so that what is tested is what is there. It is on a branch of its own, feature/ci, and its tag `taken` is where it
 * began.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './server.mjs';

/* This process's environment, where git and pre-commit find nothing of this machine's settings. */
export function cleanGit(home) {
  return {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(GIT_|PRE_COMMIT|SKIP$)/.test(name))),
    HOME: home,
    PRE_COMMIT_HOME: path.join(home, 'pre-commit'),
    GIT_CONFIG_NOSYSTEM: '1',
  };
}

/* {clone: its folder, git(...args) → what git says there, env}. */
export function cloneTree(home) {
  const clone = path.join(home, 'kinglet');
  const env = cleanGit(home);
  const git = (...args) =>
    execFileSync('git', args, { cwd: clone, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  execFileSync('git', ['clone', '--quiet', root, clone], { env, stdio: 'ignore' });
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
    { cwd: root, encoding: 'utf8' });
  for (const name of listed.split('\0').filter((name) => name && existsSync(path.join(root, name)))) {
    cpSync(path.join(root, name), path.join(clone, name), { dereference: false });
  }
  git('config', 'user.name', 'Ada Tester');
  git('config', 'user.email', 'ada@example.org');
  git('checkout', '--quiet', '-b', 'feature/ci');
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--no-verify', '--message', 'Take the tree as it stands');
  git('tag', 'taken');
  return { clone, git, env };
}

/*
 * release.mjs: a small repository to make releases in: the real scripts, a history of its own, and a ./dev whose
 * package and images are small files, so that a test of how releases are made doesn't build all of Kinglet.
 */
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, tempDir } from './server.mjs';

const SCRIPTS = [
  'tools/release.py', 'tools/changelog.py', 'tools/tree.py', 'ops/notify/notify', 'ops/notify/web.py',
  'COMMIT', '.gitattributes',
];

/* ./dev of the small repository: each call is a line in build/calls. A file build/fail-WORD makes WORD fail. */
const DEV = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
mkdir -p build/package
printf '%s\\n' "$*" >>build/calls
[ ! -e "build/fail-$1" ] || { echo "$1 fails as it was told" >&2; exit 1; }
version=$(cat VERSION)
case $1 in
release) shift; exec python3 tools/release.py "$@" ;;
package) date +%s%N >"build/package/kinglet_\${version}_amd64.deb" ;;
images) printf 'kinglet/kinglet:%s\\nkinglet/proxy:%s\\n' "$3" "$3" ;;
test) ;;
esac
`;
const DOCKER = `#!/bin/sh
case $1 in
image) printf '%s sha256:%064d 123\\n' "$5" 7 ;;
save) shift; printf '%s\\n' "$@" ;;
esac
`;

/* Who commits, where nobody is set up. */
export const IDENTITY = {
  GIT_AUTHOR_NAME: 'T', GIT_AUTHOR_EMAIL: 't@example.org',
  GIT_COMMITTER_NAME: 'T', GIT_COMMITTER_EMAIL: 't@example.org',
};

export class Repository {
  constructor({ version = '0.1.0' } = {}) {
    this.dir = path.join(tempDir('kinglet-release-'), 'clone');
    this.env = { PATH: `${this.dir}/../bin:${process.env.PATH}`, HOME: path.dirname(this.dir), ...IDENTITY };
    for (const name of SCRIPTS) cpSync(path.join(root, name), path.join(this.dir, name), { recursive: true });
    this.write('dev', DEV);
    chmodSync(path.join(this.dir, 'dev'), 0o755);
    this.write('../bin/docker', DOCKER);
    chmodSync(path.join(this.dir, '../bin/docker'), 0o755);
    this.write('.gitignore', '/build/\n__pycache__/\n');
    this.write('VERSION', `${version}\n`);
    this.write('CHANGELOG.md', '# Changelog\n\nNewest first.\n\n## Unreleased\n\nThe first version.\n');
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('add', '.');
    this.commit('Begin');
  }

  git(...words) {
    return execFileSync('git', ['-C', this.dir, ...words], { env: this.env, encoding: 'utf8', stdio: 'pipe' }).trim();
  }

  write(name, text) {
    const file = path.join(this.dir, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  read(name) {
    return readFileSync(path.join(this.dir, name), 'utf8');
  }

  has(name) {
    return existsSync(path.join(this.dir, name));
  }

  commit(subject, ...paragraphs) {
    const words = [subject, ...paragraphs].flatMap((text) => ['--message', text]);
    this.git('commit', '--quiet', '--allow-empty', ...words);
    return this.git('rev-parse', 'HEAD');
  }

  /* An origin to push to. */
  addOrigin() {
    const origin = path.join(path.dirname(this.dir), 'origin.git');
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin], { env: this.env });
    this.git('remote', 'add', 'origin', origin);
    this.git('push', '--quiet', '--set-upstream', 'origin', 'main');
    return (...words) => execFileSync('git', ['-C', origin, ...words], { encoding: 'utf8', env: this.env }).trim();
  }

  calls() {
    const lines = this.has('build/calls') ? this.read('build/calls').trim().split('\n') : [];
    return lines.filter((line) => !line.startsWith('release'));
  }

  /* ./dev release WORDS…: {code, output}. */
  release(words, env = {}) {
    return new Promise((resolve) => {
      execFile(path.join(this.dir, 'dev'), ['release', ...words], { env: { ...this.env, ...env }, timeout: 60000 },
        (error, stdout, stderr) => resolve({ code: error ? error.code : 0, output: stdout + stderr }));
    });
  }
}

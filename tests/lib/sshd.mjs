/*
 * sshd.mjs: a real SSH server on loopback that lets this user in by a key of its own making, for DOCKER_HOST=ssh://….
 *
 *   const sshd = await startSshd({ env: { DOCKER_HOST: engine.host } });   // what a session there finds set
 *   sshd.host                     ssh://root@127.0.0.1:PORT
 *   sshd.env                      a PATH on which ssh knows key and server
 *   await sshd.stop()
 *
 * It listens on loopback alone, on a free port, and only for the key in its folder, which is gone when the test is.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { endPidSync, freePorts } from './daemon.mjs';
import { removeTempDir, tempDir, waitFor } from './server.mjs';

function makeKeys(dir) {
  for (const name of ['server', 'client']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path.join(dir, name)]);
  }
}

const serverConfig = (dir, port, env) => `ListenAddress 127.0.0.1:${port}
HostKey ${dir}/server
AuthorizedKeysFile ${dir}/client.pub
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
MaxStartups 100
SetEnv ${Object.entries(env).map(([name, value]) => `${name}=${value}`).join(' ')}
`;

const clientConfig = (dir) => `IdentityFile ${dir}/client
IdentitiesOnly yes
UserKnownHostsFile ${dir}/known
StrictHostKeyChecking yes
LogLevel ERROR
`;

const listens = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('connect', () => resolve(true) || socket.destroy());
  socket.on('error', () => resolve(false));
});

export async function startSshd({ env = {} } = {}) {
  const dir = tempDir('kinglet-sshd-');
  const [port] = await freePorts(1);
  makeKeys(dir);
  writeFileSync(path.join(dir, 'known'), `[127.0.0.1]:${port} ${readFileSync(path.join(dir, 'server.pub'), 'utf8')}`);
  writeFileSync(path.join(dir, 'sshd_config'), serverConfig(dir, port, env));
  writeFileSync(path.join(dir, 'ssh_config'), clientConfig(dir));
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 }); // where it gives up its rights; Debian's service makes it
  // docker calls ssh by its name, and ssh looks for its settings in the user's home, whatever HOME says.
  mkdirSync(path.join(dir, 'bin'));
  writeFileSync(path.join(dir, 'bin/ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${dir}/ssh_config' "$@"\n`);
  chmodSync(path.join(dir, 'bin/ssh'), 0o755);
  const args = ['--pdeathsig', 'TERM', '--', '/usr/sbin/sshd', '-D', '-e', '-f', path.join(dir, 'sshd_config')];
  const proc = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  proc.stderr.on('data', (text) => {
    said += text;
  });
  proc.unref();
  proc.stderr.unref();
  await waitFor('sshd', async () => {
    if (proc.exitCode !== null) throw new Error(`sshd ended with ${proc.exitCode}: ${said}`);
    return listens(port);
  });
  return {
    host: `ssh://${os.userInfo().username}@127.0.0.1:${port}`,
    env: { PATH: `${dir}/bin:${process.env.PATH}` },
    stop() {
      endPidSync(proc.pid, 'SIGTERM');
      removeTempDir(dir);
    },
  };
}

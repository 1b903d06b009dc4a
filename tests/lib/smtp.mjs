/*
 * smtp.mjs: a real mail server on a free port (smtp_server.py), and what came to it. It ends with the test.
 */
import { execFileSync, spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { deadlineMs, root, tempDir } from './server.mjs';

/* The system's own Python: its packages are Debian's. */
const PYTHON = '/usr/bin/python3';

/* A certificate for localhost, that vouches for itself: {certificate, key}. */
export function certificateFor(name) {
  const dir = tempDir();
  const files = { certificate: path.join(dir, 'certificate.pem'), key: path.join(dir, 'key.pem') };
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
    '-days', '2', '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', files.key,
    '-out', files.certificate], { stdio: 'ignore' });
  return files;
}

/* What a mail says: {headers, text}, both decoded. */
export function parseMail(raw) {
  const [head, ...body] = raw.split('\r\n\r\n');
  const headers = {};
  for (const line of head.replace(/\r\n[ \t]/g, ' ').split('\r\n')) {
    const at = line.indexOf(':');
    headers[line.slice(0, at).toLowerCase()] = decodeWords(line.slice(at + 1).trim());
  }
  const bytes = Buffer.from(body.join('\r\n\r\n').replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g,
    (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
  return { headers, text: bytes.replace(/ \r\n/g, ' ').replace(/\r\n/g, '\n') };
}

function decodeWords(text) {
  return text.replace(/(\?=) (?==\?)/g, '$1').replace(/=\?utf-8\?B\?([^?]*)\?=/g,
    (_, encoded) => `\0${encoded}\0`).replace(/\0([^\0]*)\0/g, (_, encoded) => Buffer.from(encoded, 'base64'));
}

/*
 * {port, mails, next(filter), stop()}. next() waits for a mail that was not taken by next() before, {to, tls, user,
 * headers, text}.
 */
export async function startMailServer({ port = 0, mode = 'plain', files = {}, user, password } = {}) {
  const args = [path.join(root, 'tests/lib/smtp_server.py'), String(port), mode,
    files.certificate ?? '', files.key ?? ''];
  if (user) args.push(user, password);
  const proc = spawn(PYTHON, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const mails = [];
  const waiting = [];
  let said = '';
  let started;
  proc.stderr.on('data', (text) => { said += text; });
  const ready = new Promise((resolve, reject) => {
    started = resolve;
    proc.on('close', () => reject(new Error(`the mail server ended: ${said}`)));
  });
  ready.catch(() => {});
  const hand = () => {
    for (const waiter of [...waiting]) {
      const at = mails.findIndex((mail) => !mail.taken && waiter.filter(mail));
      if (at < 0) continue;
      mails[at].taken = true;
      waiting.splice(waiting.indexOf(waiter), 1);
      waiter.resolve(mails[at]);
    }
  };
  readline.createInterface({ input: proc.stdout }).on('line', (line) => {
    const said = JSON.parse(line);
    if (said.port) return started(said.port);
    mails.push({ ...said, to: said.to[0], raw: said.message, ...parseMail(said.message) });
    return hand();
  });
  process.on('exit', () => proc.kill('SIGKILL'));
  const next = (filter = () => true, ms = 3 * deadlineMs) => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no such mail came, but ${JSON.stringify(mails)}`)), ms);
    waiting.push({ filter, resolve: (mail) => { clearTimeout(timer); resolve(mail); } });
    hand();
  });
  const stop = () => new Promise((resolve) => {
    proc.ref();
    proc.on('close', resolve);
    proc.kill('SIGKILL');
  });
  const at = await ready;
  /* A test that failed before its stop() isn't kept waiting for it. */
  for (const handle of [proc, proc.stdout, proc.stderr]) handle.unref();
  return { port: at, mails, next, stop };
}

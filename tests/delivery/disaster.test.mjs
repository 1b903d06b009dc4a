/*
 * disaster.test.mjs: everything is lost but the backups. What docs/disaster.md tells is done word by word on a fresh
 * machine, and what had been acknowledged is there. It says how long it took.
 */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { signedIn } from '../lib/client.mjs';
import { daemonDir, giveToDaemons, removeTempDir, run, startDaemon } from '../lib/daemon.mjs';
import { machinePackages, packageFile, startMachine } from '../lib/machine.mjs';
import { FAST, startPostgres } from '../lib/postgres.mjs';
import { root, startServer, waitFor } from '../lib/server.mjs';

const PEOPLE = 8;
const POSTS = 5;
const acknowledged = [];

let backups;
before(() => {
  backups = daemonDir('kinglet-disaster-');
});
after(() => removeTempDir(backups));

/* The steps of the page, in order: what stands in its shell blocks that begin with "# N.". */
function steps() {
  const page = readFileSync(path.join(root, 'docs/disaster.md'), 'utf8');
  const blocks = [...page.matchAll(/```sh\n(# \d\.[^]*?)```/g)].map(([, text]) => text);
  assert.ok(blocks.length >= 4, 'the page has its steps');
  return blocks;
}

/* A community that lives and is backed up, and then a machine that is gone with all that was on it. */
async function loseEverything(t) {
  const pg = await startPostgres({ settings: FAST });
  const conf = path.join(backups, 'backup.conf');
  const store = path.join(backups, 'store');
  cpSync(path.join(root, 'ops/database'), path.join(backups, 'ops'), { recursive: true });
  writeFileSync(conf, `SOURCE='host=${pg.socketDir} port=${pg.port} user=postgres'\nBACKUP_DIR=${store}\nCHECKPOINT=fast\n`);
  giveToDaemons(conf);
  const backup = path.join(backups, 'ops/backup');
  const server = await startServer({ db: await pg.createDatabase('kinglet'), args: ['--post-burst', '0'] });
  const log = path.join(backups, 'log');
  const receiver = startDaemon(backup, ['wal', conf], { cwd: backups, log });
  try {
    await pg.psql("SELECT pg_create_physical_replication_slot('backup', true)");
    const people = [];
    const post = async (who, text) => {
      const answer = await people[who].post('/add_message', { text });
      assert.equal(answer.status, 302);
      acknowledged.push({ name: `person${who}`, text });
    };
    for (let who = 0; who < PEOPLE; who += 1) people.push(await signedIn(server.web, `person${who}`));
    for (let who = 0; who < PEOPLE; who += 1) await post(who, `before the copy, by ${who}`);
    const { code, stderr } = await run(backup, ['base', conf]);
    assert.equal(code, 0, stderr);
    for (let i = 0; i < POSTS * PEOPLE; i += 1) await post(i % PEOPLE, `after the copy, number ${i}`);
    const [segment] = (await pg.psql('SELECT pg_walfile_name(pg_current_wal_lsn()), pg_switch_wal()')).split('|');
    await waitFor(`${segment} in the backup`, () => readdirSync(path.join(store, 'wal')).includes(segment), 20000);
  } finally {
    await receiver.end();
    await server.stop();
    await pg.stop();
  }
  t.diagnostic(`${acknowledged.length} posts of ${PEOPLE} people acknowledged; all is gone but the backup`);
  return store;
}

test('from nothing to running, by the page', { timeout: 900000 }, async (t) => {
  const deb = packageFile();
  const packages = machinePackages(deb);
  const store = await loseEverything(t);
  const begin = Date.now();
  const machine = await startMachine({ name: 'rescue', packages });
  try {
    for (const dir of ['srv/backup', 'srv/kinglet']) mkdirSync(machine.file(dir), { recursive: true });
    cpSync(store, machine.file('srv/backup'), { recursive: true });
    cpSync(path.join(root, 'ops'), machine.file('srv/kinglet/ops'), { recursive: true });
    copyFileSync(deb, machine.file('srv/kinglet.deb'));
    for (const step of steps()) {
      const from = Date.now();
      machine.run(step, { timeout: 600000 });
      t.diagnostic(`${((Date.now() - from) / 1000).toFixed(1)} s: ${step.split('\n')[0]}`);
    }
    t.diagnostic(`${((Date.now() - begin) / 1000).toFixed(1)} s from a machine that is off to one that serves`);
    const page = (address) => machine.run(`curl -sS --fail '${address}'`);
    for (let who = 0; who < PEOPLE; who += 1) {
      const text = page(`http://127.0.0.1:8080/person${who}`);
      for (const one of acknowledged.filter(({ name }) => name === `person${who}`))
        assert.ok(text.includes(one.text), `${one.name} had posted "${one.text}"`);
    }
    assert.match(page('http://127.0.0.1:9464/readyz'), /"ready": true/);
    /* It lives on: somebody signs in with the old password, and what they post is kept. */
    const code = machine.run(`cd /tmp
      curl -sS -o /dev/null -c jar -d 'username=person0&password=default' http://127.0.0.1:8080/login
      curl -sS -o /dev/null -w '%{http_code}' -b jar -d 'text=back+again' http://127.0.0.1:8080/add_message`);
    assert.equal(code, '302');
    assert.ok(page('http://127.0.0.1:8080/public').includes('back again'));
    assert.equal(existsSync(machine.file('srv/backup/base')), true, 'the backup was only read');
  } finally {
    machine.destroy();
  }
});

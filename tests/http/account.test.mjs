/* One's own account, as the pages of the settings keep it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, signedIn, textOfClass } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;
let counter = 0;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const anonymous = (options) => new Client(server.web, options);
const fresh = (name) => `${name}${(counter += 1)}`;
const person = (name = fresh('person')) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));

/* What stands beside a field. */
const errorOf = (html, field) => new RegExp(`id="${field}-error">([^<]*)<`).exec(html)?.[1];

test('each section of the settings is marked in their navigation', async () => {
  const me = await person();
  const { text } = await me.get('/settings');
  const [, nav] = /<nav class="settings-nav"[^>]*>([\s\S]*?)<\/nav>/.exec(text);
  const paths = [...nav.matchAll(/href="([^"]*)"/g)].map((m) => m[1]);
  assert.ok(paths.includes('/settings') && paths.includes('/settings/sessions'), paths.join(' '));
  for (const path of paths) {
    const page = await me.get(path);
    assert.equal(page.status, 200, path);
    assert.match(page.text, new RegExp(`<a href="${path}" aria-current="page">`), path);
    assert.equal((await anonymous().get(path)).status, 401, path);
  }
});

test('a session is ended from another one, by a name that is no secret', async () => {
  const me = await person();
  const elsewhere = anonymous({ headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0' } });
  await elsewhere.login(me.name);
  const list = (await me.get('/settings/sessions')).text;
  assert.match(list, /Firefox on Linux/);
  const ids = [...list.matchAll(/name="session" value="([0-9a-f]{32})"/g)].map((m) => m[1]);
  assert.equal(ids.length, 1, 'this one has no such button');
  const stranger = await person();
  await stranger.post('/settings/sessions/end', { session: ids[0] });
  assert.equal((await elsewhere.get('/')).status, 200, 'nobody else can end it');
  const answer = await me.post('/settings/sessions/end', { session: ids[0] }, { follow: true });
  assert.equal(textOfClass(answer.text, 'flashes'), 'You were logged out there');
  assert.equal((await elsewhere.get('/')).status, 302);
  assert.equal((await me.get('/')).status, 200);
});

test('the e-mail address is changed with the password, and what was typed stays', async () => {
  const me = await person();
  const change = (email, password) => me.post('/settings/email', { email, email_password: password }, { follow: true });
  const bad = await change('nowhere', 'default');
  assert.equal(errorOf(bad.text, 'email'), 'You have to enter a valid email address');
  assert.match(bad.text, /name="email" type="email" value="nowhere"/);
  const wrong = await change('new@example.org', 'wrong');
  assert.equal(errorOf(wrong.text, 'email_password'), 'Invalid password');
  assert.match(wrong.text, /value="new@example.org"/);
  assert.doesNotMatch((await me.get('/settings')).text, /new@example.org/, 'nothing has changed yet');
  const right = await change('new@example.org', 'default');
  assert.equal(textOfClass(right.text, 'flashes'), 'Your e-mail address was changed');
  assert.match(right.text, /value="new@example.org"/);
});

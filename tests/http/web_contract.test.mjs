/*
 * The pages as other people's programs know them: routes, texts, class names, redirects. What is tested
 * here may not change; the rest of the pages may (see docs/web.md for the contract).
 */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, hasClass, signedIn, textOfClass } from '../lib/client.mjs';
import { runKinglet, startServer, stopCleanly, waitFor } from '../lib/server.mjs';

let server;
let counter = 0;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const anonymous = () => new Client(server.web);
/* Every test has people of its own, so that none sees another's. */
const fresh = (name) => `${name}${(counter += 1)}`;
const person = (name = fresh('person')) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));
const pathOf = (name) => `/${encodeURIComponent(name)}`;

async function publicText() {
  return (await anonymous().get('/public')).text;
}

/* ---- timelines ---------------------------------------------------------------------------------- */

test('/ sends anonymous people to /public', async () => {
  const answer = await anonymous().get('/');
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/public');
});

test('/ shows my posts and those of whom I follow, and nobody else\'s', async () => {
  const [me, friend, stranger] = [await person(), await person(), await person()];
  await me.addMessage('the message by me');
  await friend.addMessage('the message by a friend');
  await stranger.addMessage('the message by a stranger');
  await me.get(`${pathOf(friend.name)}/follow`);
  const { status, text } = await me.get('/');
  assert.equal(status, 200);
  assert.match(text, /the message by me/);
  assert.match(text, /the message by a friend/);
  assert.doesNotMatch(text, /the message by a stranger/);
  await me.get(`${pathOf(friend.name)}/unfollow`);
  assert.doesNotMatch((await me.get('/')).text, /the message by a friend/);
});

test('/public shows everybody\'s posts to everybody', async () => {
  const [a, b] = [await person(), await person()];
  await a.addMessage('public one');
  await b.addMessage('public two');
  for (const client of [anonymous(), a]) {
    const { status, text } = await client.get('/public');
    assert.equal(status, 200);
    assert.match(text, /public one/);
    assert.match(text, /public two/);
  }
});

test('a user\'s page shows that user\'s posts only', async () => {
  const [a, b] = [await person(), await person()];
  await a.addMessage('written by a');
  await b.addMessage('written by b');
  const { status, text } = await anonymous().get(pathOf(a.name));
  assert.equal(status, 200);
  assert.match(text, /written by a/);
  assert.doesNotMatch(text, /written by b/);
});

test('an unknown user is 404', async () => {
  assert.equal((await anonymous().get('/nobody-of-that-name')).status, 404);
});

test('a page has 30 posts, newest first, and cursors lead through all of them once', async () => {
  const me = await person();
  const wanted = Array.from({ length: 70 }, (_, i) => `numbered-${String(i).padStart(3, '0')}-end`);
  for (const text of wanted) await me.post('/add_message', { text });
  const seen = [];
  let target = pathOf(me.name);
  for (let page = 0; target && page < 10; page += 1) {
    const { text } = await anonymous().get(target);
    const here = text.match(/numbered-\d{3}-end/g).filter((t, i, all) => all.indexOf(t) === i);
    assert.ok(here.length <= 30, `page ${page}: got ${here.length} posts, wanted at most 30`);
    if (page === 0) assert.equal(here.length, 30);
    seen.push(...here);
    const older = /<a[^>]*href="([^"]*before=[^"]*)"/.exec(text);
    target = older ? new URL(older[1].replaceAll('&amp;', '&'), `${server.web}${target}`) : null;
    if (target) target = target.pathname + target.search;
  }
  assert.deepEqual(seen, wanted.reverse());
});

test('a flagged post is shown on no timeline until it is unflagged, while the server runs', async () => {
  const me = await person();
  await me.addMessage('this will be flagged');
  const shown = async () => {
    const texts = await Promise.all(['/', '/public', pathOf(me.name)].map(async (target) =>
      [await me.get(target), await anonymous().get(target, { follow: true })].map((answer) => answer.text)));
    return texts.flat().filter((text) => text.includes('this will be flagged')).length;
  };
  /* Seen before by everybody, so that what is kept of a page is there to be wrong. */
  assert.equal(await shown(), 6);
  const csv = (await runKinglet(['posts', '--db', server.db])).stdout;
  const id = /^"?(\d+)"?,.*this will be flagged/m.exec(csv)?.[1];
  assert.ok(id, `no id in: ${csv.slice(0, 500)}`);
  assert.equal((await runKinglet(['flag', '--db', server.db, id])).code, 0);
  await waitFor('the flagged post to be gone everywhere', async () => (await shown()) === 0);
  assert.equal((await runKinglet(['unflag', '--db', server.db, id])).code, 0);
  await waitFor('the post to be back everywhere', async () => (await shown()) === 6);
});

/* ---- following ---------------------------------------------------------------------------------- */

for (const method of ['GET', 'POST']) {
  test(`${method} follow and unfollow need a session, answer 401 without`, async () => {
    const other = await person();
    for (const action of ['follow', 'unfollow']) {
      const answer = await anonymous().request(method, `${pathOf(other.name)}/${action}`);
      assert.equal(answer.status, 401, action);
    }
  });

  test(`${method} follow and unfollow of an unknown user are 404`, async () => {
    const me = await person();
    for (const action of ['follow', 'unfollow']) {
      assert.equal((await me.request(method, `/nobody-of-that-name/${action}`)).status, 404, action);
    }
  });

  test(`${method} follow and unfollow flash and lead to the user's page`, async () => {
    const [me, other] = [await person(), await person()];
    for (const [action, flash] of [
      ['follow', `You are now following "${other.name}"`],
      ['unfollow', `You are no longer following "${other.name}"`],
    ]) {
      const answer = await me.request(method, `${pathOf(other.name)}/${action}`);
      assert.equal(answer.status, 302);
      assert.equal(answer.location, pathOf(other.name));
      const { text } = await me.get(answer.location);
      assert.equal(textOfClass(text, 'flashes'), flash);
      assert.ok(text.includes(flash.replaceAll('"', '&#34;')), 'quotes come out as &#34;');
    }
  });
}

test('a name with a space is followed by its encoded path', async () => {
  const me = await person();
  const other = await person(fresh('First Last'));
  const answer = await me.get(`${pathOf(other.name)}/follow`);
  assert.equal(answer.status, 302);
  assert.equal(decodeURIComponent(answer.location), `/${other.name}`);
  assert.doesNotMatch(answer.headers.location, / /);
});

test('the follow status says what is so', async () => {
  const [me, other] = [await person(), await person()];
  const status = async (name) => textOfClass((await me.get(pathOf(name))).text, 'followstatus');
  assert.match(await status(me.name), /This is you!/);
  assert.match(await status(other.name), /You are not yet following this user\./);
  assert.ok(hasClass((await me.get(pathOf(other.name))).text, 'follow'));
  await me.get(`${pathOf(other.name)}/follow`);
  assert.match(await status(other.name), /You are currently following this user\./);
  assert.ok(hasClass((await me.get(pathOf(other.name))).text, 'unfollow'));
  assert.equal(hasClass((await anonymous().get(pathOf(other.name))).text, 'followstatus'), false);
});

test('following twice is following once', async () => {
  const [me, other] = [await person(), await person()];
  await me.get(`${pathOf(other.name)}/follow`);
  await me.get(`${pathOf(other.name)}/follow`);
  await me.get(`${pathOf(other.name)}/unfollow`);
  assert.match((await me.get(pathOf(other.name))).text, /You are not yet following this user\./);
});

/* ---- posting ------------------------------------------------------------------------------------ */

test('posting needs a session, answers 401 without, and stores nothing', async () => {
  const answer = await anonymous().post('/add_message', { text: 'posted by nobody' });
  assert.equal(answer.status, 401);
  assert.doesNotMatch(await publicText(), /posted by nobody/);
});

test('a post is stored, flashes, and leads to /', async () => {
  const me = await person();
  const answer = await me.post('/add_message', { text: 'test message 1' });
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/');
  const { text } = await me.get('/');
  assert.equal(textOfClass(text, 'flashes'), 'Your message was recorded');
  assert.match(text, /test message 1/);
});

test('an empty post leads to / without a flash and stores nothing', async () => {
  const me = await person();
  for (const fields of [{ text: '' }, {}]) {
    const answer = await me.post('/add_message', fields);
    assert.equal(answer.status, 302);
    assert.equal(answer.location, '/');
  }
  const { text } = await me.get('/');
  assert.equal(hasClass(text, 'flashes'), false);
  assert.match(text, /There(&#39;|')s no message so far\./);
});

test('markup in a post is escaped as clients expect', async () => {
  const me = await person();
  await me.addMessage('<test> & "quoted"');
  const { text } = await me.get('/');
  assert.ok(text.includes('&lt;test&gt;'), 'angle brackets');
  assert.ok(text.includes('&#34;quoted&#34;'), 'double quotes');
  assert.ok(!text.includes('<test>'), 'raw markup');
});

/* ---- registering -------------------------------------------------------------------------------- */

test('registering flashes and leads to /login', async () => {
  const client = anonymous();
  const answer = await client.register(fresh('new'), 'default', { follow: false });
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/login');
  const { text } = await client.get('/login');
  assert.equal(textOfClass(text, 'flashes'), 'You were successfully registered and can login now');
});

test('what is wrong with a registration is said on the form, with status 200', async () => {
  const taken = fresh('taken');
  await anonymous().register(taken);
  const good = { username: fresh('other'), email: 'a@example.com', password: 'x', password2: 'x' };
  for (const [change, wanted] of [
    [{ username: '' }, 'You have to enter a username'],
    [{ email: '' }, 'You have to enter a valid email address'],
    [{ email: 'broken' }, 'You have to enter a valid email address'],
    [{ password: '', password2: '' }, 'You have to enter a password'],
    [{ password2: 'y' }, 'The two passwords do not match'],
    [{ username: taken }, 'The username is already taken'],
    [{ username: taken.toUpperCase() }, 'The username is already taken'],
    [{ username: '', email: '', password: '' }, 'You have to enter a username'],
    [{ email: 'broken', password: '' }, 'You have to enter a valid email address'],
  ]) {
    const answer = await anonymous().post('/register', { ...good, ...change });
    assert.equal(answer.status, 200, wanted);
    const got = textOfClass(answer.text, 'error');
    assert.ok(got?.includes(wanted), `${JSON.stringify(change)}: got "${got}", wanted "${wanted}"`);
  }
  const missing = await anonymous().post('/register', {});
  assert.match(textOfClass(missing.text, 'error'), /You have to enter a username/);
});

test('two people may share an email address', async () => {
  for (const name of [fresh('share'), fresh('share')]) {
    const answer = await anonymous().register(name, 'x', { email: 'same@example.com' });
    assert.match(answer.text, /You were successfully registered/);
  }
});

test('the registration form begins with the five inputs that clients fill by position', async () => {
  const { text } = await anonymous().get('/register');
  const inputs = text.match(/<input\b[^>]*>/g).slice(0, 5);
  const names = inputs.map((input) => /\bname="([^"]*)"/.exec(input)?.[1]);
  assert.deepEqual(names.slice(0, 4), ['username', 'email', 'password', 'password2']);
  assert.match(inputs[4], /type="submit"/);
  const actions = text.indexOf(/class="[^"]*\bactions\b/.exec(text)[0]);
  assert.ok(actions < text.indexOf(inputs[4]), 'the submit input lies in an element of class actions');
});

test('names of routes can\'t be registered', async () => {
  for (const name of ['public', 'login', 'register', 'logout', 'add_message', 'static', 'settings', 'Public']) {
    const answer = await anonymous().register(name, 'x', { follow: false });
    assert.equal(answer.status, 200, name);
    assert.ok(hasClass(answer.text, 'error'), name);
  }
});

/* ---- signing in and out ------------------------------------------------------------------------- */

test('signing in flashes and leads to /', async () => {
  const name = fresh('in');
  const client = anonymous();
  await client.register(name);
  const answer = await client.login(name, 'default', { follow: false });
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/');
  assert.equal(textOfClass((await client.get('/')).text, 'flashes'), 'You were logged in');
});

test('a wrong name and a wrong password are told apart, with status 200', async () => {
  const name = fresh('in');
  await anonymous().register(name);
  for (const [who, password, wanted] of [
    [fresh('unknown'), 'default', 'Invalid username'],
    [name, 'wrong', 'Invalid password'],
    [name, '', 'Invalid password'],
    ['', '', 'Invalid username'],
  ]) {
    const answer = await anonymous().login(who, password);
    assert.equal(answer.status, 200);
    assert.ok(textOfClass(answer.text, 'error')?.includes(wanted), `"${who}": wanted ${wanted}`);
  }
});

test('who is signed in is led from /login and /register to /', async () => {
  const me = await person();
  for (const target of ['/login', '/register']) {
    for (const method of ['GET', 'POST']) {
      const answer = method === 'GET' ? await me.get(target) : await me.post(target, { username: 'x' });
      assert.equal(answer.status, 302, `${method} ${target}`);
      assert.equal(answer.location, '/', `${method} ${target}`);
    }
  }
});

test('signing out flashes, leads to /public, and ends the session', async () => {
  const me = await person();
  const answer = await me.get('/logout');
  assert.equal(answer.status, 302);
  assert.equal(answer.location, '/public');
  assert.equal(textOfClass((await me.get('/public')).text, 'flashes'), 'You were logged out');
  assert.equal((await me.get('/')).location, '/public');
});

test('a flash is shown once', async () => {
  const me = await person();
  await me.post('/add_message', { text: 'once' });
  assert.ok(hasClass((await me.get('/')).text, 'flashes'));
  assert.equal(hasClass((await me.get('/')).text, 'flashes'), false);
});

/* ---- hooks -------------------------------------------------------------------------------------- */

test('every page has the elements that clients look for', async () => {
  const me = await person();
  for (const target of ['/', '/public', pathOf(me.name)]) {
    const { text } = await me.get(target);
    for (const name of ['page', 'navigation', 'body', 'footer']) {
      assert.ok(hasClass(text, name), `${target} has no element of class ${name}`);
    }
  }
  for (const target of ['/public', '/login', '/register', '/nobody-of-that-name']) {
    const { text } = await anonymous().get(target);
    for (const name of ['page', 'navigation', 'body', 'footer']) {
      assert.ok(hasClass(text, name), `${target} has no element of class ${name}`);
    }
  }
  await me.addMessage('hooked');
  const home = (await me.get('/')).text;
  assert.ok(hasClass(home, 'twitbox'), 'twitbox');
  assert.ok(hasClass(home, 'messages'), 'messages');
  assert.equal(hasClass(await publicText(), 'twitbox'), false, 'no twitbox for anonymous people');
});

test('an empty timeline says so', async () => {
  const me = await person();
  for (const target of ['/', pathOf(me.name)]) {
    assert.match((await me.get(target)).text, /There(&#39;|')s no message so far\./, target);
  }
});

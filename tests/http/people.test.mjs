/* Blocking and muting, as two people see it. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { signedIn, textOfClass } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;

before(async () => {
  server = await startServer({ args: ['--post-burst', '0', '--register-burst', '0'] });
});
after(() => stopCleanly(server));

const person = (name) => signedIn(server.web, name).then((c) => Object.assign(c, { name }));
const say = (who, text) => who.post('/add_message', { text });
const texts = (html) => [...html.matchAll(/<p dir="auto">([^<]*)</g)].map((m) => m[1]);

test('who is muted is left out of timelines, whose pages stay full', async () => {
  const me = await person('reader');
  const loud = await person('loud');
  const quiet = await person('quiet');
  for (let i = 0; i < 31; i += 1) await say(quiet, `quiet ${i}`);
  for (let i = 0; i < 40; i += 1) await say(loud, `loud ${i}`);
  await me.post('/loud/follow');
  await me.post('/loud/mute');
  const { text } = await me.get('/public');
  const page = texts(text);
  assert.equal(page.length, 30);
  assert.equal(page[0], 'quiet 30');
  const older = /rel="next" href="([^"]*)"/.exec(text)[1];
  const next = (await me.get(older.replaceAll('&amp;', '&'))).text;
  assert.equal(texts(next)[0], 'quiet 0');
  assert.ok(!next.includes('>loud '));
  assert.ok(!(await me.get('/')).text.includes('>loud '));
  assert.ok((await me.get('/loud')).text.includes('loud 39'), 'their own page shows them still');
  await me.post('/loud/unmute');
  assert.ok((await me.get('/public')).text.includes('loud 39'));
});

test('a block hides both from each other and ends follows', async () => {
  const anna = await person('blocking');
  const ben = await person('blocked');
  await say(anna, 'by the one who blocks');
  await say(ben, 'by the blocked');
  await ben.post('/blocking/follow');
  await anna.post('/blocked/block');
  const mine = (await anna.get('/blocked')).text;
  assert.equal(textOfClass(mine, 'flashes'), 'You have blocked "blocked"');
  assert.ok(mine.includes('You have blocked this person.') && !mine.includes('by the blocked'));
  const theirs = (await ben.get('/blocking')).text;
  assert.ok(theirs.includes('This person has blocked you.') && !theirs.includes('by the one who blocks'));
  assert.ok(!theirs.includes('action="/blocking/follow"'));
  assert.ok(!(await ben.get('/public')).text.includes('by the one who blocks'));
  assert.ok(!(await anna.get('/public')).text.includes('by the blocked'));
  assert.equal((await ben.post('/blocking/follow')).status, 403);
  await anna.post('/blocked/unblock');
  assert.ok((await ben.get('/blocking')).text.includes('You are not yet following this user.'));
});

test('who is blocked or muted is in no search, tag, thread or notice', async () => {
  const me = await person('calm');
  const foe = await person('foe');
  const noise = await person('noise');
  await say(me, 'zebra by me');
  const mine = /id="p(\d+)"/.exec((await me.get('/calm')).text)[1];
  const answer = (who, text) => who.post('/add_message', { text, reply_to: mine });
  await answer(foe, 'zebra #stripe foe @calm');
  await answer(noise, 'zebra #stripe noise @calm');
  const theirs = /id="p(\d+)"/.exec((await foe.get('/foe')).text)[1];
  const places = ['/search?q=zebra', '/tag/stripe', `/post/${mine}`, '/notifications'];
  for (const path of places) {
    const { text } = await me.get(path);
    assert.ok(/stripe<\/a> foe|stripe foe/.test(text) && /stripe<\/a> noise|stripe noise/.test(text), path);
  }
  await me.post('/foe/block');
  await me.post('/noise/mute');
  for (const path of places) {
    const { text } = await me.get(path);
    assert.ok(!text.includes('href="/foe"') && !text.includes('href="/noise"'), path);
  }
  assert.ok(!(await me.get('/search?q=foe')).text.includes('href="/foe"'), 'nobody is blocked and found');
  assert.ok((await me.get('/search?q=noise')).text.includes('href="/noise"'), 'who is muted is found by name');
  assert.equal((await me.get(`/post/${theirs}`)).status, 404);
  assert.equal((await foe.get(`/post/${mine}`)).status, 404);
  assert.equal((await answer(foe, 'once more')).status, 404);
  assert.equal((await answer(noise, 'once more')).status, 302);
  assert.ok(!(await me.get('/notifications')).text.includes('once more'));
});

test('a card follows and leads back to where it was', async () => {
  const me = await person('gardener');
  const rose = await person('rose');
  await say(rose, 'a rose is a rose');
  const here = { headers: { Referer: `${server.web}/public?x=1` } };
  const card = '<form class="tie" action="/rose/follow"';
  assert.ok((await me.get('/public')).text.includes(card));
  assert.equal((await me.post('/rose/follow', { from: 'here' }, here)).location, '/public?x=1');
  assert.ok(!(await me.get('/public')).text.includes(card));
  assert.equal((await me.post('/rose/unfollow', {}, here)).location, '/rose', 'programs know nothing of it');
  assert.equal((await me.post('/rose/follow', { from: 'here' })).location, '/', 'nobody says where it was');
  await rose.post('/gardener/follow');
  const mine = (await me.get('/gardener/following')).text;
  assert.ok(mine.includes('action="/rose/unfollow"') && !mine.includes('action="/gardener/follow"'));
  assert.ok((await me.get('/search?q=rose')).text.includes('action="/rose/unfollow"'));
  assert.ok(!(await me.get('/gardener/followers')).text.includes('action="/gardener/follow"'));
});

test('followers are found by the beginning of a name or of a word of the display name, page by page', async () => {
  const star = await person('star');
  const fans = [];
  for (let i = 0; i < 53; i += 1) fans.push(await person(`fan${i}`));
  for (const fan of fans) await fan.post('/star/follow');
  await fans[3].post('/settings/profile', { display: 'Åse Ørsted', bio: '', link: '' });
  assert.ok(!(await star.get('/search?q=%C3%B8rsted')).text.includes('href="/fan3"'));
  await star.post('/fan3/follow');
  const seen = (await star.get('/search?q=%C3%B8rsted')).text;
  assert.ok(seen.includes('href="/fan3"') && seen.includes('action="/fan3/unfollow"'), 'by the name shown');
  assert.equal((await star.get('/search?q=fan3')).text.match(/action="\/fan3\/unfollow"/g).length, 1, 'once');
  const names = (html) => [...html.matchAll(/<li><a href="\/(fan\d+)"/g)].map((m) => m[1]);
  const found = async (q) => names((await star.get(`/star/followers?q=${encodeURIComponent(q)}`)).text);
  assert.deepEqual(await found('FAN5'), ['fan52', 'fan51', 'fan50', 'fan5']);
  assert.deepEqual(await found('ørst'), ['fan3']);
  assert.deepEqual(await found('an5'), []);
  assert.deepEqual(await found('%'), []);
  const { text } = await star.get('/star/followers?q=fan');
  assert.equal(names(text).length, 50);
  const more = /rel="next" href="([^"]*)"/.exec(text)[1].replaceAll('&amp;', '&');
  assert.deepEqual(names((await star.get(more)).text), ['fan2', 'fan1', 'fan0']);
  assert.ok((await star.get('/star/followers?q=zzz')).text.includes('Nobody whose name begins so.'));
});

test('a newcomer is led through first steps, each of which can be left out', async () => {
  const host = await person('hostess');
  await say(host, 'come in');
  for (let i = 0; i < 3; i += 1) await (await person(`guest${i}`)).post('/hostess/follow');
  const me = await person('newcomer');
  const home = (await me.get('/')).text;
  assert.ok(home.includes('href="/welcome"') && home.includes('action="/hostess/follow"'));
  assert.ok((await me.get('/welcome')).text.includes('href="/welcome?step=2">Skip this'));
  const profile = { display: 'New', bio: '', link: '', from: 'welcome' };
  const wrong = (await me.post('/settings/profile', { ...profile, link: 'ftp://x' })).text;
  assert.ok(wrong.includes('aria-current="step"') && wrong.includes('link-error') && wrong.includes('value="New"'));
  assert.equal((await me.post('/settings/profile', profile)).location, '/welcome?step=2');
  assert.ok((await me.get('/welcome?step=2')).text.includes('action="/hostess/follow"'));
  const step = { headers: { Referer: `${server.web}/welcome?step=2` } };
  assert.equal((await me.post('/hostess/follow', { from: 'here' }, step)).location, '/welcome?step=2');
  assert.ok(!(await me.get('/welcome?step=2')).text.includes('action="/hostess/follow"'));
  assert.ok((await me.get('/welcome?step=3')).text.includes('class="twitbox"'));
  assert.ok(!(await me.get('/')).text.includes('href="/welcome"'), 'who follows somebody has arrived');
});

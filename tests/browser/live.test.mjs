/* Timelines in a browser: what is new, what is older, and the way back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Api } from '../lib/api.mjs';
import { launch, open, PHONE } from '../lib/browser.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;
let api;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()]);
  api = new Api(server.api);
  await api.register('Ada');
  for (let i = 1; i <= 70; i++) await api.write('Ada', `post ${i}`);
});

after(async () => {
  await browser.close();
  await stopCleanly(server);
});

const texts = (page) => page.$$eval('.messages > li > div > p[dir]', (all) => all.map((p) => p.textContent.trim()));
const offered = (page, text) =>
  page.waitForFunction((wanted) => document.querySelector('.news button')?.textContent === wanted, text);

test('new posts are announced, and come when they are asked for', async (t) => {
  const page = await open(t, browser, server.web);
  for (const path of ['/public', '/Ada']) {
    const connected = page.waitForResponse((answer) => answer.url().includes('/events?'));
    await page.goto(path);
    assert.equal((await connected).status(), 200);
    const before = await texts(page);
    await api.write('Ada', 'fresh one');
    await offered(page, '1 new message');
    await api.write('Ada', 'fresh two');
    await offered(page, '2 new messages');
    assert.match(await page.title(), /^\(2\) /);
    assert.deepEqual(await texts(page), before);
    await page.click('.news button');
    await page.waitForFunction(() => document.querySelector('.news button').hidden);
    assert.deepEqual(await texts(page), ['fresh two', 'fresh one', ...before]);
    assert.doesNotMatch(await page.title(), /^\(/);
  }
});

test('older posts come as one scrolls, each once, and the back button returns to the place', async (t) => {
  const page = await open(t, browser, server.web, { viewport: PHONE });
  await page.goto('/public');
  const scrollTo = (text) =>
    page.waitForFunction((wanted) => {
      const all = [...document.querySelectorAll('.messages > li')];
      const found = all.find((li) => li.querySelector('p[dir]').textContent.trim() === wanted);
      (found ?? all.at(-1)).scrollIntoView({ block: 'center', behavior: 'instant' });
      return Boolean(found);
    }, text);
  await scrollTo('post 1');
  const all = await texts(page);
  assert.equal(new Set(await page.$$eval('.messages > li', (lis) => lis.map((li) => li.id))).size, all.length);
  assert.equal(all.filter((text) => /^post \d+$/.test(text)).length, 70);
  assert.equal(await page.$('nav.pages a[rel=next]'), null);

  await scrollTo('post 5');
  const top = () =>
    page.$$eval('.messages > li', (lis) =>
      lis.find((li) => li.querySelector('p[dir]').textContent.trim() === 'post 5')?.getBoundingClientRect().top);
  const was = await top();
  await page.$$eval('.messages > li', (lis) => {
    const card = lis.find((li) => li.querySelector('p[dir]').textContent.trim() === 'post 5');
    card.querySelector('.by a[href^="/post/"]').click();
  });
  await page.waitForURL('**/post/*');
  await page.goBack();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.messages p[dir]')].some((p) => p.textContent.trim() === 'post 5'));
  await page.waitForFunction((wanted) => {
    const card = [...document.querySelectorAll('.messages > li')]
      .find((li) => li.querySelector('p[dir]').textContent.trim() === 'post 5');
    return Math.abs(card.getBoundingClientRect().top - wanted) < 3;
  }, was);
});

/* The dashboard in a browser: it refreshes by itself and disturbs nobody, and works without scripts and a mouse. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { WIDE, axe, launch, open, overflow } from '../lib/browser.mjs';
import { signedIn } from '../lib/client.mjs';
import { cookiesOf } from '../lib/community.mjs';
import { startWithHistory } from '../lib/history.mjs';
import { stopCleanly } from '../lib/server.mjs';

let server;
let chief;
let browser;

before(async () => {
  [{ server, chief }, browser] = await Promise.all([startWithHistory(), launch()]);
});
after(async () => {
  await browser?.close();
  await stopCleanly(server);
});

/* As the administrator; with a clock that the test winds. */
async function openAs(t, path, options = {}) {
  const page = await open(t, browser, server.web, options);
  await page.context().addCookies(cookiesOf(chief, server.web));
  if (options.javaScriptEnabled !== false) await page.clock.install();
  await page.goto(path);
  return page;
}

async function nextMinute(page) {
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().resourceType() === 'fetch'),
    page.clock.runFor(60000),
  ]);
  await answer.finished();
}

const people = (page) => page.innerText('.tiles li:first-child strong');

test('a minute later it shows what is new, and keeps focus, scroll and open tables', async (t) => {
  const page = await openAs(t, '/admin/business?range=7d');
  const before = Number((await people(page)).replace(',', ''));
  const table = page.locator('#posts details');
  await table.locator('summary').click();
  await table.locator('summary').focus();
  await table.locator('section').evaluate((section) => { section.scrollTop = 120; });
  const scrolled = await page.evaluate(() => window.scrollY);
  const picture = await page.locator('#posts svg[role=img]').elementHandle();
  await signedIn(server.web, 'Newcomer');
  await nextMinute(page);
  await page.waitForFunction((wanted) =>
    Number(document.querySelector('.tiles strong').textContent.replace(',', '')) === wanted, before + 1);
  assert.equal(await picture.evaluate((old) => old.isConnected), false, 'the picture is a new one');
  assert.equal(await page.evaluate(() => document.activeElement.closest('figure')?.id), 'posts');
  assert.equal(await table.evaluate((details) => details.open), true);
  assert.equal(await table.locator('section').evaluate((section) => section.scrollTop), 120);
  assert.equal(await page.evaluate(() => window.scrollY), scrolled);
  assert.match(page.url(), /\?range=7d$/);
});

test('a hidden tab rests, and catches up when it is seen again', async (t) => {
  const page = await openAs(t, '/admin/infrastructure');
  let asked = 0;
  page.on('request', (request) => { asked += request.resourceType() === 'fetch'; });
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await page.clock.runFor(300000);
  assert.equal(asked, 0);
  await Promise.all([page.waitForResponse((answer) => answer.request().resourceType() === 'fetch'), hide(false)]);
  assert.equal(asked, 1);
});

test('a refresh that fails is said, and what was there stays', async (t) => {
  const page = await openAs(t, '/admin/business');
  await page.route('**/admin/business', (route) => route.fulfill({ status: 200, body: '' }), { times: 1 });
  await nextMinute(page);
  assert.equal(await page.locator('figure.chart svg[role=img]').count(), 10, 'an empty answer changes nothing');
  await page.unroute('**/admin/business');
  await page.evaluate(() => { globalThis.fetch = async () => new Response('', { status: 500 }); });
  await page.clock.runFor(60000);
  await page.waitForFunction(() => /could not be refreshed/.test(document.querySelector('.stale').textContent));
  assert.equal(await page.locator('figure.chart svg[role=img]').count(), 10);
});

test('everything is there without scripts, and each table is reached and opened by keyboard', async (t) => {
  const page = await openAs(t, '/admin/infrastructure', { javaScriptEnabled: false });
  assert.equal(await page.locator('figure.chart').count(), 10);
  const first = page.locator('figure.chart summary').first();
  for (let i = 0; i < 40 && !await first.evaluate((summary) => summary === document.activeElement); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('#cpu tbody tr').first().isVisible());
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Data: CPU load');
});

test('with its tables open it is accessible and no wider than the window', async (t) => {
  for (const viewport of [WIDE, { width: 320, height: 640 }]) {
    const page = await openAs(t, '/admin/infrastructure?range=30d', { viewport });
    await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
    assert.deepEqual(await axe(page), []);
    assert.equal(await overflow(page), 0);
  }
});

test('the operator\'s listener shows it in the same dress', async (t) => {
  const page = await open(t, browser, server.admin);
  await page.goto('/admin/');
  assert.match(page.url(), /\/admin\/business$/);
  assert.deepEqual(await axe(page), []);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector('.line')).stroke), 'none');
  await page.click('text=Infrastructure');
  assert.match(page.url(), /\/admin\/infrastructure\?range=24h$/);
});

/* Likes, drafts and double clicks in a browser, where scripts run and where they don't. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { axe, launch, open, signInThrough, submit } from '../lib/browser.mjs';
import { signedIn } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let server, browser;
before(async () => {
  server = await startServer({ args: ['--post-burst', '0'] });
  browser = await launch();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const likes = (page) => page.locator('.messages .like .count').first();

test('a like is shown at once, by the keyboard too, and stays after a reload', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Ada');
  await page.fill('#text', 'likeable');
  await submit(page, '.twitbox [type=submit]');
  const button = page.getByRole('button', { name: 'Like' }).first();
  await button.focus();
  for (const [key, pressed, count] of [['Enter', 'true', '1'], ['Space', 'false', ''], ['Enter', 'true', '1']]) {
    const [answer] = await Promise.all([page.waitForResponse(/\/(un)?like$/), page.keyboard.press(key)]);
    assert.equal(answer.status(), 302);
    assert.equal(await button.getAttribute('aria-pressed'), pressed);
    assert.equal((await likes(page).textContent()).trim(), count);
    await page.waitForFunction(() => !document.querySelector('.like').dataset.busy);
  }
  assert.equal(new URL(page.url()).pathname, '/', 'the page was not left');
  await page.reload();
  assert.equal((await likes(page).textContent()).trim(), '1');
  assert.equal(await button.getAttribute('aria-pressed'), 'true');
});

test('a like that the server refuses is taken back', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Bo');
  await page.fill('#text', 'soon gone');
  await submit(page, '.twitbox [type=submit]');
  await page.route('**/like', (route) => route.fulfill({ status: 200, body: 'not what it answers' }));
  await Promise.all([page.waitForResponse(/\/like$/), page.getByRole('button', { name: 'Like' }).first().click()]);
  await page.waitForFunction(() => document.querySelector('.like button').getAttribute('aria-pressed') === 'false');
  assert.equal((await likes(page).textContent()).trim(), '');
});

test('without scripts the same buttons like and answer', async (t) => {
  const page = await open(t, browser, server.web, { javaScriptEnabled: false });
  await signInThrough(page, 'Cy');
  await page.fill('#text', 'by hand');
  await submit(page, '.twitbox [type=submit]');
  await submit(page, '.messages .like button');
  assert.match(page.url(), /\/#p\d+$/, 'back at that post');
  assert.equal((await likes(page).textContent()).trim(), '1');
  await submit(page, '.messages .marks a');
  await page.fill('#text', 'an answer');
  await submit(page, '.twitbox [type=submit]');
  assert.match(page.url(), /\/post\/\d+$/);
  assert.match(await page.locator('.messages').textContent(), /Answers Cy.*an answer/s);
});

test('what was typed is there again until it was posted', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Di');
  await page.fill('#text', 'half a thought');
  await page.goto('/public');
  await page.goto('/');
  assert.equal(await page.inputValue('#text'), 'half a thought');
  await page.route('**/add_message', (route) => route.fulfill({ status: 503, contentType: 'text/html', body: 'later' }),
    { times: 1 });
  await submit(page, '.twitbox [type=submit]');
  await page.goto('/');
  assert.equal(await page.inputValue('#text'), 'half a thought', 'a post that failed is not lost');
  await submit(page, '.twitbox [type=submit]');
  assert.equal(await page.inputValue('#text'), '');
  await page.goto('/');
  assert.equal(await page.inputValue('#text'), '', 'nor does it come back once it was posted');
  assert.equal(await page.locator('.messages > li').count(), 1);
});

test('a draft outlives a session that ended, and goes when its post is recorded', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Dora');
  await page.fill('#text', 'said too late');
  await page.context().clearCookies();
  assert.equal((await submit(page, '.twitbox [type=submit]')).status(), 401);
  await page.goto('/login');
  await page.fill('input[name=username]', 'Dora');
  await page.fill('input[name=password]', 'default');
  await Promise.all([page.waitForURL((url) => url.pathname === '/'), page.press('input[name=password]', 'Enter')]);
  assert.equal(await page.locator('.flashes').textContent(), 'You were logged in');
  assert.equal(await page.inputValue('#text'), 'said too late');
  await submit(page, '.twitbox [type=submit]');
  assert.equal(await page.locator('.flashes').textContent(), 'Your message was recorded');
  assert.equal(await page.inputValue('#text'), '');
});

test('the menu of a card opens and closes by keyboard, and leads to the question', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Mia');
  await page.fill('#text', 'with a menu');
  await submit(page, '.twitbox [type=submit]');
  await page.goto('/Mia');
  const summary = page.locator('.menu summary').first();
  await summary.focus();
  await page.keyboard.press('Enter');
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Delete');
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('.menu[open]').count(), 0);
  assert.equal(await summary.evaluate((e) => e === document.activeElement), true);
  await page.keyboard.press('Enter');
  await page.locator('h1').click();
  assert.equal(await page.locator('.menu[open]').count(), 0, 'a click elsewhere closes it');
  await summary.click();
  await Promise.all([page.waitForURL('**/delete'), page.getByRole('link', { name: 'Delete' }).click()]);
  await submit(page, 'button.danger');
  assert.equal(await page.locator('.flashes').count(), 1);
  assert.equal(await page.getByText('with a menu').count(), 0);
});

test('a double click posts once', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Eve');
  await page.fill('#text', 'only once');
  await Promise.all([page.waitForNavigation(), page.dblclick('.twitbox [type=submit]')]);
  await page.goto('/Eve');
  assert.equal(await page.locator('.messages > li').count(), 1);
});

test('names are completed by the keyboard, and Enter sends nothing meanwhile', async (t) => {
  for (const name of ['Frida Kahlo', 'Frida Holm', 'Gus']) await signedIn(server.web, name);
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Hal');
  await page.focus('#text');
  await Promise.all([page.waitForResponse(/\/complete\?q=fri$/), page.keyboard.type('Hello @fri')]);
  const options = page.getByRole('option');
  await options.first().waitFor();
  assert.deepEqual((await options.allTextContents()).sort(), ['Frida Holm', 'Frida Kahlo']);
  assert.deepEqual(await axe(page), []);
  await page.keyboard.press('Escape');
  assert.equal(await options.count(), 0);
  await Promise.all([page.waitForResponse(/\/complete\?q=frid$/), page.keyboard.type('d')]);
  await options.first().waitFor();
  await page.keyboard.press('ArrowDown');
  const name = await page.getByRole('option', { selected: true }).textContent();
  assert.equal(await page.getAttribute('#text', 'aria-activedescendant'), 'text-names-1');
  await page.keyboard.press('Enter');
  assert.equal(await page.inputValue('#text'), `Hello @${name.replace(' ', '_')} `);
  assert.equal(new URL(page.url()).pathname, '/', 'nothing was sent');
  await submit(page, '.twitbox [type=submit]');
  assert.equal(await page.locator('.messages a', { hasText: `@${name.replace(' ', '_')}` }).count(), 1);
});

/* What a person does, in a real browser: with scripts, without them, and without a mouse. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { NARROW, follow, launch, open, signInThrough, submit, tabTo } from '../lib/browser.mjs';
import { signedIn } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;
let browser;

before(async () => {
  [server, browser] = await Promise.all([startServer({ args: ['--post-burst', '0'] }), launch()]);
});
after(async () => {
  await browser?.close();
  await stopCleanly(server);
});

const text = (page, selector) => page.locator(selector).first().innerText();

for (const javaScriptEnabled of [true, false]) {
  const how = javaScriptEnabled ? 'with scripts' : 'without scripts';
  const tag = javaScriptEnabled ? 'js' : 'nojs';

  test(`a person registers, signs in, posts, follows and signs out ${how}`, async (t) => {
    const other = `Other ${tag}`;
    await (await signedIn(server.web, other)).addMessage(`a post by ${other}`);
    const page = await open(t, browser, server.web, { javaScriptEnabled });
    await signInThrough(page, `Person ${tag}`);
    assert.equal(await text(page, '.flashes'), 'You were logged in');

    await page.fill('.twitbox [name=text]', `hello ${how}\nand a second line`);
    await submit(page, '.twitbox button');
    assert.equal(await text(page, '.flashes'), 'Your message was recorded');
    assert.match(await text(page, '.messages'), new RegExp(`hello ${how}\\s*\\n\\s*and a second line`));

    await page.goto(`/${encodeURIComponent(other)}`);
    assert.match(await text(page, '.followstatus'), /You are not yet following this user\./);
    await submit(page, '.follow');
    assert.equal(await text(page, '.flashes'), `You are now following "${other}"`);
    await page.goto('/');
    assert.match(await text(page, '.messages'), new RegExp(`a post by ${other}`));

    await page.goto(`/${encodeURIComponent(other)}`);
    await submit(page, '.unfollow');
    assert.equal(await text(page, '.flashes'), `You are no longer following "${other}"`);

    await submit(page, 'form[action="/logout"] button');
    assert.equal(await text(page, '.flashes'), 'You were logged out');
    assert.equal(new URL(page.url()).pathname, '/public');
  });

  test(`Older and Newer lead through the pages and back ${how}`, async (t) => {
    const name = `Pager ${tag}`;
    const client = await signedIn(server.web, name);
    for (let i = 0; i < 65; i += 1) await client.post('/add_message', { text: `${tag} post ${i}.` });
    const page = await open(t, browser, server.web, { javaScriptEnabled });
    await page.goto(`/${encodeURIComponent(name)}`);
    const newestHere = async () => /post (\d+)\./.exec(await text(page, '.messages'))[1];
    const go = (label) => follow(page, `a:has-text("${label}")`);
    assert.equal(await newestHere(), '64');
    assert.equal(await page.locator('a:has-text("Newer")').count(), 0, 'nothing is newer than the first page');
    await go('Older');
    assert.equal(await newestHere(), '34');
    await go('Older');
    assert.equal(await newestHere(), '4');
    assert.equal(await page.locator('a:has-text("Older")').count(), 0, 'nothing is older than the last page');
    await go('Newer');
    assert.equal(await newestHere(), '34');
    await go('Newer');
    assert.equal(await newestHere(), '64');
  });

  test(`what is wrong with a form is said beside it, and what was written stays ${how}`, async (t) => {
    const page = await open(t, browser, server.web, { javaScriptEnabled });
    await page.goto('/register');
    await page.fill('input[name=username]', `Wrong ${tag}`);
    await page.fill('input[name=email]', 'someone@example.com');
    await page.fill('input[name=password]', 'one');
    await page.fill('input[name=password2]', 'two');
    await submit(page, '.actions input[type=submit]');
    assert.match(await text(page, '.error'), /The two passwords do not match/);
    assert.equal(await page.inputValue('input[name=username]'), `Wrong ${tag}`);
    assert.equal(await page.inputValue('input[name=email]'), 'someone@example.com');
    assert.equal(await page.inputValue('input[name=password]'), '', 'a password never comes back');

    await page.goto('/login');
    await page.fill('input[name=username]', `Nobody ${tag}`);
    await page.fill('input[name=password]', 'x');
    await submit(page, 'main [type=submit], .body [type=submit]');
    assert.match(await text(page, '.error'), /Invalid username/);
    assert.equal(await page.inputValue('input[name=username]'), `Nobody ${tag}`);
  });
}

test('what is left of the 500 characters is shown while one writes', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Counter');
  assert.match(await text(page, '.twitbox'), /500/);
  await page.fill('.twitbox [name=text]', 'x'.repeat(10));
  await page.waitForFunction(() => /490/.test(document.querySelector('.twitbox').innerText));
  await page.fill('.twitbox [name=text]', '👨‍👩‍👧‍👦'.repeat(10));
  await page.waitForFunction(() => /490/.test(document.querySelector('.twitbox').innerText));
});

test('times are relative, with the exact one at hand', async (t) => {
  const page = await open(t, browser, server.web);
  await signInThrough(page, 'Timely');
  await page.fill('.twitbox [name=text]', 'now');
  await submit(page, '.twitbox button');
  const time = page.locator('.messages time').first();
  assert.match(await time.getAttribute('datetime'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/);
  assert.match(await time.getAttribute('title'), /\d{4}/);
  assert.match(await time.innerText(), /now|second|moment|^\d+ ?s/i);
});

test('everything can be done by keyboard, and the focus is always visible', async (t) => {
  await signedIn(server.web, 'Keyfriend');
  const page = await open(t, browser, server.web);
  const type = async (selector, value) => {
    await tabTo(page, selector);
    await page.keyboard.type(value);
  };
  const press = async (key) => Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);

  await page.goto('/register');
  await type('input[name=username]', 'Keys');
  await type('input[name=email]', 'keys@example.com');
  await type('input[name=password]', 'default');
  await type('input[name=password2]', 'default');
  await press('Enter');
  await type('input[name=username]', 'Keys');
  await type('input[name=password]', 'default');
  await press('Enter');
  assert.equal(await text(page, '.flashes'), 'You were logged in');
  await type('.twitbox [name=text]', 'typed, not clicked');
  await tabTo(page, '.twitbox button');
  await press('Enter');
  assert.equal(await text(page, '.flashes'), 'Your message was recorded');
  await page.goto('/Keyfriend');
  await tabTo(page, '.follow, .follow *');
  await press('Enter');
  assert.equal(await text(page, '.flashes'), 'You are now following "Keyfriend"');
  await tabTo(page, 'form[action="/logout"] *');
  await press('Enter');
  assert.equal(await text(page, '.flashes'), 'You were logged out');
});

test('the first tab offers to skip to the content, and does', async (t) => {
  const page = await open(t, browser, server.web);
  await page.goto('/public');
  await page.keyboard.press('Tab');
  const skip = page.locator(':focus');
  assert.match(await skip.getAttribute('href'), /^#/);
  await page.keyboard.press('Enter');
  const target = await skip.getAttribute('href').catch(() => null);
  assert.ok(target === null || (await page.locator(target).count()) === 1);
});

test('the whole journey fits a window of 320 pixels', async (t) => {
  const page = await open(t, browser, server.web, { viewport: NARROW, hasTouch: true, isMobile: true });
  await signInThrough(page, 'Narrow');
  await page.fill('.twitbox [name=text]', 'from a small window');
  await submit(page, '.twitbox button');
  assert.equal(await text(page, '.flashes'), 'Your message was recorded');
  await submit(page, 'form[action="/logout"] button');
  assert.equal(await text(page, '.flashes'), 'You were logged out');
});

/* The first minutes of somebody new, by the keyboard alone, and without scripts. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { axe, launch, open, signInThrough, tabTo } from '../lib/browser.mjs';
import { signedIn } from '../lib/client.mjs';
import { startServer } from '../lib/server.mjs';

let server, browser;
before(async () => {
  server = await startServer({ args: ['--post-burst', '0'] });
  browser = await launch();
  const host = await signedIn(server.web, 'Host');
  await host.post('/add_message', { text: 'Come in.' });
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a newcomer arrives by keyboard, ${javaScriptEnabled ? 'with' : 'without'} scripts`, async (t) => {
    const page = await open(t, browser, server.web, { javaScriptEnabled });
    const press = () => Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
    const where = () => page.url().slice(server.web.length);
    await signInThrough(page, javaScriptEnabled ? 'Script' : 'Plain');
    await tabTo(page, 'a[href="/welcome"]');
    await press();
    await tabTo(page, '#display');
    await page.keyboard.type('Somebody new');
    await tabTo(page, 'form[action="/settings/profile"] [type=submit]');
    await press();
    assert.equal(where(), '/welcome?step=2');
    if (javaScriptEnabled) assert.deepEqual(await axe(page), []);
    await tabTo(page, '.tie[action="/Host/follow"] button');
    await press();
    assert.equal(where(), '/welcome?step=2', 'following leads back');
    assert.equal(await page.locator('.tie[action="/Host/follow"]').count(), 0);
    await tabTo(page, '.ways a');
    await press();
    await tabTo(page, '#text');
    await page.keyboard.type('Here I am.');
    await tabTo(page, '.twitbox [type=submit]');
    await press();
    assert.equal(where(), '/');
    assert.equal(await page.locator('.messages > li').first().locator('.display').textContent(), 'Somebody new');
    assert.ok(await page.getByText('Come in.').isVisible(), 'whom they follow is on their timeline');
    assert.equal(await page.locator('a[href="/welcome"]').count(), 0);
  });
}

/* The place as an app: Chromium finds it installable, and has a page when it is away. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { PHONE, launch } from '../lib/browser.mjs';
import { serverFor, stopCleanly } from '../lib/server.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/* A page with the worker at work. open() would complain of what this test is about: requests that fail. */
async function visit(t, server) {
  const context = await browser.newContext({ baseURL: server.web, viewport: PHONE });
  t.after(() => context.close());
  const page = await context.newPage();
  await page.goto('/public');
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (!navigator.serviceWorker.controller)
      await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  });
  return page;
}

test('Chromium finds nothing that would keep it from being installed', async (t) => {
  const page = await visit(t, await serverFor(t));
  const session = await page.context().newCDPSession(page);
  const manifest = await session.send('Page.getAppManifest');
  assert.deepEqual(manifest.errors, []);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  /* A context of a test is a private window, where nothing can be installed. */
  assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
});

test('when it is away there is a page that says so, and the place itself when it is back', async (t) => {
  const server = await serverFor(t);
  const page = await visit(t, server);
  await page.reload();
  assert.match(await page.title(), /^Public timeline/, 'the worker shows pages, not copies');
  await stopCleanly(server);
  await page.goto('/about').catch(() => {});
  assert.match(await page.textContent('h1'), /can’t be reached/);
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).fontSize !== ''), true);
  const styled = await page.evaluate(() => [...document.styleSheets].some((sheet) => sheet.cssRules.length > 10));
  assert.ok(styled, 'with its style');
});

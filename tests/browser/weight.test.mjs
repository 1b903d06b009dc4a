/*
 * What a page weighs and whether it moves: the promises that readers on a slow line feel. Bytes on the wire and
 * shifts of the layout are the same on every machine, so they are tests; how long it takes is `./dev lighthouse`.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { PHONE, WIDE, launch, open } from '../lib/browser.mjs';
import { WRITER, settle } from '../lib/community.mjs';
import { serverFor } from '../lib/server.mjs';

const FIRST_LOAD_MAX_BYTES = 40 * 1024;

/* Collects what comes over the wire, headers and all, as the browser counts it. */
async function weigh(page) {
  const session = await page.context().newCDPSession(page);
  const names = new Map(), weights = [];
  session.on('Network.responseReceived', ({ requestId, response }) => names.set(requestId, response.url));
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    weights.push([encodedDataLength, names.get(requestId)]));
  await session.send('Network.enable');
  return weights;
}

test('the first load of a timeline, pictures included, is under 40 KiB, and nothing moves', async (t) => {
  const server = await serverFor(t, { args: ['--post-burst', '0'] });
  await settle(server);
  const browser = await launch();
  t.after(() => browser.close());

  for (const viewport of [PHONE, WIDE]) {
    for (const target of ['/public', `/${encodeURIComponent(WRITER)}`]) {
      const page = await open(t, browser, server.web, { viewport });
      const weights = await weigh(page);
      await page.addInitScript(() => {
        globalThis.shifts = [];
        new PerformanceObserver((list) => globalThis.shifts.push(...list.getEntries().map(({ value, sources }) =>
          `${value} ${sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.textContent).join(' | ')}`)))
          .observe({ type: 'layout-shift', buffered: true });
      });
      await page.goto(target, { waitUntil: 'load' });
      const messages = await page.locator('.messages > li').count();
      assert.equal(messages, 30, 'a whole page of messages is what is weighed');
      const pictures = await page.evaluate(() => Promise.all([...document.images]
        .filter((image) => image.loading !== 'lazy' || image.getBoundingClientRect().top < innerHeight)
        .map((image) => image.decode().then(() => true, () => false))));
      assert.ok(pictures.length > 0 && pictures.every(Boolean), 'the pictures are there');
      const bytes = weights.reduce((sum, [weight]) => sum + weight, 0);
      assert.ok(weights.length >= 3, `page, style and script are counted: ${JSON.stringify(weights)}`);
      assert.ok(bytes < FIRST_LOAD_MAX_BYTES, `${target} weighs ${bytes} bytes: ${JSON.stringify(weights)}`);
      assert.deepEqual(await page.evaluate(() => globalThis.shifts), [], `${target}: what moved`);
      await page.close();
    }
  }
});

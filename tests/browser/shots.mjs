/*
 * shots.mjs FOLDER: a picture of each kind of page, wide and phone-sized, light and dark, to be looked at.
 * `./dev shots` runs it.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { NARROW, PHONE, WIDE, launch } from '../lib/browser.mjs';
import { PAGES, cookiesOf, settle } from '../lib/community.mjs';
import { startServer } from '../lib/server.mjs';

const folder = process.argv[2] ?? 'build/shots';
mkdirSync(folder, { recursive: true });
const server = await startServer({ args: ['--post-burst', '0'] });
const browser = await launch();
try {
  const { ada, post } = await settle(server);
  for (const [size, viewport] of [['wide', WIDE], ['phone', PHONE], ['narrow', NARROW]]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = { baseURL: server.web, viewport, colorScheme };
      const [stranger, mine] = await Promise.all([browser.newContext(context), browser.newContext(context)]);
      await mine.addCookies(cookiesOf(ada, server.web));
      for (const [name, target, who] of PAGES(post)) {
        const page = await (who === 'ada' ? mine : stranger).newPage();
        await page.goto(target);
        if (who === 'older') await Promise.all([page.waitForNavigation(), page.click('a:has-text("Older")')]);
        await page.screenshot({ path: path.join(folder, `${name}-${size}-${colorScheme}.png`) });
        await page.close();
      }
      await Promise.all([stranger.close(), mine.close()]);
    }
  }
  console.log(folder);
} finally {
  await browser.close();
  await server.stop();
}

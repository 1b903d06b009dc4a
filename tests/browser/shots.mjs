/*
 * shots.mjs FOLDER: a picture of each kind of page, wide and phone-sized, light and dark, to be looked at.
 * `./dev shots` runs it.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { NARROW, PHONE, WIDE, follow, launch } from '../lib/browser.mjs';
import { PAGES, cookiesOf, settle } from '../lib/community.mjs';
import { startWithHistory } from '../lib/history.mjs';
import { startServer } from '../lib/server.mjs';

const folder = process.argv[2] ?? 'build/shots';
mkdirSync(folder, { recursive: true });
const WALL = { width: 1920, height: 1080 };

/* Both pages of the dashboard, with a month behind them; whole, but for the wall, which doesn't scroll. */
async function dashboards(browser) {
  const { server, chief } = await startWithHistory({ demo: true });
  try {
    for (const [size, viewport] of [['wide', WIDE], ['phone', PHONE], ['wall', WALL]]) {
      for (const colorScheme of ['light', 'dark']) {
        const context = await browser.newContext({ baseURL: server.web, viewport, colorScheme });
        await context.addCookies(cookiesOf(chief, server.web));
        const page = await context.newPage();
        for (const [name, range] of [['business', '7d'], ['infrastructure', '24h']]) {
          await page.goto(`/admin/${name}?range=${range}`);
          const file = path.join(folder, `dashboard-${name}-${size}-${colorScheme}.png`);
          await page.screenshot({ path: file, fullPage: size !== 'wall' });
        }
        await context.close();
      }
    }
  } finally {
    await server.stop();
  }
}

const server = await startServer({ args: ['--post-burst', '0'] });
const browser = await launch();
try {
  const { ada, post } = await settle(server);
  for (const [size, viewport] of [['wide', WIDE], ['phone', PHONE], ['narrow', NARROW]]) {
    for (const colorScheme of ['light', 'dark']) {
      const context = { baseURL: server.web, viewport, colorScheme };
      const [stranger, mine] = await Promise.all([browser.newContext(context), browser.newContext(context)]);
      await mine.addCookies(cookiesOf(ada, server.web));
      for (const [name, target, who] of PAGES(post).filter(([, , whose]) => whose !== 'chief')) {
        const page = await (who === 'ada' ? mine : stranger).newPage();
        await page.goto(target);
        if (who === 'older') await follow(page, 'a:has-text("Older")');
        await page.screenshot({ path: path.join(folder, `${name}-${size}-${colorScheme}.png`) });
        await page.close();
      }
      await Promise.all([stranger.close(), mine.close()]);
    }
  }
  await dashboards(browser);
  console.log(folder);
} finally {
  await browser.close();
  await server.stop();
}

/*
 * drill.mjs: ./dev drill [FAULT…] [FOLDER]: seeds faults into a running Kinglet, prints how each is found, and puts
 * pictures of the embedded dashboard into FOLDER (build/drill). A folder is what is no fault's name.
 * KINGLET_DRILL_LINGER_S: how long each of well, broken and well again lasts; 120, since the dashboard goes by minutes.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { launch } from '../lib/browser.mjs';
import { drill, drills } from '../lib/drill.mjs';

const words = process.argv.slice(2);
const names = words.filter((word) => drills[word]);
const [folder = 'build/drill', ...more] = words.filter((word) => !drills[word]);
if (more.length) {
  process.stderr.write(`drill: no such fault: ${more}; there are: ${Object.keys(drills).join(', ')}\n`);
  process.exit(2);
}
const lingerS = Number(process.env.KINGLET_DRILL_LINGER_S || 120);
mkdirSync(folder, { recursive: true });

/* The charts of the last hour, of that node's operator's listener; everything else is taken out. */
async function take(browser, file, node, charts) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  await page.goto(`${node.admin}/admin/infrastructure?range=1h`);
  await page.evaluate((wanted) => {
    const all = '.charts > *, .board > .panel, .board > .bar, .board > .tiles, .board > .stale';
    for (const one of document.querySelectorAll(all)) if (!wanted.includes(one.id)) one.remove();
  }, charts);
  await page.locator('.board').screenshot({ path: file });
  await page.close();
}

const browser = await launch();
try {
  for (const name of names.length ? names : Object.keys(drills)) {
    const begun = Date.now();
    const say = (step, what) => {
      const s = String(Math.round((Date.now() - begun) / 1000)).padStart(4);
      process.stdout.write(`${s} s  ${name}  ${step}  ${what}\n`);
    };
    const picture = async (step, node, charts) => {
      const file = path.join(folder, `drill-${name}-${step}.png`);
      await take(browser, file, node, charts);
      say(step, `picture: ${file}`);
    };
    if (!await drill(name, { say, lingerS, picture })) say('well', 'left out: no small disk can be mounted here');
  }
} finally {
  await browser.close();
}

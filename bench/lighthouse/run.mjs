/*
 * run.mjs [--runs N] [--page NAME] [--save FOLDER]: Lighthouse over the pages that people see first, as a phone
 * on a slow line and as a desktop. Prints the median score of each category; what falls short of 100 is named.
 * `./dev lighthouse` runs it. Exits with 1 where a score is below 100.
 *
 * Compression, caching and headers are those of the real server; a proxy with TLS in front changes nothing of
 * what is looked at here, but that "uses HTTPS" can't be asked of loopback, which browsers take for secure.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as chromeLauncher from 'chrome-launcher';
import lighthouse, { desktopConfig } from 'lighthouse';
import { WRITER, settle } from '../../tests/lib/community.mjs';
import { startServer } from '../../tests/lib/server.mjs';

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '3' }, page: { type: 'string' }, save: { type: 'string' } },
});
const runs = Number(options.runs);
if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${options.runs}: a whole number from 1 on`);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

async function look(url, port, form, cookie) {
  const flags = { port, output: 'json', logLevel: 'error', onlyCategories: CATEGORIES };
  if (cookie) flags.extraHeaders = { Cookie: cookie };
  const { lhr, report } = await lighthouse(url, flags, form === 'desktop' ? desktopConfig : undefined);
  if (lhr.runtimeError) throw new Error(`${url}: ${lhr.runtimeError.message}`);
  return { lhr, report };
}

/* What took points: weighted audits that aren't perfect. */
function shortfalls(lhr) {
  return CATEGORIES.flatMap((name) => lhr.categories[name].auditRefs
    .filter(({ id, weight }) => weight > 0 && lhr.audits[id].score !== null && lhr.audits[id].score < 0.995)
    .map(({ id }) => lhr.audits[id])
    .map(({ id, score, displayValue, title }) => `${name}: ${id} ${score} (${displayValue ?? title})`));
}

async function measure(name, url, form, port, cookie) {
  const scores = Object.fromEntries(CATEGORIES.map((category) => [category, []]));
  let last;
  for (let run = 0; run < runs; run++) {
    last = await look(url, port, form, cookie);
    for (const category of CATEGORIES) scores[category].push(Math.round(last.lhr.categories[category].score * 100));
  }
  if (options.save) writeFileSync(path.join(options.save, `${name}-${form}.json`), last.report);
  const { audits } = last.lhr;
  const row = CATEGORIES.map((category) => median(scores[category]));
  const weight = `${(audits['total-byte-weight'].numericValue / 1024).toFixed(1)} KiB`;
  const shift = `CLS ${audits['cumulative-layout-shift'].numericValue}`;
  const columns = row.map((score) => String(score).padStart(5)).join(' ');
  console.log(`${name.padEnd(8)} ${form.padEnd(8)} ${columns}    ${weight}, ${shift}`);
  for (const line of shortfalls(last.lhr)) console.log(`         ${line}`);
  return row.every((score) => score === 100);
}

const server = await startServer({ args: ['--post-burst', '0', '--base-url', 'http://localhost'] });
const chrome = await chromeLauncher.launch({
  chromePath: process.env.CHROMIUM || '/usr/bin/chromium',
  chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
});
let perfect = true;
try {
  if (options.save) mkdirSync(options.save, { recursive: true });
  const { ada, post } = await settle(server);
  const cookie = [...ada.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const pages = [
    ['public', '/public'], ['user', `/${encodeURIComponent(WRITER)}`], ['post', post], ['login', '/login'],
    ['register', '/register'], ['home', '/', cookie],
  ].filter(([name]) => !options.page || name === options.page);
  if (!pages.length) throw new Error(`--page ${options.page}: there is no such page here`);
  console.log(`median of ${runs}        perf  a11y  best   seo`);
  for (const [name, target, who] of pages) {
    for (const form of ['phone', 'desktop']) {
      /* A signed-in page is nobody's but its reader's: search engines are not asked to index it. */
      perfect = (await measure(name, `${server.web}${target}`, form, chrome.port, who)) && perfect;
    }
  }
} finally {
  await chrome.kill();
  await server.stop();
}
process.exitCode = perfect ? 0 : 1;

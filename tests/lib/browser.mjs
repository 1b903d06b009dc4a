/*
 * browser.mjs: Chromium for tests, with an eye on everything that no page may do.
 *
 * Each page that open() gives is watched: an error on the console (a blocked script or style is one), an
 * exception, or a request to any other origin fails the test when it ends, wherever it happened.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';
import { chromium } from 'playwright-core';
import { deadlineMs } from './server.mjs';

const ARGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const NARROW = { width: 320, height: 640 };

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', headless: true, args: ARGS });
}

/* A page in a fresh context, watched; closed when the test ends. */
export async function open(t, browser, base, { viewport = WIDE, ...options } = {}) {
  const context = await browser.newContext({ baseURL: base, viewport, ...options });
  context.setDefaultTimeout(deadlineMs);
  const complaints = [];
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== new URL(base).origin) complaints.push(`asked for ${url}`);
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    /* That an error page has an error's status is no complaint. */
    const own = message.location().url === page.url() && /status of [45]\d\d/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !own) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error}`));
  t.after(async () => {
    await context.close();
    assert.deepEqual(complaints, [], 'what no page may do');
  });
  return page;
}

/* Registers and signs in through the forms, and ends on the home timeline. */
export async function signInThrough(page, username, password = 'default') {
  await page.goto('/register');
  await page.fill('input[name=username]', username);
  await page.fill('input[name=email]', 'someone@example.com');
  await page.fill('input[name=password]', password);
  await page.fill('input[name=password2]', password);
  await Promise.all([page.waitForURL('**/login'), page.press('input[name=password2]', 'Enter')]);
  await page.fill('input[name=username]', username);
  await page.fill('input[name=password]', password);
  await Promise.all([page.waitForURL((url) => url.pathname === '/'), page.press('input[name=password]', 'Enter')]);
}

/* Clicks, and waits for the page that comes; its answer. */
export async function submit(page, selector) {
  const [response] = await Promise.all([page.waitForNavigation(), page.click(selector)]);
  return response;
}

/*
 * Follows a link without scrolling to it, as its key does for who has it in focus: near the end of a list older
 * messages come by themselves, and the link moves on.
 */
export async function follow(page, selector) {
  const [response] = await Promise.all([page.waitForNavigation(), page.dispatchEvent(selector, 'click')]);
  return response;
}

/* Tab until the element that has the focus matches; a person would give up after 60. */
export async function tabTo(page, selector) {
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    const [there, visible] = await page.evaluate((wanted) => {
      const element = document.activeElement;
      const style = getComputedStyle(element);
      const shown = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
      return [element.matches(wanted), shown];
    }, selector);
    if (there) {
      assert.ok(visible, `${selector} shows that it has the focus`);
      return;
    }
  }
  assert.fail(`60 tabs don't reach ${selector}`);
}

/* What axe-core finds, as lines; nothing is left out. */
export async function axe(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  }));
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} (${node.failureSummary})`));
}

/* How far the page is wider than the window; 0 is right. */
export const overflow = (page) =>
  page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));

/* Elements that stick out to the right, to say who is to blame for an overflow. */
export const culprits = (page) => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}`).slice(0, 5);
});

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'no-trailing-whitespace': 'off', // people's own posts may end their lines so
    'long-title': 'off', // names and posts are in the title
    'no-implicit-input-type': 'off', // the standard's own defaults, text and submit, are what is meant
    'no-implicit-button-type': 'off',
    'prefer-button': 'off', // clients of the classic pages look for <input type="submit">
  },
});

/* What html-validate finds, as lines. */
export async function validate(html) {
  const report = await validator.validateString(html);
  const lineOf = (m) => html.split('\n')[m.line - 1]?.slice(Math.max(0, m.column - 20)).slice(0, 120);
  return report.results.flatMap((result) =>
    result.messages.map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}: ${lineOf(m)}`));
}

/* Each kind of page, looked at by machines: accessibility, valid markup, width, policy. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import {
  NARROW, PHONE, WIDE, axe, culprits, follow, launch, open, overflow, submit, validate,
} from '../lib/browser.mjs';
import { Client, signedIn } from '../lib/client.mjs';
import { PAGES, cookiesOf, settle } from '../lib/community.mjs';
import { fillHistory } from '../lib/history.mjs';
import { serverFor, startServer, stopCleanly } from '../lib/server.mjs';

let server;
let browser;
let ada;
let chief;
let pages;

before(async () => {
  [server, browser] = await Promise.all([startServer({ args: ['--post-burst', '0'] }), launch()]);
  const settled = await settle(server);
  ada = settled.ada;
  chief = settled.chief;
  fillHistory(server.db.replace('sqlite:', ''));
  pages = PAGES(settled.post);
});
after(async () => {
  await browser?.close();
  await stopCleanly(server);
});

/* One page each for anybody, Ada and the administrator; goto() shows a kind of page in the right one. */
async function visitor(t, options) {
  const stranger = await open(t, browser, server.web, options);
  const mine = await open(t, browser, server.web, options);
  const operators = await open(t, browser, server.web, options);
  await mine.context().addCookies(cookiesOf(ada, server.web));
  await operators.context().addCookies(cookiesOf(chief, server.web));
  return async ([, path, who]) => {
    const page = { ada: mine, chief: operators }[who] ?? stranger;
    await page.goto(path);
    if (who === 'older') await follow(page, 'a:has-text("Older")');
    return page;
  };
}

async function everyPage(t, options, look) {
  const goto = await visitor(t, options);
  const problems = [];
  for (const kind of pages) {
    const page = await goto(kind);
    for (const problem of await look(page)) problems.push(`${kind[0]}: ${problem}`);
  }
  assert.deepEqual(problems, []);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe-core finds nothing on any page in ${colorScheme}`, (t) =>
    everyPage(t, { colorScheme, viewport: WIDE }, axe));
  test(`axe-core finds nothing on any page on a phone in ${colorScheme}`, (t) =>
    everyPage(t, { colorScheme, viewport: PHONE, isMobile: true, hasTouch: true }, axe));
}

test('light and dark really differ, and follow what the person prefers', async (t) => {
  const backgrounds = [];
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(t, browser, server.web, { colorScheme });
    await page.goto('/public');
    backgrounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  }
  assert.notEqual(backgrounds[0], backgrounds[1]);
});

for (const [what, viewport] of [['320 pixels', NARROW], ['a phone', PHONE], ['a wide window', WIDE]]) {
  test(`nothing is wider than the window at ${what}`, (t) =>
    everyPage(t, { viewport }, async (page) => {
      const pixels = await overflow(page);
      return pixels ? [`${pixels} pixels too wide: ${await culprits(page)}`] : [];
    }));
}

test('nothing is wider than the window for who has set letters twice as large', (t) =>
  everyPage(t, { viewport: { width: WIDE.width / 2, height: WIDE.height } }, async (page) => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Page.setFontSizes', { fontSizes: { standard: 32, fixed: 26 } });
    assert.equal(await page.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize)), 32);
    const pixels = await overflow(page);
    await devtools.detach();
    return pixels ? [`${pixels} pixels too wide: ${await culprits(page)}`] : [];
  }));

test('every page is valid HTML', async () => {
  const problems = [];
  for (const [name, path, who] of pages) {
    const client = { ada, chief }[who] ?? new Client(server.web);
    const { text } = await client.get(path, { follow: false });
    for (const problem of await validate(text)) problems.push(`${name}: ${problem}`);
  }
  assert.deepEqual(problems, []);
});

test('pages with errors and flashes are valid HTML and accessible, too', async (t) => {
  const page = await open(t, browser, server.web);
  const look = async (name, response) => {
    assert.deepEqual([...await axe(page), ...await validate(await response.text())], [], name);
  };
  await page.goto('/login');
  await page.fill('input[name=username]', 'nobody');
  await page.fill('input[name=password]', 'x');
  const [login] = await Promise.all([page.waitForNavigation(), page.press('input[name=password]', 'Enter')]);
  await look('login with an error', login);
  await page.goto('/register');
  await page.evaluate(() => {
    for (const form of document.forms) form.noValidate = true; // so that the server is who complains
  });
  await look('register with an error', await submit(page, '.actions input[type=submit]'));
  const client = await signedIn(server.web, 'Flashed');
  await client.post('/add_message', { text: 'x' });
  await page.context().addCookies(cookiesOf(client, server.web));
  await look('home with a flash', await page.goto('/'));
});

test('each page has a title, a description and a language of its own', async (t) => {
  const goto = await visitor(t, {});
  const titles = new Map();
  for (const kind of pages) {
    const page = await goto(kind);
    const title = await page.title();
    assert.ok(title.length > 3, `${kind[0]}: "${title}"`);
    titles.set(kind[0], title);
    const description = page.locator('head meta[name=description]');
    assert.equal(await description.count(), 1, `${kind[0]}: one description`);
    assert.match(await description.getAttribute('content'), /\S/, kind[0]);
    assert.match(await page.locator('html').getAttribute('lang'), /^[a-z]{2}/, kind[0]);
    assert.equal(await page.locator('h1').count(), 1, `${kind[0]}: one h1`);
  }
  assert.notEqual(titles.get('public'), titles.get('login'));
  assert.notEqual(titles.get('user'), titles.get('post'));
});

test('users and posts carry Open Graph tags, with whole addresses where the place knows its own', async (t) => {
  const known = await serverFor(t, { args: ['--base-url', 'https://kinglet.example', '--post-burst', '0'] });
  const { post } = await settle(known);
  const contents = (text) => Object.fromEntries(
    [...text.matchAll(/<meta property="(og:[^"]+)" content="([^"]*)"/g)].map(([, name, content]) => [name, content]));
  for (const path of ['/Grace', post]) {
    const tags = contents((await new Client(known.web).get(path)).text);
    assert.equal(tags['og:url'], `https://kinglet.example${path}`);
    for (const name of ['og:title', 'og:description', 'og:type']) assert.ok(tags[name], `${path}: ${name}`);
    assert.match(tags['og:image'], /^https:\/\/kinglet\.example\/static\//);
  }
  const tags = contents((await new Client(server.web).get('/Grace')).text);
  for (const name of ['og:title', 'og:description', 'og:type']) assert.ok(tags[name], name);
});

test('a community without posts has valid, accessible pages', async (t) => {
  const empty = await serverFor(t);
  const page = await open(t, browser, empty.web);
  await page.goto('/public');
  assert.match(await page.innerText('body'), /There's no message so far\./);
  assert.deepEqual(await axe(page), []);
  const { text } = await new Client(empty.web).get('/public');
  assert.deepEqual(await validate(text), []);
});

/* What a phone installs: manifest, icons, worker, and the way in for what other programs share. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { Client, signedIn, unescapeHtml } from '../lib/client.mjs';
import { startServer, stopCleanly } from '../lib/server.mjs';

let server;
let anyone;

before(async () => {
  server = await startServer({ args: ['--instance-name', 'The "Nest"'] });
  anyone = new Client(server.web);
});
after(() => stopCleanly(server));

/* Width and height of a PNG, from its header (PNG, section 11.2.2). */
const sizeOf = (png) => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

test('the manifest is named by the pages, says what the place is, and its icons are as large as it says', async () => {
  const page = await anyone.get('/public');
  assert.match(page.text, /<link rel="manifest" href="\/manifest\.webmanifest">/);
  assert.match(page.headers['content-security-policy'], /manifest-src 'self'/);
  const answer = await anyone.get('/manifest.webmanifest');
  assert.equal(answer.headers['content-type'], 'application/manifest+json');
  const manifest = JSON.parse(answer.text);
  assert.equal(manifest.name, 'The "Nest"');
  assert.equal(manifest.start_url, '/');
  assert.equal(manifest.display, 'standalone');
  for (const icon of manifest.icons) {
    const picture = await anyone.get(icon.src);
    assert.equal(picture.status, 200, icon.src);
    assert.equal(picture.headers['content-type'], icon.type);
    if (icon.type === 'image/png') assert.equal(sizeOf(picture.body), icon.sizes);
  }
  const sizes = manifest.icons.map(({ sizes: size }) => size);
  assert.ok(sizes.includes('192x192') && sizes.includes('512x512'), 'what browsers ask for before they install');
  assert.ok(manifest.icons.some(({ purpose }) => purpose === 'maskable'));
});

test('the worker lies at the root, is asked for anew, and the page that it keeps names its style', async () => {
  const worker = await anyone.get('/sw.js');
  assert.equal(worker.status, 200);
  assert.match(worker.headers['content-type'], /^text\/javascript/);
  assert.equal(worker.headers['cache-control'], 'no-cache');
  const page = await anyone.get('/about/offline');
  assert.equal(page.status, 200);
  assert.match(page.text, /href="\/static\/kinglet\.[0-9a-f]+\.css"/);
  assert.match(page.text, /name="robots" content="noindex"/);
  assert.match(page.text, /can’t be reached/);
});

test('what is shared stands in the form, once, and nothing is posted', async () => {
  const ada = await signedIn(server.web, 'ada');
  const shared = async (query) => {
    const answer = await ada.get(`/share?${new URLSearchParams(query)}`);
    assert.equal(answer.status, 200);
    return unescapeHtml(/<textarea[^>]*>\n?([^]*?)<\/textarea>/.exec(answer.text)[1]);
  };
  const url = 'https://example.org/?a=1&b="2"';
  assert.equal(await shared({ title: 'A <b>title</b>', text: 'words', url }), `A <b>title</b>\nwords\n${url}`);
  assert.equal(await shared({ text: `see ${url}`, url }), `see ${url}`);
  assert.equal(await shared({ url }), url);
  assert.equal(await shared({}), '');
  assert.match((await ada.get('/')).text, /There's no message so far/);
  assert.equal((await ada.get('/share?text=%zz')).status, 400);
  const long = await ada.get(`/share?${new URLSearchParams({ text: 'x'.repeat(4000) })}`);
  assert.equal(long.status, 200, 'it is for the writer to cut it');
});

test('who is not signed in is asked to before anything is shared', async () => {
  const answer = await anyone.get('/share?text=hello');
  assert.equal(answer.status, 401);
  assert.match(answer.text, /href="\/login"/);
});

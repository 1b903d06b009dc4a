/*
 * sw.js: the service worker. It keeps one page, the one that says that the place can't be reached, and
 * shows it where a page would have been. It keeps nothing else: what people write is never a copy.
 */
const CACHE = "offline";
const OFFLINE = "/about/offline";

/* The page with the style and pictures that it names, whatever this version calls them. */
async function keep() {
  const cache = await caches.open(CACHE);
  const answer = await fetch(OFFLINE, { cache: "reload" });
  const text = await answer.clone().text();
  const names = [...text.matchAll(/(?:href|src)="(\/static\/[^"]+\.(?:css|svg))"/g)].map((found) => found[1]);

  if (!answer.ok) {
    throw new Error(`${OFFLINE} answers ${answer.status}`);
  }
  await cache.addAll([...new Set(names)]);
  await cache.put(OFFLINE, answer);
}

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  // The page is asked for while the worker starts, so that it costs no time.
  event.waitUntil(Promise.all([self.registration.navigationPreload?.enable(), self.clients.claim()]));
});

async function pageOrWord(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;

  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(pageOrWord(event));
  } else if (!navigator.onLine && new URL(request.url).pathname.startsWith("/static/")) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});

/*
 * live.js: a timeline that says when there is something new, goes on as one scrolls, and is found again as it
 * was left by the back button. Without it there are the links Newer and Older.
 *
 * Posts are merged by their ids, which rise with time: whatever is fetched twice appears once, at its place.
 */
const RETRY_MS = 30000; // after a refusal; what breaks the browser mends itself, as the server says
const PAGES_MAX = 20; // fetched in a row to find a place again
const NEW_PAGES_MAX = 5; // past that, reading anew is better than inserting
const SAVE_AFTER_MS = 150;
const AHEAD = "800px";

const list = document.querySelector(".messages[data-path]");
const nav = document.querySelector("nav.pages");
const title = document.title;
const plurals = new Intl.PluralRules(document.documentElement.lang);
const numbers = new Intl.NumberFormat(document.documentElement.lang);

const cards = (root) => [...root.querySelectorAll(":scope > li[id^=p]")];
const idOf = (card) => BigInt(card.id.slice(1));
const older = () => nav?.querySelector("a[rel=next]");

async function fetchPage(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) {
    throw new Error(`${address}: ${answer.status}`);
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.querySelector(".messages[data-path]");
  return { cards: found ? cards(found) : [], next: page.querySelector("nav.pages a[rel=next]")?.getAttribute("href") };
}

/* Puts in those that aren't there, newest first; answers which they were. */
function merge(fetched) {
  const unknown = fetched.filter((card) => !document.getElementById(card.id));
  const fresh = unknown.map((card) => document.importNode(card, true));
  list.querySelector(".none")?.remove();
  let at = cards(list);
  for (const card of fresh) {
    at = at.slice(Math.max(0, at.findIndex((other) => idOf(other) < idOf(card))));
    const before = at.length && idOf(at[0]) < idOf(card) ? at[0] : null;
    list.insertBefore(card, before);
  }
  return fresh;
}

/* ---- what is new --------------------------------------------------------------------------- */

const news = document.createElement("p");
const button = document.createElement("button");
const told = { count: 0, more: false, id: null };
let source = null;
let timer;

function show() {
  const text = list.dataset[told.count === 1 || plurals.select(told.count) === "one" ? "textNewOne" : "textNewOther"];
  const count = numbers.format(told.count) + (told.more ? "+" : "");
  button.hidden = told.count === 0;
  button.textContent = told.count ? text.replace("#", count) : "";
  document.title = told.count ? `(${count}) ${title}` : title;
}

function onPosts(event) {
  const { count, more, newest } = JSON.parse(event.data);
  told.count += count;
  told.more ||= more;
  told.id = newest;
  show();
}

function disconnect() {
  clearTimeout(timer);
  source?.close();
  source = null;
}

function connect() {
  if (source || document.hidden || !list.dataset.live) {
    return;
  }
  clearTimeout(timer);
  told.id ??= cards(list)[0]?.id.slice(1) ?? "0";
  source = new EventSource(`${list.dataset.live}&after=${told.id}`);
  source.addEventListener("posts", onPosts);
  source.addEventListener("notices", (event) => {
    document.dispatchEvent(new CustomEvent("kinglet:notices", { detail: JSON.parse(event.data) }));
  });
  source.addEventListener("error", () => {
    if (source?.readyState === EventSource.CLOSED) {
      disconnect();
      timer = setTimeout(connect, RETRY_MS * (1 + Math.random()));
    }
  });
}

async function fetchNew() {
  const had = cards(list);
  const newest = had.length ? idOf(had[0]) : null;
  let address = list.dataset.path;
  const fetched = [];
  for (let i = 0; i < NEW_PAGES_MAX; i++) {
    const page = await fetchPage(address);
    fetched.push(...page.cards);
    if (!page.next || (newest !== null && page.cards.some((card) => idOf(card) <= newest))) {
      return fetched.filter((card) => newest === null || idOf(card) > idOf(had[had.length - 1]));
    }
    address = page.next;
  }
  return null;
}

async function insertNew() {
  const first = cards(list)[0];
  button.disabled = true;
  try {
    const fetched = await fetchNew();
    if (!fetched) {
      location.assign(list.dataset.path);
      return;
    }
    const top = first?.getBoundingClientRect().top ?? 0;
    const fresh = merge(fetched);
    // Whoever was reading further down goes on there; at the top the new ones are what is looked at.
    if (top < 0) {
      scrollBy({ top: first.getBoundingClientRect().top - top, behavior: "instant" });
    }
    told.count = 0;
    told.more = false;
    show();
    if (fresh.length) {
      fresh[0].tabIndex = -1;
      fresh[0].focus({ preventScroll: true });
    }
  } catch {
    location.assign(list.dataset.path);
  } finally {
    button.disabled = false;
  }
}

function announce() {
  news.className = "news";
  news.setAttribute("aria-live", "polite");
  button.type = "button";
  button.hidden = true;
  button.addEventListener("click", insertNew);
  news.append(button);
  list.before(news);
  addEventListener("pagehide", disconnect); // a page with a stream isn't kept for the back button
  addEventListener("pageshow", connect);
  document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
}

/* ---- what is older ------------------------------------------------------------------------- */

let loaded = 0;
let loading = false;

async function loadOlder() {
  const link = older();
  if (!link || loading) {
    return false;
  }
  loading = true;
  list.setAttribute("aria-busy", "true");
  try {
    const page = await fetchPage(link.href);
    merge(page.cards);
    loaded++;
    if (page.next) {
      link.setAttribute("href", page.next);
    } else {
      link.remove();
    }
    return true;
  } finally {
    loading = false;
    list.removeAttribute("aria-busy");
  }
}

const observer = new IntersectionObserver(
  async (entries) => {
    const link = older();
    if (!link || !entries.some((entry) => entry.isIntersecting)) {
      return;
    }
    observer.unobserve(link);
    try {
      await loadOlder();
      if (older()) {
        observer.observe(older());
      }
    } catch {
      // The link is there still, for whoever wants to try.
    }
  },
  { rootMargin: AHEAD },
);

/* ---- the same place again ------------------------------------------------------------------ */

/* The card at the top of the window, and how far above it begins. */
function save() {
  const card = cards(list).find((each) => each.getBoundingClientRect().bottom > 0);
  if (card && loaded) {
    const place = { card: card.id, top: card.getBoundingClientRect().top };
    history.replaceState({ ...history.state, place }, "");
  }
}

async function restore() {
  const place = history.state?.place;
  if (!place) {
    return;
  }
  history.scrollRestoration = "manual";
  try {
    for (let i = 0; i < PAGES_MAX && !document.getElementById(place.card); i++) {
      if (!(await loadOlder())) {
        break;
      }
    }
  } catch {
    // As far as it got.
  }
  const card = document.getElementById(place.card);
  if (card) {
    scrollBy({ top: card.getBoundingClientRect().top - place.top, behavior: "instant" });
  }
  history.scrollRestoration = "auto";
}

if (list) {
  let saving;
  await restore();
  if (older()) {
    observer.observe(older());
  }
  addEventListener("scroll", () => {
    clearTimeout(saving);
    saving = setTimeout(save, SAVE_AFTER_MS);
  }, { passive: true });
  document.addEventListener("click", save, { capture: true });
  announce();
  connect();
}

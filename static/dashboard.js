/*
 * dashboard.js: keeps the dashboard up to date. It fetches the page once a minute and swaps what is marked
 * data-live: pictures, numbers, rows of tables. Everything else stays as it is, so that focus, scroll and
 * open tables do, too. In a hidden tab it rests, and catches up when it is seen again.
 */
const board = document.querySelector(".board");
const stale = document.querySelector(".stale");
const everyMs = Number(board.dataset.refreshS) * 1000;

let fetchedAt = Date.now();
let fetching = false;

function swap(fresh) {
  for (const old of document.querySelectorAll("[data-live]")) {
    const now = fresh.querySelector(`[data-live="${CSS.escape(old.dataset.live)}"]`);
    if (now && !old.contains(document.activeElement)) {
      old.replaceChildren(...now.childNodes);
    }
  }
}

async function refresh() {
  if (fetching || document.hidden) {
    return;
  }
  fetching = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) {
      throw new Error(`answered ${answer.status}`);
    }
    swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
    fetchedAt = Date.now();
    stale.textContent = "";
  } catch {
    stale.textContent = stale.dataset.text;
  } finally {
    fetching = false;
  }
}

setInterval(refresh, everyMs);
document.addEventListener("visibilitychange", () => {
  if (Date.now() - fetchedAt >= everyMs) {
    refresh();
  }
});

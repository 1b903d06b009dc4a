/*
 * notices.js: the number of unread notifications as it changes, in the navigation and before the page's title; and
 * marks what the list shows as read once it has been in sight. Without it, pages say the number as they load, and a
 * button marks.
 */
const bell = document.querySelector(".bell .new");
const form = document.querySelector("form.mark");
const title = document.title;

function show(unread) {
  const text = unread > 99 ? "99+" : String(unread);
  bell.hidden = unread === 0;
  bell.querySelector(".count").textContent = text;
  document.title = unread ? `(${text}) ${title}` : title;
}

function markRead() {
  if (document.visibilityState !== "visible" || document.prerendering) return;
  document.removeEventListener("visibilitychange", markRead);
  document.removeEventListener("prerenderingchange", markRead);
  fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" })
    .then((answer) => {
      if (answer.type !== "opaqueredirect") return;
      form.remove();
      show(0);
    })
    .catch(() => {
      // Away: the button stays.
    });
}

if (bell) document.addEventListener("kinglet:notices", ({ detail }) => show(detail.unread));
if (bell && form) {
  document.addEventListener("visibilitychange", markRead);
  document.addEventListener("prerenderingchange", markRead);
  markRead();
}

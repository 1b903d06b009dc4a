/*
 * post.js: likes without leaving the page, and menus that close. All works whole without it; here the answer of the
 * server is awaited, and a like that it refuses is taken back.
 */
const shown = (text) => Number(text) || 0;

/* Sets what the button says; a count that was cut ("999+") stays as it is. */
function show(form, button, liked) {
  const count = button.querySelector(".count");

  button.setAttribute("aria-pressed", String(liked));
  button.classList.toggle("on", liked);
  button.querySelector(".sign").textContent = liked ? "♥" : "♡";
  if (/^\d*$/.test(count.textContent)) {
    count.textContent = String(Math.max(0, shown(count.textContent) + (liked ? 1 : -1)) || "");
  }
  form.action = form.action.replace(/\/(un)?like$/, liked ? "/unlike" : "/like");
}

async function change(form) {
  const button = form.querySelector("button");
  const liked = button.getAttribute("aria-pressed") !== "true";
  const { action } = form;

  if (form.dataset.busy) {
    return;
  }
  form.dataset.busy = "yes";
  show(form, button, liked);
  try {
    const answer = await fetch(action, { method: "POST", redirect: "manual" });
    if (answer.type !== "opaqueredirect") {
      throw new Error(`answered ${answer.status}`);
    }
  } catch {
    show(form, button, !liked);
  } finally {
    delete form.dataset.busy;
  }
}

/* A menu closes where one turns to something else, and by Escape, which leads back to its button. */
const menus = () => document.querySelectorAll(".menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) {
    menu.open = menu.contains(event.target);
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") {
    return;
  }
  for (const menu of menus()) {
    if (menu.contains(document.activeElement)) {
      menu.querySelector("summary").focus();
    }
    menu.open = false;
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("form.like")) {
    event.preventDefault();
    change(event.target);
  }
});

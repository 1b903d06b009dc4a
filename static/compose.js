/*
 * compose.js: says how many characters are left while a post is written, keeps a draft, and sends once.
 * The form works whole without it; the server's rule of lengths is the one that counts, and this counts
 * as it does: what a person calls characters, without white space at both ends.
 */
const ANNOUNCE_FROM = 50;
const ANNOUNCE_AFTER_MS = 800;

const plurals = new Intl.PluralRules(document.documentElement.lang);
const numbers = new Intl.NumberFormat(document.documentElement.lang);
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter() : null;

function countCharacters(text) {
  const clean = text.replace(/\r\n?/g, "\n").trim();
  if (/^[\n -~]*$/.test(clean)) {
    return clean.length;
  }
  return segmenter ? [...segmenter.segment(clean)].length : [...clean].length;
}

/* The sentences stand in the form, in the language of the page: data-text-left-one, …-over-other and so on. */
function say(form, left) {
  const name = left < 0 ? "textOver" : "textLeft";
  const plural = plurals.select(Math.abs(left)) === "one" ? "One" : "Other";
  return form.dataset[name + plural].replace("#", numbers.format(Math.abs(left)));
}

/*
 * A draft is kept until a page says that the post was recorded: each form by what it answers. Another sentence is no
 * such word: who was signed out meanwhile comes back to "You were logged in". What the server sent back with an
 * error is newer than what is kept. Where the browser keeps nothing (private windows), nothing is lost but this.
 */
function keepDraft(form, field) {
  const name = `draft:${form.elements.reply_to?.value ?? ""}`;
  const attempt = `${name}:sent`;

  try {
    const sent = sessionStorage.getItem(attempt);
    sessionStorage.removeItem(attempt);
    if (sent !== null && document.querySelector(".flashes[data-recorded]")) {
      localStorage.removeItem(name); // it was taken: the page says so
    }
    if (!field.value) {
      field.value = localStorage.getItem(name) ?? "";
    }
    field.addEventListener("input", () => {
      if (field.value) {
        localStorage.setItem(name, field.value);
      } else {
        localStorage.removeItem(name);
      }
    });
    form.addEventListener("submit", () => sessionStorage.setItem(attempt, "yes"));
  } catch {
    // The form works without.
  }
}

/* The second click of a double click sends nothing; a page that comes back from memory may be sent again. */
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
    }
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => delete form.dataset.sent);
}

function attach(form) {
  const field = form.querySelector("textarea");
  const shown = form.querySelector(".left");
  const spoken = document.createElement("p");
  const limit = Number(form.dataset.limit);
  let timer;

  // The number changes with each key; it is spoken only near the end, and after a pause.
  spoken.className = "spoken";
  spoken.setAttribute("aria-live", "polite");
  form.append(spoken);

  function update() {
    const left = limit - countCharacters(field.value);
    shown.textContent = say(form, left);
    shown.classList.toggle("few", left >= 0 && left <= ANNOUNCE_FROM);
    shown.classList.toggle("over", left < 0);
    clearTimeout(timer);
    timer = setTimeout(() => {
      spoken.textContent = left <= ANNOUNCE_FROM ? say(form, left) : "";
    }, ANNOUNCE_AFTER_MS);
  }

  keepDraft(form, field);
  sendOnce(form);
  field.addEventListener("input", update);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  update();
}

for (const form of document.querySelectorAll("form.twitbox")) {
  attach(form);
}

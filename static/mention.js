/*
 * mention.js: names to choose from while "@…" is written. Arrows choose, Enter or Tab takes, Escape closes; what is
 * typed is never changed but by taking one. The form works whole without it.
 */
const WAIT_MS = 150;

/* The beginning of a mention that ends at the caret: {at, text}; null where there is none. */
function beginning(field) {
  const before = field.value.slice(0, field.selectionStart);
  const found = /(?:^|[\s(])@([\p{L}\p{N}\p{M}._-]{1,50})$/u.exec(before);

  return found && field.selectionStart === field.selectionEnd
    ? { at: before.length - found[1].length, text: found[1] }
    : null;
}

function attach(field) {
  const list = document.createElement("ul");
  let chosen = -1;
  let asked = null;
  let timer;

  list.className = "suggestions";
  list.id = `${field.id}-names`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.form.dataset.textNames);
  field.after(list);
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", list.id);

  function choose(index) {
    chosen = index;
    for (const [i, option] of [...list.children].entries()) {
      option.setAttribute("aria-selected", String(i === index));
    }
    if (index < 0) {
      field.removeAttribute("aria-activedescendant");
    } else {
      field.setAttribute("aria-activedescendant", list.children[index].id);
    }
  }

  function close() {
    list.hidden = true;
    list.replaceChildren();
    choose(-1);
  }

  function take(index) {
    const start = beginning(field);

    if (start) {
      field.setRangeText(`${list.children[index].dataset.mention} `, start.at, field.selectionStart, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    close();
    field.focus();
  }

  function show(people) {
    list.replaceChildren(...people.map(({ name, mention }, i) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${i}`;
      option.dataset.mention = mention.replace(/^@/, "");
      option.setAttribute("role", "option");
      option.textContent = name;
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault(); // the field keeps the caret
        take(i);
      });
      return option;
    }));
    list.hidden = !people.length;
    choose(people.length ? 0 : -1);
  }

  async function ask() {
    const start = beginning(field);

    asked = start?.text ?? null;
    if (!start) {
      close();
      return;
    }
    try {
      const answer = await fetch(`/complete?q=${encodeURIComponent(start.text)}`);
      const people = answer.ok ? await answer.json() : [];
      if (asked === beginning(field)?.text) {
        show(people);
      }
    } catch {
      close();
    }
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    const count = list.children.length;

    if (list.hidden || event.ctrlKey || event.metaKey || event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      choose((chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(chosen);
    } else if (event.key === "Escape") {
      close();
    } else {
      return;
    }
    event.preventDefault();
  });
}

for (const field of document.querySelectorAll("form.twitbox textarea")) {
  attach(field);
}

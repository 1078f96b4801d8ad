// Suggestions while typing, in every field that asks for them. Without this script they are plain fields.

const WAIT = 150;
const LEAST = 2;
const JSON_ONLY = { headers: { accept: "application/json" } };

function suggesting(field) {
  const words = field.dataset;
  const list = document.createElement("ul");
  const said = document.createElement("p");
  let found = [];
  let active = -1;
  let timer = 0;
  let asking = new AbortController();

  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.label);
  said.className = "unseen";
  said.setAttribute("role", "status");
  field.parentElement.append(list, said);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
    field.setAttribute(name, value);
  }

  function option({ kind, text, count }, place) {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const note = document.createElement("small");
    const records = count === null ? words.many : words.records.replace("{n}", count.toLocaleString(document.documentElement.lang));
    item.id = `${list.id}-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    name.lang = words.text;
    name.textContent = text;
    note.textContent = `${words[kind] ?? ""} ${records}`;
    item.append(name, note);
    item.addEventListener("click", () => follow(place));
    return item;
  }

  function show(suggestions) {
    found = suggestions;
    active = -1;
    list.replaceChildren(...found.map(option));
    list.hidden = !found.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
    said.textContent = found.length ? words.said.replace("{n}", found.length) : "";
  }

  function mark(place) {
    active = (place + found.length + 1) % (found.length + 1);
    if (active === found.length) active = -1;
    [...list.children].forEach((item, n) => item.setAttribute("aria-selected", String(n === active)));
    if (active < 0) field.removeAttribute("aria-activedescendant");
    else {
      field.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  }

  function follow(place) {
    location.assign(`${field.form.action}?${found[place].query}`);
  }

  async function ask(text) {
    asking.abort();
    asking = new AbortController();
    if ([...text].length < LEAST) return show([]);
    try {
      const answer = await fetch(`${words.suggest}?q=${encodeURIComponent(text)}`, { ...JSON_ONLY, signal: asking.signal });
      if (answer.ok) show((await answer.json()).data);
    } catch (error) {
      if (error.name !== "AbortError") show([]);
    }
  }

  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT, field.value.trim());
  });
  field.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT, field.value.trim());
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (list.hidden) {
      if (event.key === "ArrowDown") ask(field.value.trim());
      return;
    }
    if (event.key === "ArrowDown") mark(active + 1);
    else if (event.key === "ArrowUp") mark(active < 0 ? found.length - 1 : active - 1);
    else if (event.key === "Enter" && active >= 0) follow(active);
    else if (event.key === "Escape") show([]);
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", () => show([]));
  list.addEventListener("pointerdown", (event) => event.preventDefault());
}

document.querySelectorAll("[data-suggest]").forEach(suggesting);

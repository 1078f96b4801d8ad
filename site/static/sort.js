// Tables that can be sorted by any column and put back into the order in which they were printed.

const compare = {
  number: (a, b) => a - b,
  text: (a, b) => a.localeCompare(b, document.documentElement.lang),
};

function value(row, column, kind) {
  const cell = row.cells[column];
  const text = (cell.dataset.value ?? cell.textContent).trim();
  if (kind === "text") return text;
  return text === "" || Number.isNaN(Number(text.replaceAll(",", ""))) ? null : Number(text.replaceAll(",", ""));
}

function sortable(table) {
  const body = table.tBodies[0];
  const printed = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const bar = document.createElement("div");
  const back = document.createElement("button");
  const said = document.createElement("p");
  bar.className = "sortbar";
  back.type = "button";
  back.textContent = table.dataset.back;
  back.hidden = true;
  said.className = "unseen";
  said.setAttribute("role", "status");
  bar.append(back, said);
  (table.closest(".scroll") ?? table).before(bar);

  function clear() {
    heads.forEach((head) => head.removeAttribute("aria-sort"));
  }

  function sort(head, column) {
    // The first click puts the greatest number on top, or the first word.
    const kind = head.dataset.sort;
    const was = head.getAttribute("aria-sort");
    const rising = was ? was === "descending" : kind === "text" || head.dataset.first === "rising";
    const keyed = printed.map((row) => ({ row, key: value(row, column, kind) }));
    keyed.sort((a, b) => {
      // A row without a value stays at the end either way.
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
      return (rising ? 1 : -1) * compare[kind](a.key, b.key);
    });
    body.append(...keyed.map((entry) => entry.row));
    clear();
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    back.hidden = false;
    said.textContent = table.dataset.said
      .replace("{column}", head.querySelector("button").textContent)
      .replace("{order}", rising ? table.dataset.rising : table.dataset.falling);
  }

  back.addEventListener("click", () => {
    body.append(...printed);
    clear();
    said.textContent = table.dataset.restored;
    heads.find((head) => head.dataset.sort).querySelector("button").focus();
    back.hidden = true;
  });

  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const label = head.querySelector("span");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label.textContent;
    label.className = "printed"; // a button is not repeated at the head of each printed page
    label.before(button);
    button.addEventListener("click", () => sort(head, column));
  });
}

document.querySelectorAll("table.sortable").forEach(sortable);

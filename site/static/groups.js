// The league table for one group of departments. Without this script the links lead to each group's own table.

const PARAMETER = "group";
const nav = document.querySelector("nav.groups");
const table = document.querySelector("table.standings");
const rows = [...table.tBodies[0].rows];
const links = [...nav.querySelectorAll("[data-group]")];
const said = document.createElement("p");
said.className = "unseen";
said.setAttribute("role", "status");
nav.append(said);

function show(group) {
  const members = rows.filter((row) => !group || row.dataset.group === group);
  rows.forEach((row) => { row.hidden = !members.includes(row); });
  table.classList.toggle("of-group", Boolean(group));
  links.forEach((link) => {
    if (link.dataset.group === group) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
  return members.length;
}

function follow(event) {
  const { group } = event.currentTarget.dataset;
  const address = new URL(location.href);
  address.hash = "";
  if (group) address.searchParams.set(PARAMETER, group);
  else address.searchParams.delete(PARAMETER);
  event.preventDefault();
  history.replaceState(null, "", address);
  said.textContent = nav.dataset.shown.replace("{n}", show(group));
}

const asked = new URL(location.href).searchParams.get(PARAMETER) ?? "";
links.forEach((link) => link.addEventListener("click", follow));
show(links.some((link) => link.dataset.group === asked) ? asked : "");

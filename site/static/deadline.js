// The deadline calculator: the n-th working day after a decision, with the days that were counted.

const DAY = 86_400_000;
const section = document.querySelector(".calculator");
const form = section.querySelector("form");
const output = section.querySelector("output");
const words = output.dataset;
const lang = section.dataset.lang;

const iso = (time) => new Date(time).toISOString().slice(0, 10);
const long = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeZone: "UTC" });
const short = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });

function special(calendar, time) {
  return calendar.days[iso(time)];
}

function isWorkday(calendar, time) {
  const found = special(calendar, time);
  if (found) return found[0] === 1;
  const weekday = new Date(time).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

function deadline(calendar, decided, allowed) {
  const counted = [];
  const skipped = [];
  const last = Date.parse(calendar.last);
  let time = Date.parse(decided);
  if (Number.isNaN(time) || time < Date.parse(calendar.first) || time > last) return null;
  while (counted.length < allowed) {
    time += DAY;
    if (time > last) return null;
    (isWorkday(calendar, time) ? counted : skipped).push(time);
  }
  return { due: time, counted, skipped };
}

function named(calendar, time) {
  const found = special(calendar, time);
  const name = found?.[lang.startsWith("zh") ? 1 : 2];
  return `${short.format(time)}${name ? ` (${name})` : ""}`;
}

function runs(calendar, times) {
  // Days off in a row read as one stretch.
  const found = [];
  for (const time of times) {
    const name = special(calendar, time)?.[lang.startsWith("zh") ? 1 : 2] || words.weekend;
    const last = found.at(-1);
    if (last && last.name === name && last.to + DAY === time) last.to = time;
    else found.push({ name, from: time, to: time });
  }
  return found.map((run) => {
    const days = run.from === run.to ? short.format(run.from) : `${short.format(run.from)}–${short.format(run.to)}`;
    return `${days} (${run.name})`;
  });
}

function paragraph(text, kind = "") {
  const p = document.createElement("p");
  p.textContent = text;
  p.className = kind;
  return p;
}

function show(calendar) {
  const found = deadline(calendar, form.decided.value, Number(form.days.value));
  if (!found) {
    const outside = words.outside.replace("{first}", calendar.first).replace("{last}", calendar.last);
    output.replaceChildren(paragraph(outside));
    return;
  }
  const counted = found.counted.map((time) => named(calendar, time)).join(words.list);
  const lines = [
    paragraph(words.due.replace("{due}", long.format(found.due)), "due"),
    paragraph(`${words.counted} ${counted}`),
  ];
  if (found.skipped.length) lines.push(paragraph(`${words.skipped} ${runs(calendar, found.skipped).join(words.list)}`));
  if (iso(found.due) > calendar.final_through) lines.push(paragraph(words.provisional, "problem"));
  output.replaceChildren(...lines);
}

const calendar = await (await fetch(section.dataset.calendar)).json();
section.hidden = false;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(calendar);
});
show(calendar);

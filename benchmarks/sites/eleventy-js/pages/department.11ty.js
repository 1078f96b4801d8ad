import { each, escape, layout, number, percent } from "../parts.js";

export const data = {
  pagination: { data: "departments", size: 1, alias: "d" },
  permalink: ({ d }) => `/departments/${d.code}/`,
  eleventyExcludeFromCollections: true,
};

export function render({ d, texts }) {
  const t = texts.department;
  return layout(texts, d.name_zh, `<header class="subject">
  <h1>${escape(d.name_zh)}</h1>
  <p lang="en">${escape(d.name_en)}</p>
  <p class="quiet">${t.code} ${escape(d.code)} · ${escape(d.district)}</p>
</header>
<dl class="stats">
  <div><dt>${t.rate}</dt><dd class="big">${percent(d.rate)}</dd></div>
  <div><dt>${t.rank}</dt><dd class="big">${d.low} ${t.to} ${d.high}</dd><dd>${t.of} ${number(d.ranked)} ${t.departments}</dd></div>
  <div><dt>${t.overdue}</dt><dd class="big"><a href="/monitor/duty?department=${escape(d.code)}&amp;status=overdue">${number(d.overdue)}</a> ${t.cases}</dd></div>
</dl>
<nav class="contents" aria-labelledby="contents"><h2 id="contents">${t.contents}</h2>
  <ul>
    ${each(["indicators", "trend", "list"], (part) => `<li><a href="#${part}">${t[part]}</a></li>\n`)}
  </ul>
</nav>
<section><h2 id="indicators">${t.indicators}</h2>
<div class="scroll" role="group" tabindex="0" aria-labelledby="indicators">
<table class="numbers">
  <caption class="unseen">${t.indicators}</caption>
  <thead><tr><th scope="col">${t.indicator}</th><th scope="col">${t.value}</th><th scope="col">${t.numerator}</th><th scope="col">${t.denominator}</th></tr></thead>
  <tbody>
  ${each(d.indicators, (i) => `<tr><th scope="row"><a href="/methodology/#${escape(i.name)}">${texts.indicator[i.name]}</a></th><td><b>${percent(i.value)}</b></td><td><a href="/monitor/duty?department=${escape(d.code)}&amp;counted=${escape(i.name)}">${number(i.numerator)}</a></td><td><a href="/monitor/duty?department=${escape(d.code)}&amp;of=${escape(i.name)}">${number(i.denominator)}</a></td></tr>\n`)}
  </tbody>
</table>
</div>
</section>
<section><h2 id="trend">${t.trend}</h2>
<figure class="chart">
<svg viewBox="0 0 240 64" width="240" height="64" role="img" aria-label="${t.trend_note}">
${each(d.trend, (m, i) => `<rect class="bar" x="${i * 10}" y="${(64 - m.rate * 64).toFixed(1)}" width="8" height="${(m.rate * 64).toFixed(1)}"/>\n`)}
</svg>
<figcaption>${t.trend_note}</figcaption>
</figure>
<div class="scroll" role="group" tabindex="0" aria-labelledby="trend">
<table class="numbers">
  <caption class="unseen">${t.trend}</caption>
  <thead><tr><th scope="col">${t.month}</th><th scope="col">${t.rate}</th><th scope="col">${t.due}</th><th scope="col">${t.on_time}</th><th scope="col">${t.late}</th><th scope="col">${t.still}</th></tr></thead>
  <tbody>
  ${each(d.trend, (m) => `<tr><th scope="row">${escape(m.month)}</th><td>${percent(m.rate)}</td><td>${number(m.due)}</td><td><a href="/monitor/duty?department=${escape(d.code)}&amp;month=${escape(m.month)}&amp;status=on_time">${number(m.on_time)}</a></td><td>${number(m.late)}</td><td>${number(m.overdue)}</td></tr>\n`)}
  </tbody>
</table>
</div>
</section>
<section><h2 id="list">${t.list}</h2>
<p>${t.list_note}</p>
<div class="scroll" role="group" tabindex="0" aria-labelledby="list">
<table>
  <caption class="unseen">${t.list}</caption>
  <thead><tr><th scope="col">${t.record}</th><th scope="col">${t.type}</th><th scope="col">${t.decided}</th><th scope="col">${t.deadline}</th><th scope="col">${t.days}</th><th scope="col">${t.evidence}</th></tr></thead>
  <tbody>
  ${each(d.rows, (r) => `<tr><th scope="row"><a href="/record/${escape(r.id)}">${escape(r.id)}</a></th><td>${texts.type[r.type]}</td><td class="day">${escape(r.decided)}</td><td class="day">${escape(r.due)}</td><td>${number(r.days)}</td><td><a href="/monitor/duty/${escape(r.id)}-d">${t.counted}</a></td></tr>\n`)}
  </tbody>
</table>
</div>
<p class="tools"><a href="/monitor/duty?department=${escape(d.code)}">${t.rows}</a> <a href="/methodology/">${t.method}</a></p>
</section>`);
}

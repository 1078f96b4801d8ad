const signs = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
const special = /[&<>"']/g;

export const escape = (text) => String(text).replace(special, (sign) => signs[sign]);

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export const number = (value) => (value < 1000 ? String(value) : grouped.format(value));

export const percent = (value) => `${(value * 100).toFixed(1)}%`;

export const each = (items, one) => items.map(one).join("");

const link = (t) => (name) => `<li><a href="/${name}/">${t.nav[name]}</a></li>\n`;

const header = (t) => `<a class="skip" href="#main">${t.skip}</a>
<header class="masthead">
  <a class="brand" href="/">${t.brand}</a>
  <nav aria-label="${t.nav.label}">
    <ul>
      ${each(["records", "departments", "league", "downloads", "calendar", "methodology"], link(t))}
    </ul>
  </nav>
</header>`;

const footer = (t) => `<footer class="foot">
  <nav aria-label="${t.foot.label}">
    <div><h2>${t.foot.look_up}</h2>
      <ul>
        ${each(["records", "departments", "league"], link(t))}
      </ul></div>
    <div><h2>${t.foot.data}</h2>
      <ul>
        ${each(["downloads", "calendar"], link(t))}
      </ul></div>
    <div><h2>${t.foot.rules}</h2>
      <ul>
        ${each(["methodology"], link(t))}
      </ul></div>
  </nav>
  <p>${t.foot.licence}</p>
  <p>${t.foot.contact}</p>
</footer>`;

let same;

export function layout(t, title, main) {
  same ??= { header: header(t), footer: footer(t) };
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)} · ${t.brand}</title>
<link rel="icon" href="/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/site.css">
<script type="module" src="/static/search.js"></script>
</head>
<body>
${same.header}
<main id="main" tabindex="-1">
${main}
</main>
${same.footer}
</body>
</html>
`;
}

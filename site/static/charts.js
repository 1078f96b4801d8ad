// Charts: once a chart is seen, Plotly draws it anew from the data beside it, to be explored. What
// the page came with stays for print, and wherever anything is missing for that.

const dark = matchMedia("(prefers-color-scheme: dark)");
const contrast = matchMedia("(prefers-contrast: more)");
const forced = matchMedia("(forced-colors: active)");
const coarse = matchMedia("(pointer: coarse)");
const config = { displayModeBar: false, responsive: true, doubleClick: "reset", showTips: false, logging: 0 };
const drawn = [];
let tools;

function load({ plotly, theme }) {
  // Plotly puts rules into the sheet of this id, or into a style element, which our policy refuses.
  document.querySelector("link[rel=stylesheet]").id = "plotly.js-style-global";
  tools ??= Promise.all([fetch(theme).then((answer) => answer.json()), import(plotly)]);
  return tools.then(([look]) => look);
}

// Tokens are worth what the stylesheet says now.
function worth(value, style) {
  if (typeof value === "string") return value.replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  if (Array.isArray(value)) return value.map((each) => worth(each, style));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, worth(each, style)]));
}

function dressed(figure, look) {
  const style = getComputedStyle(document.body);
  const data = figure.data.map((trace) => ({ ...look.traces[trace.meta], ...trace }));
  const font = { family: style.fontFamily };
  const layout = { ...figure.layout, template: look.template, font, hoverlabel: { font } };
  if (coarse.matches) layout.dragmode = false; // a finger on a chart scrolls the page
  return worth({ data, layout }, style);
}

// A point leads where the first link of its row in the table leads.
function row(chart, point) {
  const name = String(point.id ?? point.x);
  return [...chart.querySelectorAll("[data-point]")].find((each) => each.dataset.point === name)?.querySelector("a");
}

function save(address, name) {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

// An image leaves the page that explains it, so it takes title, key and address along.
function poster(chart, plot) {
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const layout = structuredClone(plot.layout);
  const { template, annotations = [], margin = {} } = layout;
  const corner = { showarrow: false, xref: "paper", yref: "paper", y: 0, yanchor: "top" };
  const said = (text, yshift, x, xanchor) => ({ ...corner, text, yshift, x, xanchor });
  const axis = chart.querySelector(".axis-name")?.textContent ?? "";
  return {
    ...layout,
    template,
    title: { text: plot.ariaLabel, x: 0, xref: "paper", y: 0.96, font: { size: 16, color: token("--ink") } },
    annotations: [...annotations, said(axis, -24, 1, "right"), said(location.href, -90, 0, "left")],
    margin: { ...margin, l: 60, r: 24, t: 64, b: 124 },
    showlegend: true,
    legend: { orientation: "h", traceorder: "normal", x: 0, xanchor: "left", yref: "container", y: 46 / (plot.clientHeight + 148), yanchor: "bottom" },
    paper_bgcolor: token("--paper"),
  };
}

async function photograph(chart, plot) {
  const size = { width: 960, height: plot.clientHeight + 148 };
  const image = new Image(size.width, size.height);
  image.src = await Plotly.toImage({ data: plot.data, layout: poster(chart, plot) }, { format: "svg", ...size });
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  save(canvas.toDataURL(), `${plot.ariaLabel}.png`);
}

function button(text, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  made.addEventListener("click", act);
  return made;
}

function equip(chart, plot) {
  const ranges = () => ({ "xaxis.range": [...plot.layout.xaxis.range], "yaxis.range": [...plot.layout.yaxis.range] });
  const whole = ranges();
  const image = button(chart.dataset.image, () => photograph(chart, plot));
  const reset = button(chart.dataset.reset, () => {
    Plotly.relayout(plot, structuredClone(whole));
    image.focus();
  });
  reset.hidden = true;
  plot.on("plotly_relayout", () => { reset.hidden = String(Object.values(ranges())) === String(Object.values(whole)); });
  plot.on("plotly_click", ({ points }) => row(chart, points[0])?.click());
  plot.on("plotly_hover", ({ points }) => plot.classList.toggle("leads", Boolean(row(chart, points[0]))));
  chart.querySelector(".tools").append(image, reset);
}

async function draw(chart) {
  const figure = JSON.parse(chart.querySelector("script[type='application/json']").textContent);
  const look = await load(chart.dataset);
  const still = chart.querySelector("svg");
  const plot = document.createElement("div");
  plot.className = "plot";
  plot.role = "img";
  plot.ariaLabel = still.ariaLabel;
  plot.style.height = `${still.getBoundingClientRect().height}px`;
  chart.prepend(plot);
  chart.classList.add("drawn");
  try {
    const { data, layout } = dressed(figure, look);
    await Plotly.newPlot(plot, data, layout, config);
    equip(chart, plot);
    drawn.push(() => Plotly.react(plot, ...Object.values(dressed(figure, look)), config));
  } catch {
    chart.classList.remove("drawn");
    plot.remove();
  }
}

function redraw() {
  for (const again of drawn) again();
}

if (!navigator.connection?.saveData && !forced.matches) {
  const seen = new IntersectionObserver((entries) => {
    for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
      seen.unobserve(target);
      draw(target).catch(() => {}); // the drawing that the page came with is still there
    }
  });
  for (const chart of document.querySelectorAll("figure[data-plotly]")) seen.observe(chart);
  dark.addEventListener("change", redraw);
  contrast.addEventListener("change", redraw);
}

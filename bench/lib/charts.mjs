/** Small SVG charts: bars with their targets, and lines over a logarithmic axis. They look the same on any page. */

const WIDTH = 720;
const COLORS = ["#1f6feb", "#8ab4f8", "#a0a6ad"];
const STACK_COLORS = [
  "#0b3d91",
  "#1f6feb",
  "#5b9bf3",
  "#8ab4f8",
  "#bcd6fb",
  "#d9a441",
  "#6f7780",
  "#9aa3ab",
  "#c3c9cf",
  "#e6e9ec",
];
const TARGET_COLOR = "#cf222e";
const BAR = { height: 18, gap: 4, left: 250, right: 110 };
const STACK_LEFT = 110;
const STACK_HEIGHT = 40;
/** Room for a value between the end of its bar and the target. */
const LABEL_WIDTH = 70;
const PLOT = { left: 70, top: 60, width: 600, height: 270 };

/** Horizontal bars; each has `label`, `value`, `shown`, and `color`, the number of its color; `target` is optional. */
export function barChart({ title, note, bars }) {
  const largest = Math.max(...bars.flatMap(({ value, target = 0 }) => [value, target]));
  const scale = (WIDTH - BAR.left - BAR.right) / largest;
  const drawn = bars.map((bar, i) => drawBar(bar, 60 + i * (BAR.height + BAR.gap), scale));
  return svg(80 + bars.length * (BAR.height + BAR.gap), title, [...headline(title, note), ...drawn]);
}

function drawBar({ label, value, shown, color, target }, y, scale) {
  const middle = y + BAR.height - 5;
  const [bar, mark] = [value * scale, (target ?? 0) * scale];
  const end = BAR.left + (mark - bar > LABEL_WIDTH ? bar : Math.max(bar, mark));
  return [
    text(BAR.left - 10, middle, label, 'text-anchor="end"'),
    rectangle(BAR.left, y, bar, BAR.height, COLORS[color]),
    ...(target === undefined ? [] : [line(BAR.left + mark, y - 2, 0, BAR.height + 4, TARGET_COLOR)]),
    text(end + 8, middle, shown),
  ].join("\n");
}

/** Horizontal bars, each divided into the parts that `parts` names in order; each has `label`, `values` and `shown`. */
export function stackChart({ title, note, parts, bars }) {
  const totals = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const scale = (WIDTH - STACK_LEFT - BAR.right) / Math.max(...totals);
  const top = 60;
  const drawn = bars.map((bar, i) => drawStack(bar, top + i * STACK_HEIGHT, scale));
  const legendTop = top + bars.length * STACK_HEIGHT + 10;
  const legend = parts.map((part, i) => drawLegend(part, i, legendTop));
  const height = legendTop + Math.ceil(parts.length / 2) * 20 + 10;
  return svg(height, title, [...headline(title, note), ...drawn, ...legend]);
}

function drawStack({ label, values, shown }, y, scale) {
  let x = STACK_LEFT;
  const drawn = values.map((value, i) => {
    const part = rectangle(x, y, value * scale, STACK_HEIGHT - 12, STACK_COLORS[i]);
    x += value * scale;
    return part;
  });
  const middle = y + STACK_HEIGHT / 2 - 2;
  return [text(STACK_LEFT - 10, middle, label, 'text-anchor="end"'), ...drawn, text(x + 8, middle, shown)].join("\n");
}

function drawLegend(part, i, top) {
  const [x, y] = [STACK_LEFT + (i % 2) * 290, top + Math.floor(i / 2) * 20];
  return [rectangle(x, y, 12, 12, STACK_COLORS[i]), text(x + 18, y + 10, part)].join("\n");
}

/** Lines over two logarithmic axes; each has `label` and `points`, a list of [x, y]. */
export function lineChart({ title, note, lines }) {
  const xs = range(lines.flatMap(({ points }) => points.map(([x]) => x)));
  const ys = range(lines.flatMap(({ points }) => points.map(([, y]) => y)));
  const place = ([x, y]) => [PLOT.left + PLOT.width * share(x, xs), PLOT.top + PLOT.height * (1 - share(y, ys))];
  const axes = [
    ...powers(xs).map((x) => xMark(x, place([x, ys[0]]))),
    ...powers(ys).map((y) => yMark(y, place([xs[0], y]))),
  ];
  const drawn = lines.map(({ label, points }, i) => drawLine(label, points, place, COLORS[i * 2]));
  return svg(PLOT.top + PLOT.height + 50, title, [...headline(title, note), ...axes, ...drawn]);
}

function drawLine(label, points, place, color) {
  const places = points.map(place);
  const [x, y] = places[0];
  const path = places.map((at) => at.map(fixed).join(",")).join(" ");
  const values = points.map((point, i) =>
    text(places[i][0], places[i][1] - 10, short(point[1]), 'text-anchor="middle"'),
  );
  const dots = places.map((at) => `<circle cx="${fixed(at[0])}" cy="${fixed(at[1])}" r="4" fill="${color}"/>`);
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2.5"/>`,
    ...dots,
    ...values,
    text(x + 12, y + 18, label, `font-weight="bold" fill="${color}"`),
  ].join("\n");
}

function xMark(value, [x, y]) {
  return [line(x, PLOT.top, 0, y - PLOT.top, "#d8dee4"), text(x, y + 20, short(value), 'text-anchor="middle"')].join(
    "\n",
  );
}

function yMark(value, [x, y]) {
  return [line(x, y, PLOT.width, 0, "#d8dee4"), text(x - 8, y + 4, short(value), 'text-anchor="end"')].join("\n");
}

/** The powers of ten around the values. */
function range(values) {
  return [10 ** Math.floor(Math.log10(Math.min(...values))), 10 ** Math.ceil(Math.log10(Math.max(...values)))];
}

function powers([least, most]) {
  return Array.from({ length: Math.round(Math.log10(most / least)) + 1 }, (_, i) => least * 10 ** i);
}

function share(value, [least, most]) {
  return Math.log(value / least) / Math.log(most / least);
}

function short(value) {
  return Math.round(value).toLocaleString("en-US").replaceAll(",", " ");
}

function headline(title, note) {
  return [text(20, 26, title, 'font-size="16" font-weight="bold"'), text(20, 45, note, 'fill="#57606a"')];
}

function text(x, y, content, more = "") {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${more}>${escaped(content)}</text>`;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function rectangle(x, y, width, height, color) {
  return `<rect x="${fixed(x)}" y="${y}" width="${fixed(width)}" height="${height}" fill="${color}"/>`;
}

function line(x, y, width, height, color) {
  return `<path d="M${fixed(x)} ${fixed(y)} l${fixed(width)} ${fixed(height)}" stroke="${color}" stroke-width="2"/>`;
}

function fixed(number) {
  return Number(number.toFixed(1));
}

function svg(height, title, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`,
    `  font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="#ffffff"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

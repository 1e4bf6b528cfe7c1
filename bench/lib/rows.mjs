/** A row of a result: a figure, what it should be, whether it is, and the absolute figures behind it. */

export const atLeast = (limit, unit = "") => ({
  text: `at least ${limit}${unit}`,
  limit,
  holds: (value) => value >= limit,
});
export const atMost = (limit, unit = "") => ({
  text: `at most ${limit}${unit}`,
  limit,
  holds: (value) => value <= limit,
});
export const between = (least, most, unit = "") => ({
  text: `${least} to ${most}${unit}`,
  limit: least,
  holds: (value) => value >= least && value <= most,
});

/** A row without a target only informs. */
export function row(what, value, { unit = "", digits = 2, target, absolute = "" } = {}) {
  if (!Number.isFinite(value)) throw new Error(`${what}: there is nothing to measure`);
  const shown = `${value.toFixed(digits)}${unit}`;
  // The figure that is shown is the figure that counts.
  const reached = target?.holds(Number(value.toFixed(digits)));
  return { what, value, shown, absolute, ...(target ? { target: target.text, limit: target.limit, reached } : {}) };
}

export function thousands(number) {
  return Math.round(number)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, " ");
}

/** A Markdown table with aligned columns, which also reads well in a terminal. */
export function table(rows) {
  const lines = rows.map(({ what, shown, target = "", reached, absolute }) => [
    what,
    shown,
    target,
    reached === undefined ? "" : reached ? "reached" : "missed",
    absolute,
  ]);
  return aligned([["measured", "figure", "target", "", "absolute"], ...lines]);
}

function aligned([head, ...body]) {
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((line) => line[column].length)));
  const format = (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [format(head), rule, ...body.map(format)].join("\n");
}

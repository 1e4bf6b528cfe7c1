import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { barChart, lineChart, stackChart } from "./charts.mjs";
import { PARTS } from "./profile-parts.mjs";
import { table } from "./rows.mjs";

const DATA = new URL("../results.json", import.meta.url);
const DOCUMENT = new URL("../../docs/performance.md", import.meta.url);
const CHARTS = new URL("../../docs/charts/", import.meta.url);
/** Where the document shows results: the name of a subject, or `machine`. */
const PLACE = /(<!-- results: (\S+) -->\n).*?(<!-- end of results -->)/gs;

/** Writes the results of a run, the tables of the document and its charts. */
export function publish(results) {
  writeFileSync(DATA, `${JSON.stringify(results, null, 2)}\n`);
  const document = readFileSync(DOCUMENT, "utf8");
  writeFileSync(
    DOCUMENT,
    document.replace(PLACE, (_, begin, name, end) => `${begin}\n${shown(results, name)}\n\n${end}`),
  );
  mkdirSync(CHARTS, { recursive: true });
  for (const [name, chart] of Object.entries(charts(results.subjects)))
    writeFileSync(new URL(`${name}.svg`, CHARTS), chart);
}

function shown({ machine, subjects }, name) {
  if (name === "machine")
    return Object.entries(machine)
      .map(([fact, value]) => `- ${fact}: ${value}`)
      .join("\n");
  const { rows = [], failure } = subjects[name] ?? {};
  return failure ? `Could not be measured: ${failure.split("\n")[0]}` : table(rows);
}

/** The charts by name; a chart whose subjects failed stays as it was. */
function charts(subjects) {
  const drawers = { single, costs, batch, flat, memory, lateness, rate };
  const drawn = Object.entries(drawers).map(([name, draw]) => [name, draw(subjects)]);
  return Object.fromEntries(drawn.filter(([, chart]) => chart !== undefined));
}

function single({ enqueue, dequeue, finish }) {
  return bars([enqueue, dequeue, finish], {
    title: "Single requests: share of a bare Node server's rate",
    note: "median of alternating rounds; the red line is the target",
  });
}

function costs({ costs: { data, failure } }) {
  if (failure) return undefined;
  return stackChart({
    title: "Where the time of a single request goes, µs",
    note: "time of both processors together; 32 connections, AOF off",
    parts: [...Object.values(PARTS), "Redis", "load generator and the rest", "idle"],
    bars: data.map(({ name, parts, redis, rest, idle }) => {
      const values = [...Object.keys(PARTS).map((part) => parts[part]), redis, rest, idle];
      return { label: name, values, shown: `${values.reduce((sum, us) => sum + us, 0).toFixed(0)} µs` };
    }),
  });
}

function lateness({ lateness: { data, failure } }) {
  if (failure) return undefined;
  return barChart({
    title: "Received after the ready time, ms",
    note: "1 000 queues of 5 jobs/s, 64 long polls; the red line is the target",
    bars: data.map(({ share, ms, most }) => bar(share, ms, ms.toFixed(2), most === undefined ? 1 : 0, most)),
  });
}

function rate({ rate: { data, failure } }) {
  if (failure) return undefined;
  return barChart({
    title: "What 100 queues fall short of their rate, %",
    note: "backlog all the time; the red line is the target",
    bars: data.map(({ what, lost, most }) => bar(what, lost, lost.toFixed(3), most === undefined ? 1 : 0, most)),
  });
}

function batch(subjects) {
  return bars([subjects.batch], {
    title: "Batches of 100: jobs/s, as a multiple of other queues",
    note: "enqueued, dequeued and finished; the red line is the target",
  });
}

function bars(of, headline) {
  if (of.some(({ failure }) => failure)) return undefined;
  const drawn = of.flatMap(({ rows }) => rows.map((row, i) => bar(row.what, row.value, row.shown, i % 2, row.limit)));
  return barChart({ ...headline, bars: drawn });
}

function flat({ flat: { data, failure } }) {
  if (failure) return undefined;
  return lineChart({
    title: "Dequeues per second by number of ready queues",
    note: "over HTTP, one serving process; both axes are logarithmic",
    lines: [
      { label: "this server", points: data.points },
      { label: "the original SHARQ", points: data.original },
    ],
  });
}

function memory({ memory: { data, failure } }) {
  if (failure) return undefined;
  return barChart({
    title: "Memory of Redis for a queued job, bytes",
    note: "payload of 100 bytes, ids of 36 characters; the red line is the target",
    bars: data.flatMap(({ perQueue, bytes, most, original }) => {
      const jobs = `${perQueue} ${perQueue === 1 ? "job" : "jobs"} a queue`;
      return [
        bar(`this server, ${jobs}`, bytes, bytes.toFixed(0), 0, most),
        bar(`the original SHARQ, ${jobs}`, original, String(original), 2),
      ];
    }),
  });
}

function bar(label, value, shown, color, target) {
  return { label, value, shown, color, target };
}

/**
 * Runs the benches: `npm run bench` for all, `npm run bench rate sweep` for some.
 * A run of all writes bench/results.json and brings docs/performance.md and its charts up to date.
 * Ends with 1 when a bench failed; a target that is missed is told in its row and is no failure.
 */
import { machine } from "./lib/machine.mjs";
import { publish } from "./lib/publish.mjs";
import { table } from "./lib/rows.mjs";
import { Scope } from "./lib/scope.mjs";
import { batch } from "./subjects/batch.mjs";
import { cluster } from "./subjects/cluster.mjs";
import { costs } from "./subjects/costs.mjs";
import { dequeue } from "./subjects/dequeue.mjs";
import { enqueue } from "./subjects/enqueue.mjs";
import { finish } from "./subjects/finish.mjs";
import { flat } from "./subjects/flat.mjs";
import { idle } from "./subjects/idle.mjs";
import { lateness } from "./subjects/lateness.mjs";
import { lists } from "./subjects/lists.mjs";
import { memory } from "./subjects/memory.mjs";
import { rate } from "./subjects/rate.mjs";
import { script } from "./subjects/script.mjs";
import { sweep } from "./subjects/sweep.mjs";

const SUBJECTS = [
  enqueue,
  dequeue,
  finish,
  costs,
  batch,
  script,
  flat,
  lists,
  memory,
  sweep,
  idle,
  lateness,
  rate,
  cluster,
];

let current;
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, interrupt);

const chosen = choose(process.argv.slice(2));
const facts = machine();
console.log(
  Object.entries(facts)
    .map((fact) => fact.join(": "))
    .join("\n"),
);
const results = {};
for (const subject of chosen) results[subject.name] = await run(subject);
if (chosen.length === SUBJECTS.length) publish({ machine: facts, subjects: results });
if (Object.values(results).some(({ failure }) => failure)) process.exitCode = 1;

function choose(names) {
  const known = SUBJECTS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return names.length === 0 ? SUBJECTS : SUBJECTS.filter(({ name }) => names.includes(name));
  console.error(`There is no bench ${unknown.join(", ")}. There are: ${known.join(", ")}`);
  process.exit(2);
}

/** The result of one subject; one that fails does not keep the others from running. */
async function run(subject) {
  const { title } = subject;
  console.log(`\n${title} (${subject.name})`);
  const startedAt = Date.now();
  try {
    const result = await inScope((scope) => subject.run(scope));
    console.log(table(result.rows));
    return { title, ...result };
  } catch (error) {
    if (!interrupted) console.error(`FAILED: ${error.message}`);
    return { title, failure: error.message, rows: [] };
  } finally {
    console.log(`${Math.round((Date.now() - startedAt) / 1000)} s`);
  }
}

async function inScope(work) {
  current = new Scope();
  try {
    return await work(current);
  } finally {
    await current.close();
    // What was interrupted must not go on with the next subject before the process ends.
    if (interrupted) await new Promise(() => {});
  }
}

async function interrupt() {
  interrupted = true;
  await current?.close();
  process.exit(130);
}

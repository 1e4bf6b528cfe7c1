import { startEcho } from "./echo.mjs";
import { PERSISTENCE } from "./redis.mjs";
import { atLeast, row, thousands } from "./rows.mjs";
import { startSite } from "./server.mjs";
import { alternate, median, ratioOf } from "./statistics.mjs";
import { load } from "./wrk.mjs";

const ROUNDS = 5;
const SECONDS = 3;
const WARM_UP_SECONDS = 1;
/** Requests/s that the warm-up can't reach. */
const UNREACHABLE = 40_000;
/** How much faster a load may be than the fastest one before it, which may have been held up. */
const MARGIN = 3;
/** Numbers that are kept for the jobs of one load. */
const NUMBERS = 10_000_000;
const UNUSED = { loads: 0, requests: 0, fastest: UNREACHABLE / MARGIN };

/**
 * Loads the server, with each persistence, and a bare server that gives the same answer, in alternating rounds.
 * A single request is described by
 * - `name`, and `least`: the share of the bare server's rate that it should reach,
 * - `prepare(site, first, count)`: makes `count` jobs, the first of which has this number, for a load to use up at the
 *   most, and returns how to call it, see `load`,
 * - `sample(site)`: an answer, for the bare server to repeat,
 * - `check(site, requests)`, optional: throws when the requests so far did not do their work.
 */
export async function againstEcho(scope, single) {
  const sites = [];
  for (const persistence of Object.keys(PERSISTENCE)) sites.push(await openSite(scope, persistence));
  const echo = { server: await startEcho(scope, await single.sample(sites[0])), echo: true, ...UNUSED };
  const contenders = [echo, ...sites];
  for (const contender of contenders) await measure(scope, single, contender, WARM_UP_SECONDS);
  const [baseline, ...rates] = await alternate(contenders, ROUNDS, (it) => measure(scope, single, it, SECONDS));
  return { rows: sites.map(({ persistence }, i) => resultRow(single, persistence, rates[i], baseline)) };
}

async function openSite(scope, persistence) {
  return { ...(await startSite(scope, { persistence })), persistence, ...UNUSED };
}

/** One load of a contender, in requests/s. */
async function measure(scope, single, contender, seconds) {
  contender.loads += 1;
  const count = Math.ceil(contender.fastest * MARGIN * seconds);
  const call = await single.prepare(contender, contender.loads * NUMBERS, count);
  const { perSecond, requests } = await load(scope, contender.server.url, { ...call, seconds });
  contender.requests += requests;
  contender.fastest = contender.loads === 1 ? perSecond : Math.max(contender.fastest, perSecond);
  if (!contender.echo) await single.check?.(contender, contender.requests);
  return perSecond;
}

function resultRow({ name, least }, persistence, rates, baseline) {
  const { ratio, ratios } = ratioOf(rates, baseline);
  const rounds = ratios.map((one) => one.toFixed(2)).join(", ");
  return row(`${name}, ${persistence}`, ratio, {
    target: atLeast(least),
    absolute: `${thousands(median(rates))}/s against ${thousands(median(baseline))}/s; rounds ${rounds}`,
  });
}

/** How many jobs the server counted, by its own metrics; these reach back ten minutes. */
export async function counted(site, which) {
  const metrics = await site.client.expect(200, "GET", "/metrics/");
  return Object.values(metrics[`${which}_counts`]).reduce((sum, count) => sum + count, 0);
}

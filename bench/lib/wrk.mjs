import { fileURLToPath } from "node:url";
import { findProgram, runProgram } from "./processes.mjs";

/**
 * Loads a server for some seconds from one thread and returns requests/s. Throws when an answer was an error, because
 * a round in which the backlog ran dry says nothing.
 */
export async function load(scope, url, { path = "/", script, args = [], connections = 32, seconds }) {
  const options = ["-t1", `-c${connections}`, `-d${seconds}s`];
  const scripted = script ? ["-s", fileURLToPath(new URL(`../wrk/${script}`, import.meta.url))] : [];
  const command = [...options, ...scripted, url + path, "--", ...args.map(String)];
  const output = await runProgram(scope, findProgram("wrk"), command, seconds * 1000 + 10_000);
  const wrong = /Non-2xx or 3xx responses: \d+|Socket errors: .*[1-9].*/.exec(output);
  if (wrong) throw new Error(`the round does not count: ${wrong[0]}`);
  return { perSecond: number(output, /Requests\/sec: +([\d.]+)/), requests: number(output, /(\d+) requests in/) };
}

function number(output, pattern) {
  const [, text] = pattern.exec(output) ?? [];
  if (text === undefined) throw new Error(`wrk said something else:\n${output}`);
  return Number(text);
}

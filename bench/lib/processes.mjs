import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const KEPT_OUTPUT = 100_000;
const PATIENCE_MS = 5000;

/** Starts a program that ends with the scope. Its output is kept for `until` and for what to say when it fails. */
export function startProgram(scope, command, args, { env = process.env, cwd } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const program = { name: command, child, pid: child.pid, output: "", exited: exitOf(child) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      program.output = (program.output + text).slice(-KEPT_OUTPUT);
    });
  }
  scope.defer(() => endProcess(child, program.exited));
  return program;
}

/** Starts a module of the bench in a process of its own, with `input` as its only argument. */
export function startModule(scope, url, input, { env = process.env } = {}) {
  const child = fork(url, [JSON.stringify(input)], { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const exited = exitOf(child);
  scope.defer(() => endProcess(child, exited));
  return child;
}

/** The next message of a module; rejects when it ends without one, or after `limitMs`. */
export async function messageOf(child, limitMs) {
  const stop = new AbortController();
  try {
    const [message] = await Promise.race([
      once(child, "message", { signal: stop.signal }),
      once(child, "exit", { signal: stop.signal }).then(([code]) => fail(`a client process ended with ${code}`)),
      sleep(limitMs, undefined, { signal: stop.signal }).then(() => fail(`no result within ${limitMs} ms`)),
    ]);
    return message;
  } finally {
    stop.abort();
  }
}

/** Runs a program to its end and returns its output. */
export async function runProgram(scope, command, args, limitMs) {
  const program = startProgram(scope, command, args);
  const code = await Promise.race([program.exited, sleep(limitMs, "none within the time", { ref: false })]);
  if (code !== 0) fail(`${command}: exit code ${code}\n${program.output.slice(-2000)}`);
  return program.output;
}

/** What `pattern` finds in the output, as soon as it finds something. */
export async function until(program, pattern, limitMs = 10_000) {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(10)) {
    const found = pattern.exec(program.output);
    if (found) return found;
    if (hasEnded(program.child)) break;
  }
  return fail(`${program.name} did not start:\n${program.output.slice(-2000)}`);
}

/** The first of these programs that is there. */
export function findProgram(...names) {
  const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/usr/sbin"];
  const found = names.find((name) => places.some((place) => place !== "" && existsSync(join(place, name))));
  return found ?? fail(`${names.join(" or ")} is missing; "node scripts/setup.mjs bench" installs it`);
}

function exitOf(child) {
  return new Promise((done) => {
    child.once("exit", (code, signal) => done(code ?? signal));
    child.once("error", (error) => done(error.message));
  });
}

async function endProcess(child, exited) {
  if (child.pid === undefined || hasEnded(child)) return;
  child.kill("SIGTERM");
  if ((await Promise.race([exited, sleep(PATIENCE_MS, "late", { ref: false })])) !== "late") return;
  child.kill("SIGKILL");
  await exited;
}

function hasEnded(child) {
  return child.exitCode !== null || child.signalCode !== null;
}

function fail(message) {
  throw new Error(message);
}

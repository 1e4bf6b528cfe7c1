import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** A Lua script ready for EVALSHA. */
export interface Script {
  name: string;
  source: string;
  sha1: string;
}

const LUA = new URL("../../../lua/", import.meta.url);
const INCLUDE = /^-- include: (.+?),?$/gm;
const LAZY = /^-- lazy: (.+?),?$/gm;
const LAZY_USE = /\blazy\('(\w+)'\)/g;

/**
 * Reads one operation and puts the fragments that it needs in front of it, each once and behind those that it needs
 * itself: an operation and a fragment name those they call in `-- include:` lines.
 *
 * Redis runs the whole text at each call, and to make a function costs it some 0.1 us. So what is seldom needed is named
 * in a `-- lazy:` line instead, and called as `lazy('name')(...)`: all such fragments of a script stand in one function,
 * which runs when the first of them is called.
 */
function assemble(name: string): Script {
  const operation = readFileSync(new URL(`${name}.lua`, LUA), "utf8");
  const fragments = new Map<string, string>();
  include(operation, fragments, []);
  const eager = [...fragments.values()];
  const parts = [...eager, operation];
  const wanted = new Set(parts.flatMap((part) => namesIn(part, LAZY)));
  const source = wanted.size === 0 ? parts : ["local lazy", ...eager, makeLazy(wanted, fragments), operation];
  return script(name, source.join("\n"), wanted);
}

/** The function that gives the fragments that are seldom needed; those that are there anyway are given as they are. */
function makeLazy(wanted: Set<string>, eager: ReadonlyMap<string, string>): string {
  const fragments = new Map(eager);
  // A fragment may name further ones, which join the set and are gone through in turn.
  for (const fragment of wanted) {
    include(`-- include: ${fragment}`, fragments, []);
    for (const text of fragments.values()) for (const more of namesIn(text, LAZY)) wanted.add(more);
  }
  const late = [...fragments].filter(([fragment]) => !eager.has(fragment)).map(([, text]) => text);
  const table = [...wanted].map((fragment) => `${fragment} = ${fragment}`).join(",\n");
  return `local made\nlazy = function(fragment)\nmade = made or (function()\n${late.join("\n")}\nreturn {\n${table},\n}\nend)()\nreturn made[fragment]\nend`;
}

function script(name: string, source: string, lazy: ReadonlySet<string>): Script {
  for (const [, fragment = ""] of source.matchAll(LAZY_USE)) {
    if (!lazy.has(fragment))
      throw new Error(`${name}.lua calls the fragment ${fragment}, which no "-- lazy:" line names`);
  }
  return { name, source, sha1: createHash("sha1").update(source).digest("hex") };
}

/** Adds what `source` includes. Throws when fragments need each other. */
function include(source: string, fragments: Map<string, string>, within: readonly string[]): void {
  for (const fragment of namesIn(source, INCLUDE)) {
    if (within.includes(fragment))
      throw new Error(`Lua fragments need each other: ${[...within, fragment].join(", ")}`);
    if (fragments.has(fragment)) continue;
    const text = readFileSync(new URL(`lib/${fragment}.lua`, LUA), "utf8");
    include(text, fragments, [...within, fragment]);
    fragments.set(fragment, text);
  }
}

function namesIn(source: string, lines: RegExp): string[] {
  return [...source.matchAll(lines)].flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));
}

/** Reads all operations in `lua/`. Throws when a file or a fragment is missing. */
export function loadScripts(): Map<string, Script> {
  const names = readdirSync(LUA)
    .filter((file) => file.endsWith(".lua"))
    .map((file) => file.slice(0, -".lua".length));
  return new Map(names.map((name) => [name, assemble(name)]));
}

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** A Lua script ready for EVALSHA. */
export interface Script {
  name: string;
  source: string;
  sha1: string;
}

const LUA = new URL("../../lua/", import.meta.url);
const INCLUDE = /^-- include: (.+?),?$/gm;

/**
 * Reads one operation and puts the fragments that its `-- include:` lines name in front of it, in the order they are
 * named in.
 */
function assemble(name: string): Script {
  const operation = readFileSync(new URL(`${name}.lua`, LUA), "utf8");
  const fragments = [...operation.matchAll(INCLUDE)]
    .flatMap(([, names = ""]) => names.split(","))
    .map((fragment) => readFileSync(new URL(`lib/${fragment.trim()}.lua`, LUA), "utf8"));
  const source = [...fragments, operation].join("\n");
  return { name, source, sha1: createHash("sha1").update(source).digest("hex") };
}

/** Reads all operations in `lua/`. Throws when a file or a fragment is missing. */
export function loadScripts(): Map<string, Script> {
  const names = readdirSync(LUA)
    .filter((file) => file.endsWith(".lua"))
    .map((file) => file.slice(0, -".lua".length));
  return new Map(names.map((name) => [name, assemble(name)]));
}

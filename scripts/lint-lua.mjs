/** Checks every Lua script as it is sent to Redis, with its fragments in front of it; needs the build and luacheck. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScripts } from "../dist/engine/scripts/lua-loader.js";

const GLOBALS = ["redis", "KEYS", "ARGV", "struct", "cmsgpack", "cjson"];

const directory = mkdtempSync(join(tmpdir(), "sharq-lua-"));
try {
  for (const { name, source } of loadScripts().values()) writeFileSync(join(directory, `${name}.lua`), source);
  const options = ["--std", "lua51", "--codes", "--max-line-length", "120", "--read-globals", ...GLOBALS];
  const { status, error } = spawnSync("luacheck", ["-q", directory, ...options], { stdio: "inherit" });
  if (error) throw error;
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, { recursive: true });
}

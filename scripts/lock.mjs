/**
 * Makes package-lock.json anew, for any registry and any platform: `npm run lock` after a change of dependencies, and
 * `npm run lock bench` for those of the benches.
 * Download addresses are taken out, because they name the registry that was in use; the integrity hashes stay.
 * Builds for other platforms that this registry does not have are added by name and version, because `npm ci` refuses
 * a lock file that lacks an optional dependency.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const PLATFORM =
  /-(?<os>android|darwin|freebsd|linux|openharmony|win32)-(?<cpu>arm64|arm|x64|ia32|loong64|ppc64|riscv64|s390x)(?:-(?<abi>.*))?$/;

const directory = new URL(`../${process.argv[2] ?? "."}/`, import.meta.url);
const file = new URL("package-lock.json", directory);
execFileSync("npm", ["install", "--package-lock-only", "--omit-lockfile-registry-resolved=false"], {
  cwd: directory,
  stdio: "inherit",
});
const lock = JSON.parse(readFileSync(file, "utf8"));

for (const entry of Object.values(lock.packages)) {
  delete entry.resolved;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const { os, cpu, abi } = PLATFORM.exec(name)?.groups ?? {};
    if (!os || lock.packages[`node_modules/${name}`]) continue;
    lock.packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(abi?.startsWith("musl") ? { libc: ["musl"] } : {}),
      optional: true,
      os: [os],
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);

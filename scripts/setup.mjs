/**
 * Sets up what is missing for `npm start` (node scripts/setup.mjs start), `npm test` (... test) and `npm run bench`
 * (... bench): the Node packages, the build, and programs of the system. Runs on a bare clone, so it uses nothing but
 * Node, and does nothing in a fraction of a second when all is there.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What a program's package is called, by package manager; the first manager that is there is used. */
const REDIS = {
  "apt-get": "redis-server",
  dnf: "valkey",
  yum: "redis",
  apk: "redis",
  pacman: "valkey",
  zypper: "redis",
  brew: "redis",
};
const LUACHECK = { "apt-get": "lua-check", dnf: "luacheck", apk: "luacheck", pacman: "luacheck", brew: "luacheck" };

/** Written when a build is complete; an interrupted one has none. */
const buildStamp = join(root, "dist/.complete");
const forTests = process.argv[2] === "test";
const forBench = process.argv[2] === "bench";

requireNode(20, 19);
installPackages(root);
if (forBench) installPackages(join(root, "bench"));
if (!buildIsFresh()) build();
if (forTests || forBench || (await usesEmbeddedRedis())) ensureProgram(["redis-server", "valkey-server"], REDIS);
if (forBench) ensureProgram(["wrk"], sameEverywhere("wrk"));
if (forTests) {
  ensureProgram(["luacheck"], LUACHECK);
  // The tests run the sessions and workers that the documents show.
  for (const name of ["bash", "curl", "jq", "python3"]) ensureProgram([name], sameEverywhere(name));
}

function requireNode(major, minor) {
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  fail(`sharq-server needs Node ${major}.${minor} or later; this is ${process.version}.`);
}

function installPackages(directory) {
  if (!packagesAreInstalled(directory)) run("npm", ["ci", "--include=dev"], directory);
}

/** Whether what npm noted of its last installation is what the lock file asks for. */
function packagesAreInstalled(directory) {
  const noted = join(directory, "node_modules/.package-lock.json");
  if (!existsSync(noted)) return false;
  const wanted = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(noted, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || (installed[path] ? installed[path].version === version : optional === true),
  );
}

/** Whether the build is younger than everything it is made from. */
function buildIsFresh() {
  if (!existsSync(buildStamp)) return false;
  const builtAt = statSync(buildStamp).mtimeMs;
  const sources = readdirSync(join(root, "src"), { recursive: true }).map((file) => join(root, "src", file));
  return [...sources, join(root, "tsconfig.json")].every((file) => statSync(file).mtimeMs <= builtAt);
}

function build() {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  run("npm", ["run", "--silent", "build"]);
  writeFileSync(buildStamp, "");
}

/** A configuration that can't be read is the server's to tell. */
async function usesEmbeddedRedis() {
  try {
    const { loadConfig } = await import(pathToFileURL(join(root, "dist/config/load.js")).href);
    return loadConfig(join(root, "sharq.conf"), process.env).redis.conn_type === "embedded";
  } catch {
    return false;
  }
}

function sameEverywhere(name) {
  return Object.fromEntries(Object.keys(REDIS).map((manager) => [manager, name]));
}

/** Makes sure that one of the programs is there, or ends with what to type. */
function ensureProgram(names, packages) {
  if (names.some(find)) return;
  const manager = Object.keys(packages).find(find);
  if (!manager) fail(`${names.join(" or ")} is missing, and there is no package manager that this script knows.`);
  const install = commandsFor(manager, packages[manager]);
  const prefix = privilege(manager);
  if (!prefix) fail(`${names.join(" or ")} is missing. Type:  sudo ${install.at(-1).join(" ")}`);
  for (const command of install) tryRun([...prefix, ...command]);
  if (!names.some(find)) fail(`${names.join(" or ")} could not be installed. Type:  sudo ${install.at(-1).join(" ")}`);
}

function commandsFor(manager, name) {
  const commands = {
    "apt-get": [
      ["apt-get", "update"],
      ["apt-get", "install", "-y", "--no-install-recommends", name],
    ],
    apk: [["apk", "add", name]],
    pacman: [["pacman", "-Sy", "--noconfirm", name]],
    zypper: [["zypper", "--non-interactive", "install", name]],
    brew: [["brew", "install", name]],
  };
  return commands[manager] ?? [[manager, "install", "-y", name]];
}

/** What a command needs in front of it to be allowed to install; nothing when it isn't. */
function privilege(manager) {
  if (manager === "brew" || process.getuid?.() === 0) return ["env"];
  if (find("sudo") && tryRun(["sudo", "-n", "true"])) return ["sudo", "-n", "env"];
  return undefined;
}

function find(name) {
  const places = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin", "/usr/sbin"];
  return places.some((place) => place !== "" && existsSync(join(place, name)));
}

function run(command, args, directory = root) {
  process.stderr.write(`setting up: ${command} ${args.join(" ")}\n`);
  // What npm prints goes to stderr, because stdout belongs to the server.
  execFileSync(command, args, { cwd: directory, stdio: ["ignore", 2, 2] });
}

/** Runs a command whose failure shows in what it should have brought about. RUNLEVEL keeps services from starting. */
function tryRun([command, ...args]) {
  process.stderr.write(`setting up: ${[command, ...args].join(" ")}\n`);
  const quiet = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  try {
    execFileSync(command, args, { stdio: ["ignore", 2, 2], env: { ...process.env, ...quiet } });
    return true;
  } catch {
    return false;
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

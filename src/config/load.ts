import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import toml from "toml";
import { coerce } from "./coerce.js";
import { type Override, overrides } from "./environment.js";
import { ConfigError, type Fault } from "./faults.js";
import { looksLikeIni, parseIni, type Sections } from "./ini.js";
import { flatten } from "./queue-types.js";
import { type Config, PATHS, settingOf } from "./schema.js";
import { validate } from "./validate.js";

/**
 * Reads a configuration file (TOML, or the original's INI form), lets the environment and then the command line
 * override it, checks it and fills in defaults. Without a file, all is default or overridden.
 * Throws ConfigError with all faults at once.
 */
export function loadConfig(
  file: string | undefined,
  environment: NodeJS.ProcessEnv,
  commandLine: readonly Override[] = [],
): Config {
  const { sections, faults } = file === undefined ? { sections: empty(), faults: [] } : read(file);
  const overriding = [...overrides(environment), ...commandLine];
  const overridden = apply(sections, overriding);
  const result = validate(overridden, (section, key) => originOf(section, key, file, overriding));
  const all = [...faults, ...("faults" in result ? result.faults : [])];
  if (all.length > 0 || !("config" in result)) throw new ConfigError(all);
  return freeze(resolvePaths(result.config, file === undefined ? process.cwd() : dirname(resolve(file))));
}

function read(file: string): { sections: Sections; faults: Fault[] } {
  let content: string;
  try {
    content = readFileSync(file, "utf8");
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ source: file, where: "file", found, allowed: "a readable file" }]);
  }
  try {
    return { sections: flatten(toml.parse(content)), faults: [] };
  } catch (error) {
    if (looksLikeIni(content)) {
      const { sections, faults } = parseIni(content, file);
      return { sections: coerceAll(sections), faults };
    }
    throw new ConfigError([tomlFault(file, error)]);
  }
}

function tomlFault(source: string, error: unknown): Fault {
  const { message, location } = error as Error & { location?: { start?: { line?: number } } };
  const line = location?.start?.line;
  return { source, where: line === undefined ? "file" : `line ${line}`, found: message, allowed: "TOML" };
}

function empty(): Sections {
  return Object.create(null) as Sections;
}

function coerceAll(sections: Sections): Sections {
  for (const [section, values] of Object.entries(sections)) {
    for (const [key, value] of Object.entries(values)) {
      const setting = settingOf(section, key);
      if (setting) values[key] = coerce(String(value), setting);
    }
  }
  return sections;
}

function apply(sections: Sections, overriding: Override[]): Sections {
  for (const { section, key, text } of overriding) {
    const setting = settingOf(section, key);
    sections[section] ??= {};
    const values = sections[section];
    if (setting && typeof values === "object") values[key] = coerce(text, setting);
  }
  return sections;
}

function originOf(section: string, key: string, file: string | undefined, overriding: Override[]) {
  const override = overriding.findLast((candidate) => candidate.section === section && candidate.key === key);
  if (override) return { source: override.source, where: override.name };
  return { source: file ?? "configuration", where: key === "" ? `[${section}]` : `[${section}] ${key}` };
}

function resolvePaths(config: Config, directory: string): Config {
  const sections: Sections = config;
  for (const [section, key] of PATHS) {
    const values = sections[section];
    if (values && typeof values[key] === "string" && values[key] !== "") values[key] = resolve(directory, values[key]);
  }
  return config;
}

function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) freeze(part);
  return Object.freeze(value);
}

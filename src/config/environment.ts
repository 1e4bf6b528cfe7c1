import { SETTINGS } from "./schema.js";

/** What overrides a setting of the file: a variable of the environment, or an option of the command. */
export interface Override {
  source: "environment" | "command line";
  /** Of the variable or the option. */
  name: string;
  section: string;
  key: string;
  text: string;
}

/**
 * The names of the variable for a setting: `SHARQ_<SECTION>_<KEY>` in upper case with `-` as `_`. A section whose name
 * starts with `sharq` need not say it twice: `SHARQ_SERVER_PORT` is `[sharq-server] port`.
 */
export function variablesFor(section: string, key: string): string[] {
  const name = `${section}_${key}`.toUpperCase().replaceAll("-", "_");
  return name.startsWith("SHARQ_") ? [name, `SHARQ_${name}`] : [`SHARQ_${name}`];
}

/** The settings that the environment overrides. */
export function overrides(environment: NodeJS.ProcessEnv): Override[] {
  return Object.entries(SETTINGS).flatMap(([section, settings]) =>
    Object.keys(settings).flatMap((key) =>
      variablesFor(section, key).flatMap((name) => {
        const text = environment[name];
        return text === undefined ? [] : [{ source: "environment" as const, name, section, key, text }];
      }),
    ),
  );
}

/** Variables that look like settings and are none; a platform may set such, so they are told and not refused. */
export function strangers(environment: NodeJS.ProcessEnv): string[] {
  const known = new Set(
    Object.entries(SETTINGS).flatMap(([section, settings]) =>
      Object.keys(settings).flatMap((key) => variablesFor(section, key)),
    ),
  );
  return Object.keys(environment).filter((name) => name.startsWith("SHARQ_") && !known.has(name));
}

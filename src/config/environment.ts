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

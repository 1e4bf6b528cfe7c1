/** One thing that is wrong with a configuration: where, what was found, what is allowed. */
export interface Fault {
  /** The file's path, `environment` or `command line`. */
  source: string;
  /** `[section] key`, a line, or the name of a variable or an option. */
  where: string;
  found: string;
  allowed: string;
}

/** A configuration that can't be used, with all its faults at once. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(line).join("\n"));
    this.name = "ConfigError";
    this.faults = faults;
  }
}

function line({ source, where, found, allowed }: Fault): string {
  return `${source}: ${where}: found ${found}, allowed: ${allowed}`;
}

import type { Fault } from "./faults.js";

/** Section name -> key -> value; values are text in an INI file and typed in a TOML file. */
export type Sections = Record<string, Record<string, unknown>>;

const SECTION = /^\[([^\]]+)\]$/;
const ENTRY = /^([\w-]+)\s*[:=]\s*(.*)$/;
const INLINE_COMMENT = /\s+;.*$/;
const COMMENT = /^[;#]/;
const TOML_VALUE = /^["'[{]/;

/**
 * Whether a file that is not TOML is of the original's INI form. A quoted value shows that TOML was meant: in INI form
 * the quotes would be part of the value.
 */
export function looksLikeIni(content: string): boolean {
  const values = content.split(/\r?\n/).flatMap((line) => ENTRY.exec(line.trim())?.[2] ?? []);
  return values.length > 0 && !values.some((value) => TOML_VALUE.test(value));
}

/**
 * Reads the original SHARQ's configuration form, which is that of Python's ConfigParser: `[section]`, `key : value` or
 * `key = value`, comments that start a line with `;` or `#` or follow a value after white space and `;`.
 */
export function parseIni(content: string, source: string): { sections: Sections; faults: Fault[] } {
  const sections: Sections = Object.create(null);
  const faults: Fault[] = [];
  let current: Record<string, unknown> | undefined;
  content.split(/\r?\n/).forEach((raw, index) => {
    const line = raw.trim().replace(INLINE_COMMENT, "");
    if (line === "" || COMMENT.test(line)) return;
    const section = SECTION.exec(line)?.[1];
    if (section !== undefined) {
      current = sections[section] ??= Object.create(null) as Record<string, unknown>;
      return;
    }
    const [, key, value] = ENTRY.exec(line) ?? [];
    if (current && key !== undefined) current[key.toLowerCase()] = value ?? "";
    else
      faults.push({
        source,
        where: `line ${index + 1}`,
        found: JSON.stringify(line),
        allowed: "[section], key : value or key = value",
      });
  });
  return { sections, faults };
}

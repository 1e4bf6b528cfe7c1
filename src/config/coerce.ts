import type { Allowed } from "./schema.js";

/**
 * Gives a text from an INI file or the environment the type of its setting. A text that does not fit is returned as it
 * is, so that the check names what was found.
 */
export function coerce(text: string, setting: Allowed): unknown {
  if (setting.type === "integer" && /^-?\d+$/.test(text)) return Number(text);
  if (setting.type === "boolean" && /^(true|yes|on|1)$/i.test(text)) return true;
  if (setting.type === "boolean" && /^(false|no|off|0)$/i.test(text)) return false;
  if (setting.type === "array") return listOf(text);
  return text;
}

/** Texts separated by commas; white space around them does not count, and nothing at all is an empty list. */
function listOf(text: string): string[] {
  return text.trim() === "" ? [] : text.split(",").map((item) => item.trim());
}

import type { Static, TObject } from "typebox";
import { type Checked, checker } from "./check.js";

/** Checks what comes as text: path parameters, query parameters and headers. */
export function parameterCheck<Schema extends TObject>(
  schema: Schema,
  root: string,
): (texts: Readonly<Record<string, unknown>>) => Checked<Static<Schema>> {
  const check = checker(schema, root);
  return (texts) =>
    check(Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, read(schema, name, text)])));
}

/** The value that a text stands for; a text that stands for none stays, and the check tells what it must be. */
function read({ properties }: TObject, name: string, text: unknown): unknown {
  if (typeof text !== "string" || !Object.hasOwn(properties, name)) return text;
  const { type } = properties[name] as { type?: unknown };
  if (type === "integer" && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return type === "array" ? text.split(",") : text;
}

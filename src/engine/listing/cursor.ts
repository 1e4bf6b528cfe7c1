import { SharqError } from "../errors.js";

/** Where a list goes on: the number of its source, and a place in that. To clients, cursors are opaque. */
export type Cursor = readonly (string | number)[];

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

/** Reads a cursor whose values have these types. Throws `bad_cursor` for one that no list of that kind gave. */
export function readCursor(text: string, kinds: readonly ("string" | "number")[]): Cursor {
  const values = parse(text);
  if (!Array.isArray(values) || values.length !== kinds.length) throw badCursor();
  if (!values.every((value, i) => typeof value === kinds[i] && isPlain(value))) throw badCursor();
  return values as Cursor;
}

function isPlain(value: unknown): boolean {
  return typeof value === "string" ? value.length <= 500 : Number.isSafeInteger(value) && Number(value) >= 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    throw badCursor();
  }
}

export function badCursor(): SharqError {
  return new SharqError("bad_cursor", "The cursor is not one that this list gave");
}

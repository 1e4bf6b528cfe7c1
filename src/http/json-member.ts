/**
 * The text of one member of a JSON object, cut out of the object's own text: the same bytes, so that large numbers,
 * the order of keys and the producer's spacing survive. `text` must be a valid JSON object; of several members with
 * that name the last one counts, as in JSON.parse. `undefined` when there is none.
 */
export function jsonMember(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const valueEnd = endOfValue(text, valueStart);
    if (isKey(text.slice(at, keyEnd), name)) found = text.slice(valueStart, valueEnd);
    // Past the comma, or past the closing brace where the loop ends.
    at = skipSpace(text, skipSpace(text, valueEnd) + 1);
  }
  return found;
}

/** The texts of the items of a JSON array, cut out of the array's own text, which must be valid. */
export function jsonItems(text: string): string[] {
  const items: string[] = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (at < text.length && text[at] !== "]") {
    const end = endOfValue(text, at);
    items.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return items;
}

function isKey(quoted: string, name: string): boolean {
  return quoted.includes("\\") ? JSON.parse(quoted) === name : quoted === `"${name}"`;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

/** The position after the string that starts at `from`. */
function endOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** The position after the value that starts at `from`; nesting is counted, so depth costs no stack. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (isOpening(code)) {
      depth += 1;
      at += 1;
    } else if (isClosing(code)) {
      depth -= 1;
      at += 1;
    } else {
      at = depth === 0 ? endOfScalar(text, at) : at + 1;
    }
    if (depth === 0) return at;
  }
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}

/** A number or a word ends before what can't be part of it: a comma, a closing bracket, white space, the end. */
function endOfScalar(text: string, from: number): number {
  let at = from;
  while (
    at < text.length &&
    text.charCodeAt(at) > 0x20 &&
    text.charCodeAt(at) !== 0x2c &&
    !isClosing(text.charCodeAt(at))
  )
    at += 1;
  return at;
}

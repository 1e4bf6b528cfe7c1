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

function isKey(quoted: string, name: string): boolean {
  return quoted.includes("\\") ? JSON.parse(quoted) === name : quoted === `"${name}"`;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\r" || text[at] === "\t") at += 1;
  return at;
}

/** The position after the string that starts at `from`. */
function endOfString(text: string, from: number): number {
  let at = from;
  for (;;) {
    at = text.indexOf('"', at + 1);
    let slashes = 0;
    while (text[at - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return at + 1;
  }
}

/** The position after the value that starts at `from`; nesting is counted, so depth costs no stack. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at);
    } else if (char === "{" || char === "[") {
      depth += 1;
      at += 1;
    } else if (char === "}" || char === "]") {
      depth -= 1;
      at += 1;
    } else {
      at = depth === 0 ? endOfScalar(text, at) : at + 1;
    }
    if (depth === 0) return at;
  }
}

function endOfScalar(text: string, from: number): number {
  let at = from;
  while (at < text.length && !",}] \n\r\t".includes(text.charAt(at))) at += 1;
  return at;
}

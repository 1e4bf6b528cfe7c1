import { RequestProblem } from "./route.js";

/** Parses a body that must hold a JSON object. Throws RequestProblem 400 that says what is wrong with it. */
export function parseObject(body: string): object {
  if (body.trim() === "") throw new RequestProblem(400, "The request body is missing; it must be a JSON object.");
  const value = parseJson(body);
  if (!isObject(value)) throw new RequestProblem(400, "The request body is not a JSON object.");
  return value;
}

/** Parses a body that must hold a JSON array of at most `most` items. Throws RequestProblem 400. */
export function parseArray(body: string, most: number): unknown[] {
  if (body.trim() === "") throw new RequestProblem(400, "The request body is missing; it must be a JSON array.");
  const value = parseJson(body);
  if (!Array.isArray(value)) throw new RequestProblem(400, "The request body is not a JSON array.");
  if (value.length > most) throw new RequestProblem(400, `The request body has more than ${most} items.`);
  return value;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RequestProblem(400, "The request body is not valid JSON.");
  }
}

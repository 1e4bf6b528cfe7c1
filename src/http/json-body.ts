import { RequestProblem } from "./route.js";

/** Parses a body that must hold a JSON object. Throws RequestProblem 400 that says what is wrong with it. */
export function parseObject(body: string): object {
  if (body.trim() === "") throw new RequestProblem(400, "The request body is missing; it must be a JSON object.");
  const value = parseJson(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RequestProblem(400, "The request body is not a JSON object.");
  }
  return value;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new RequestProblem(400, "The request body is not valid JSON.");
  }
}

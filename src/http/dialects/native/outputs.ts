import { jsonMember } from "../../json-member.js";
import { type FieldError, InvalidInput } from "./invalid-input.js";

/** How long the JSON text of an output may be, bytes. */
export const LONGEST_OUTPUT = 262_144;

const TOO_LONG: FieldError = { path: "/output", message: `must not have more than ${LONGEST_OUTPUT} bytes` };

/** The output in an object, as it stands there. */
export function outputIn(text: string): string | undefined {
  return jsonMember(text, "output");
}

export function outputErrors(output: string | undefined): FieldError[] {
  return output !== undefined && Buffer.byteLength(output) > LONGEST_OUTPUT ? [TOO_LONG] : [];
}

/** Throws InvalidInput 413. */
export function goodOutputIn(text: string): string | undefined {
  const output = outputIn(text);
  const errors = outputErrors(output);
  if (errors.length > 0) throw new InvalidInput(errors, 413);
  return output;
}

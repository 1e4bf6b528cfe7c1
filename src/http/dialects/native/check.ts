import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import type { Static, TSchema } from "typebox";
import { type FieldError, InvalidInput } from "./invalid-input.js";

/** Checks values by the schemas that the OpenAPI document shows. */

const MOST_ERRORS = 20;

// `x-status`: the status of the answer when the value goes beyond what its schema says, where it is not 400.
const ajv = new Ajv2020({ allErrors: true, verbose: true, allowUnionTypes: true, keywords: ["x-status"] });

/** What a check found. */
export type Checked<T> = { value: T } | { errors: readonly FieldError[]; status: number };
export type Check<T> = (candidate: unknown) => Checked<T>;

/** The paths of errors begin with `root`. */
export function checker<Schema extends TSchema>(schema: Schema, root = ""): Check<Static<Schema>> {
  const validate = ajv.compile<Static<Schema>>(schema);
  return (candidate) => {
    if (validate(candidate)) return { value: candidate };
    // Somebody may send thousands of unknown fields, and gets no answer that is larger than what was sent.
    const errors = (validate.errors ?? []).slice(0, MOST_ERRORS);
    return { errors: errors.map((error) => told(error, root)), status: Math.max(...errors.map(statusOf)) };
  };
}

/** The value. Throws InvalidInput when there were errors. */
export function good<T>(checked: Checked<T>): T {
  if ("errors" in checked) throw new InvalidInput(checked.errors, checked.status);
  return checked.value;
}

function statusOf({ keyword, parentSchema }: ErrorObject): number {
  const beyond = keyword === "maxLength" || keyword === "maxItems";
  return beyond ? (parentSchema?.["x-status"] ?? 400) : 400;
}

function told(error: ErrorObject, root: string): FieldError {
  const { keyword, params, schema, message = "is wrong" } = error;
  const path = root + error.instancePath;
  switch (keyword) {
    case "additionalProperties":
      return { path: `${path}/${escapePointer(params["additionalProperty"])}`, message: "is not known" };
    case "required":
      return { path: `${path}/${params["missingProperty"]}`, message: "is missing" };
    case "enum":
      return { path, message: `must be one of ${params["allowedValues"].join(", ")}` };
    case "not":
      return { path, message: `must not have ${(schema as TSchema & { description: string }).description}` };
    default:
      return { path, message };
  }
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

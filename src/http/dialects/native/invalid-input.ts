import { RequestProblem } from "../../route.js";

/** One thing that is wrong: where, as a JSON pointer or `/query/<name>` and the like, and what it must be. */
export interface FieldError {
  path: string;
  message: string;
}

/** A request that names its faults one by one. */
export class InvalidInput extends RequestProblem {
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[], status = 400) {
    super(status, errors.map(inWords).join("; "));
    this.name = "InvalidInput";
    this.errors = errors;
  }
}

function inWords({ path, message }: FieldError): string {
  return path === "" ? `The body ${message}` : `${path} ${message}`;
}

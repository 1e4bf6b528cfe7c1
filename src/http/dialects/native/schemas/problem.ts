import Type from "typebox";
import { object } from "./values.js";

/** One thing that is wrong with a request. */
export const fieldError = object(
  {
    path: Type.String({
      description:
        "JSON pointer into the body, or into the item of a batch; `/query/<name>`, `/path/<name>` and " +
        "`/header/<name>` for what is outside of the body.",
    }),
    message: Type.String(),
  },
  { title: "FieldError" },
);

/** RFC 9457. */
export const problem = object(
  {
    type: Type.String({ description: "Which kind of problem; an address that tells about it." }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    errors: Type.Optional(Type.Array(fieldError)),
  },
  { title: "Problem", description: "Why a request was refused, after RFC 9457." },
);

import Type, { type Static, type TSchema } from "typebox";
import { type Refused, resultOfEach } from "../../batch.js";
import type { Reply } from "../../route.js";
import type { BatchItem } from "./bodies.js";
import type { FieldError } from "./invalid-input.js";
import { reply } from "./output.js";
import { fieldError } from "./schemas/problem.js";
import { nullable, object, oneOf } from "./schemas/values.js";

/** Batches: each item has an outcome of its own, and one that is wrong does not keep the others from being served. */

const invalidItem = object(
  {
    status: oneOf(["invalid"]),
    job_id: nullable(Type.String()),
    queue_id: nullable(Type.String()),
    errors: Type.Array(fieldError),
  },
  { title: "InvalidItem", description: "An item that is wrong in itself; the ids are those it gave, if any." },
);

/** What is answered for a batch whose items may come to these outcomes. */
export function resultsSchema(outcome: TSchema) {
  return object({ results: Type.Array(Type.Union([outcome, invalidItem])) });
}

/** What is answered for an item that is wrong. */
export function invalid(candidate: unknown, errors: readonly FieldError[]): Refused {
  const refused: Static<typeof invalidItem> = {
    status: "invalid",
    job_id: textIn(candidate, "job_id"),
    queue_id: textIn(candidate, "queue_id"),
    errors: [...errors],
  };
  return { refused };
}

function textIn(candidate: unknown, member: string): string | null {
  const value = (candidate as Readonly<Record<string, unknown>> | null | undefined)?.[member];
  return typeof value === "string" ? value : null;
}

/** Runs what `read` makes of the items that are right, and answers for each in order. */
export async function answerEach<T, Item extends object, Outcome>(
  items: readonly BatchItem<T>[],
  read: (item: { value: T; text: string }) => Item | Refused,
  run: (items: Item[]) => Promise<Outcome[]>,
  body: (outcome: Outcome, item: Item) => object,
): Promise<Reply> {
  const taken = items.map((item) => ("errors" in item ? invalid(item.candidate, item.errors) : read(item)));
  return reply(200, { results: await resultOfEach(taken, run, body) });
}

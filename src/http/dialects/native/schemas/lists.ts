import Type, { type TSchema } from "typebox";
import { object } from "./values.js";

/** How lists are asked for and answered. */

const DEFAULT_LIMIT = 50;
const limit = Type.Integer({
  minimum: 1,
  maximum: 500,
  default: DEFAULT_LIMIT,
  description: "Items at the most. A page may hold fewer, or none, although there are more.",
});
const cursor = Type.String({ minLength: 1, maxLength: 2000, description: "`next_cursor` of the page before." });

/** The query parameters that every list takes. */
export const paging = { limit: Type.Optional(limit), cursor: Type.Optional(cursor) };

export function pageDemand(query: { limit?: number; cursor?: string }) {
  return { limit: query.limit ?? DEFAULT_LIMIT, cursor: query.cursor };
}

export function pageOf(item: TSchema) {
  return object({
    items: Type.Array(item),
    next_cursor: Type.Unsafe<string | null>({ type: ["string", "null"], description: "`null` after the last page." }),
  });
}

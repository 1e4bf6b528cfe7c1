import type { TSchema } from "typebox";

/** The components of the OpenAPI document: schemas with a title stand there once, and are referred to. */
export class Components {
  readonly #schemas = new Map<string, unknown>();

  /** The same schema, with a reference in place of each part that has a title. */
  referring(schema: TSchema): unknown {
    return this.#referring(schema);
  }

  /** By name, sorted. */
  all(): Record<string, unknown> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #referring(part: unknown): unknown {
    if (Array.isArray(part)) return part.map((item) => this.#referring(item));
    if (typeof part !== "object" || part === null) return part;
    const { title } = part as { title?: unknown };
    // Of the members of a schema that are called `title`, it is not the word itself.
    if (typeof title !== "string") return this.#members(part);
    if (!this.#schemas.has(title)) this.#schemas.set(title, this.#members(part));
    return { $ref: `#/components/schemas/${title}` };
  }

  #members(schema: object): object {
    return Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, this.#referring(part)]));
  }
}

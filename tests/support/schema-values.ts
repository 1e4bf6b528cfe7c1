import fc, { type Arbitrary } from "fast-check";

/** Makes values from the schemas of an OpenAPI document: good ones, and ones that are wrong in one place. */

export interface Schema {
  $ref?: string;
  anyOf?: Schema[];
  enum?: unknown[];
  type?: string | string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  items?: Schema;
  required?: string[];
  properties?: Record<string, Schema>;
}

/** Values that few schemas allow. */
const odd = fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 2 ** 53, "", "a:b", "ä\u0000", "x".repeat(300), [], {}, [
  [],
]);

export class SchemaValues {
  readonly #components: Readonly<Record<string, Schema>>;
  readonly #pools: Readonly<Record<string, readonly unknown[]>>;

  /** A member that has a pool takes its good values from there, whatever its schema would allow. */
  constructor(components: Readonly<Record<string, Schema>>, pools: Readonly<Record<string, readonly unknown[]>>) {
    this.#components = components;
    this.#pools = pools;
  }

  /** Mostly good, else wrong in one place, else anything. */
  any(schema: Schema): Arbitrary<unknown> {
    return fc.oneof(
      { weight: 6, arbitrary: this.good(schema) },
      { weight: 3, arbitrary: this.#spoiled(schema) },
      { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
    );
  }

  /** For a member of that name. */
  member(name: string, schema: Schema): Arbitrary<unknown> {
    const pool = this.#pools[name];
    return pool ? fc.constantFrom(...pool) : this.good(schema);
  }

  good(schema: Schema): Arbitrary<unknown> {
    if (schema.$ref) return this.good(this.#resolve(schema.$ref));
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((each) => this.good(each)));
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const types = [schema.type ?? "anything"].flat();
    return fc.oneof(...types.map((type) => this.#ofType(type, schema)));
  }

  #ofType(type: string, schema: Schema): Arbitrary<unknown> {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
        return integers(schema);
      case "number":
        return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1, noNaN: true });
      case "string":
        return schema.pattern
          ? fc.stringMatching(new RegExp(schema.pattern))
          : fc.string({ minLength: schema.minLength ?? 0, maxLength: 50 });
      case "array":
        return this.#arrays(schema);
      case "object":
        return this.#objects(schema);
      default:
        return fc.jsonValue({ maxDepth: 2 });
    }
  }

  #arrays({ items = {}, minItems = 0, maxItems = 5, uniqueItems }: Schema): Arbitrary<unknown> {
    const length = { minLength: minItems, maxLength: Math.min(maxItems, 5) };
    return uniqueItems ? fc.uniqueArray(this.good(items), length) : fc.array(this.good(items), length);
  }

  #objects({ properties = {}, required = [] }: Schema): Arbitrary<unknown> {
    const members = Object.entries(properties).map(([name, schema]) => [name, this.member(name, schema)]);
    const model: Record<string, Arbitrary<unknown>> = Object.fromEntries(members);
    return fc.record(model, { requiredKeys: required }).chain((value) => this.#sparse(value, required));
  }

  /** Leaves most optional members out, because few objects with all of them are good together. */
  #sparse(value: Record<string, unknown>, required: string[]): Arbitrary<unknown> {
    const names = Object.keys(value);
    return fc
      .array(fc.nat(3), { minLength: names.length, maxLength: names.length })
      .map((dice) =>
        Object.fromEntries(Object.entries(value).filter(([name], i) => required.includes(name) || dice[i] === 0)),
      );
  }

  #spoiled(schema: Schema): Arbitrary<unknown> {
    const good = this.good(schema);
    return fc
      .tuple(good, odd, fc.constantFrom("drop", "add", "replace"), fc.nat())
      .map(([value, wrong, how, which]) => {
        if (typeof value !== "object" || value === null) return wrong;
        const entries = Object.entries(value);
        const at = which % Math.max(entries.length, 1);
        if (how === "drop") entries.splice(at, 1);
        if (how === "add") entries.push(["unknown", wrong]);
        if (how === "replace" && entries[at]) entries[at] = [entries[at][0], wrong];
        return Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries);
      });
  }

  #resolve(reference: string): Schema {
    const found = this.#components[reference.split("/").at(-1) ?? ""];
    if (!found) throw new Error(`${reference} leads nowhere`);
    return found;
  }
}

/** Small ones for the most part, so that what is to last a moment does; and now and then a bound. */
function integers({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Schema): Arbitrary<number> {
  const small = fc.integer({ min: minimum, max: Math.min(maximum, Math.max(minimum, 0) + 20) });
  return fc.oneof({ weight: 30, arbitrary: small }, { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) });
}

interface Waiting<Item, Result> {
  items: Item[];
  done(results: Result[]): void;
  failed(error: unknown): void;
}

/**
 * Joins what is asked for in one turn of the event loop into calls of up to `limit` items, because under load a call
 * costs more than what it is about; not into a single call, so that Redis works on the next one while this process
 * answers for the first. What belongs together has the same key; the order of asking is kept, and what is asked for
 * together stays in one call, whatever its size.
 */
export class Gatherer<Item, Result> {
  readonly #limit: number;
  readonly #run: (key: string, items: Item[]) => Promise<Result[]>;
  readonly #byKey = new Map<string, Waiting<Item, Result>[]>();

  /** `run` returns one result an item, in their order. */
  constructor(limit: number, run: (key: string, items: Item[]) => Promise<Result[]>) {
    this.#limit = limit;
    this.#run = run;
  }

  /** Resolves with one result an item, in their order; rejects as the joined call does. */
  add(key: string, items: Item[]): Promise<Result[]> {
    return new Promise((done, failed) => {
      const waiting = this.#byKey.get(key);
      if (waiting) {
        waiting.push({ items, done, failed });
        return;
      }
      this.#byKey.set(key, [{ items, done, failed }]);
      setImmediate(() => this.#flush(key));
    });
  }

  #flush(key: string): void {
    const waiting = this.#byKey.get(key) ?? [];
    this.#byKey.delete(key);
    let group: Waiting<Item, Result>[] = [];
    let size = 0;
    for (const each of waiting) {
      if (size > 0 && size + each.items.length > this.#limit) {
        this.#call(key, group);
        group = [];
        size = 0;
      }
      group.push(each);
      size += each.items.length;
    }
    this.#call(key, group);
  }

  #call(key: string, group: Waiting<Item, Result>[]): void {
    const [only] = group;
    const items = group.length === 1 && only ? only.items : group.flatMap((each) => each.items);
    this.#run(key, items).then(
      (results) => {
        let at = 0;
        for (const each of group) {
          each.done(group.length === 1 ? results : results.slice(at, at + each.items.length));
          at += each.items.length;
        }
      },
      (error) => {
        for (const each of group) each.failed(error);
      },
    );
  }
}

export interface GathererOptions {
  /** Items that are joined into one call at the most; what is asked for together stays together, whatever its size. */
  limit: number;
  /** Calls of one key that may be under way before what is asked for next gathers until one of them is answered. */
  calls: number;
}

interface Asked<Item, Result> {
  items: Item[];
  done(results: Result[]): void;
  failed(error: unknown): void;
}

/** What is asked for under one key. */
interface Line<Item, Result> {
  waiting: Asked<Item, Result>[];
  /** Calls under way, and those of them that are held up. */
  calls: number;
  heldUp: number;
  /** The next call is made at the end of this turn of the event loop. */
  due: boolean;
}

/**
 * A call that is not answered within so long, ms, is held up, as when Redis is far away or hangs: until it is over, there
 * may be any number of calls.
 */
const HELD_UP_MS = 2;

/**
 * Joins what is asked for into calls, because under load a call costs more than what it is about. What comes in one turn
 * of the event loop goes together; where that would be too many calls, it waits for the answer of one of those under
 * way, and leaves before that answer is handed on, so that Redis works while this process answers. What belongs together
 * has the same key; the order of asking is kept.
 */
export class Gatherer<Item, Result> {
  readonly #options: GathererOptions;
  readonly #run: (key: string, items: Item[]) => Promise<Result[]>;
  readonly #lines = new Map<string, Line<Item, Result>>();

  /** `run` returns one result an item, in their order. */
  constructor(options: GathererOptions, run: (key: string, items: Item[]) => Promise<Result[]>) {
    this.#options = options;
    this.#run = run;
  }

  /** Resolves with one result an item, in their order; rejects as the joined call does. */
  add(key: string, items: Item[]): Promise<Result[]> {
    return new Promise((done, failed) => {
      const line = this.#lineOf(key);
      line.waiting.push({ items, done, failed });
      if (line.due) return;
      line.due = true;
      setImmediate(() => {
        line.due = false;
        this.#goOn(key, line);
      });
    });
  }

  #lineOf(key: string): Line<Item, Result> {
    const known = this.#lines.get(key);
    if (known) return known;
    const line = { waiting: [], calls: 0, heldUp: 0, due: false };
    this.#lines.set(key, line);
    return line;
  }

  /** Makes as many calls as there may be, and forgets the line when it is empty. */
  #goOn(key: string, line: Line<Item, Result>): void {
    const { calls } = this.#options;
    while (line.waiting.length > 0 && (line.calls < calls || line.heldUp > 0)) this.#call(key, line, this.#take(line));
    if (line.waiting.length === 0 && line.calls === 0 && !line.due) this.#lines.delete(key);
  }

  #take({ waiting }: Line<Item, Result>): Asked<Item, Result>[] {
    let size = 0;
    let count = 0;
    for (const { items } of waiting) {
      if (count > 0 && size + items.length > this.#options.limit) break;
      size += items.length;
      count += 1;
    }
    return waiting.splice(0, count);
  }

  #call(key: string, line: Line<Item, Result>, group: Asked<Item, Result>[]): void {
    const answered = this.#underWay(key, line);
    const [only] = group;
    const items = group.length === 1 && only ? only.items : group.flatMap((each) => each.items);
    this.#run(key, items).then(
      (results) => {
        answered();
        handOut(group, results);
      },
      (error) => {
        answered();
        for (const each of group) each.failed(error);
      },
    );
  }

  /** Counts a call until the returned function is called. */
  #underWay(key: string, line: Line<Item, Result>): () => void {
    let heldUp = 0;
    const hold = () => {
      heldUp = 1;
      line.heldUp += 1;
      this.#goOn(key, line);
    };
    const timer = this.#options.calls === Number.POSITIVE_INFINITY ? undefined : setTimeout(hold, HELD_UP_MS);
    line.calls += 1;
    return () => {
      clearTimeout(timer);
      line.calls -= 1;
      line.heldUp -= heldUp;
      this.#goOn(key, line);
    };
  }
}

function handOut<Item, Result>(group: Asked<Item, Result>[], results: Result[]): void {
  let at = 0;
  for (const { items, done } of group) {
    done(group.length === 1 ? results : results.slice(at, at + items.length));
    at += items.length;
  }
}

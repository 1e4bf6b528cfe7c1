/** What a reader was too slow for. */
export interface Missed {
  kind: "missed";
  changes: number;
}

/**
 * Values for one reader, who may be slow: at most `limit` wait for it. When they are that many, everything that comes is
 * only counted until the reader has taken them all, and is then told as one `missed`. It ends by `end`, by its signal, or
 * when the reader leaves the loop.
 */
export class BoundedFeed<Value> implements AsyncIterable<Value | Missed> {
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #values: Value[] = [];
  #missed = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(limit: number, signal: AbortSignal) {
    this.#limit = limit;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  push(value: Value): void {
    if (this.#missed > 0 || this.#values.length >= this.#limit) this.#missed += 1;
    else this.#values.push(value);
    this.#wake();
  }

  /** How many values wait for the reader. */
  get size(): number {
    return this.#values.length;
  }

  /** The reader still gets what waits for it. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value | Missed> {
    try {
      while (!this.#signal.aborted) {
        const value = this.#values.shift();
        if (value !== undefined) yield value;
        else if (this.#missed > 0) yield this.#takeMissed();
        else if (this.#ended) return;
        else await this.#more();
      }
    } finally {
      this.#signal.removeEventListener("abort", this.#onAbort);
    }
  }

  #takeMissed(): Missed {
    const changes = this.#missed;
    this.#missed = 0;
    return { kind: "missed", changes };
  }

  #more(): Promise<void> {
    return new Promise((done) => {
      this.#wake = done;
    });
  }

  readonly #onAbort = (): void => this.#wake();
}

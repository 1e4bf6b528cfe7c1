/** What a reader was too slow for. */
export interface Missed {
  kind: "missed";
  changes: number;
}

export interface FeedLimits {
  /** Values that wait for the reader at the most. */
  count: number;
  /** What they may take together, in characters. */
  size: number;
}

/**
 * Values for one reader, who may be slow: only so many wait for it. When they are that many, everything that comes is
 * only counted until the reader has taken them all, and is then told as one `missed`. It ends by `end`, by its signal, or
 * when the reader leaves the loop.
 */
export class BoundedFeed<Value> implements AsyncIterable<Value | Missed> {
  readonly #limits: FeedLimits;
  readonly #signal: AbortSignal;
  readonly #values: { value: Value; size: number }[] = [];
  #size = 0;
  #missed = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(limits: FeedLimits, signal: AbortSignal) {
    this.#limits = limits;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  /** `size` is about what the value takes, in characters. */
  push(value: Value, size = 0): void {
    const { count, size: most } = this.#limits;
    const full = this.#values.length >= count || (this.#values.length > 0 && this.#size + size > most);
    if (this.#missed > 0 || full) {
      this.#missed += 1;
    } else {
      this.#values.push({ value, size });
      this.#size += size;
    }
    this.#wake();
  }

  /** Takes the place of the value that waits and that it makes out of date, if there is one. */
  update(value: Value, isOutdated: (waiting: Value) => boolean): void {
    const waiting = this.#values.find((each) => isOutdated(each.value));
    if (waiting) waiting.value = value;
    else this.push(value);
  }

  /** How many values wait for the reader. */
  get waiting(): number {
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
        const next = this.#values.shift();
        if (next !== undefined) {
          this.#size -= next.size;
          yield next.value;
        } else if (this.#missed > 0) yield this.#takeMissed();
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

import type { Logger } from "../observe/log.js";

/** Logs an outage once when it begins and once when it ends, not at every try. */
export class Outage {
  readonly #log: Logger;
  readonly #words: { begins: string; ends: string };
  #away = false;

  constructor(log: Logger, words: { begins: string; ends: string }) {
    this.#log = log;
    this.#words = words;
  }

  begins(error: unknown): void {
    if (!this.#away) this.#log.error({ err: error }, this.#words.begins);
    this.#away = true;
  }

  ends(): void {
    if (this.#away) this.#log.info(this.#words.ends);
    this.#away = false;
  }
}

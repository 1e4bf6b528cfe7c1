/**
 * Time that only passes when a test says so, in whole microseconds. It starts an hour ahead of the real clock, because
 * Redis's own expiries go by the real one and must not strike before the virtual time has come.
 */
export class VirtualClock {
  #us = (Math.floor(Date.now() / 60_000) + 60) * 60_000_000;

  get us(): number {
    return this.#us;
  }

  /** As points in time are given on the wire: milliseconds, rounded up. */
  get ms(): number {
    return Math.ceil(this.#us / 1000);
  }

  readonly read = (): number => this.#us;

  passUs(us: number): void {
    this.#us += us;
  }

  passMs(ms: number): void {
    this.#us += ms * 1000;
  }
}

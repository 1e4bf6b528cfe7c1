/** A channel of Redis's publish and subscribe, on which scripts tell servers what has happened. */
export interface Channel {
  readonly name: string;
  /** To be called once. `onConnect` is called whenever messages may have been missed. */
  subscribe(listener: { onMessage(message: string): void; onConnect(): void }): void;
}

/** For an engine that is given no channel: nobody is heard on it. */
export const SILENT: Channel = { name: "", subscribe: () => undefined };

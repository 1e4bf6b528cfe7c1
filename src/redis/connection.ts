/** What the engine needs of a connection; one to a single Redis and one to a Redis Cluster both have it. */
export interface ScriptConnection {
  evalsha(sha1: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
  eval(source: string, keyCount: number, ...keysAndArgs: (string | number)[]): Promise<unknown>;
}

/** A connection that reconnects by itself for ever, from `connect` to `disconnect`. */
export interface Connection extends ScriptConnection {
  /** Rejects when the first try fails; the others follow all the same. */
  connect(): Promise<unknown>;
  disconnect(): void;
}

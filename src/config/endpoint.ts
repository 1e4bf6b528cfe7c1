/** A host and a port, as lists of nodes name them: `redis-1.example:6379`, `10.0.0.1:6379` or `[::1]:6379`. */
export interface Endpoint {
  host: string;
  port: number;
}

const ENDPOINT = /^(?:\[([\da-f:.]+(?:%\w+)?)\]|([^\s:,[\]]+)):([1-9]\d{0,4})$/i;
const LAST_PORT = 65_535;

/** Reads "host:port"; `undefined` when the text is something else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, address, name, digits] = ENDPOINT.exec(text) ?? [];
  const host = address ?? name;
  const port = Number(digits);
  return host === undefined || port > LAST_PORT ? undefined : { host, port };
}

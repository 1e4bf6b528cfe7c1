import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const PROGRAMS = ["redis-server", "valkey-server"];
const USUAL_PLACES = ["/usr/bin", "/usr/local/bin", "/usr/sbin", "/opt/homebrew/bin"];

/** No program was found that could serve as the embedded Redis. */
export class NoRedisServer extends Error {
  constructor(wanted: string) {
    super(
      `${wanted} was not found. Install Redis or Valkey 6.2 or later (Debian, Ubuntu: apt-get install redis-server; ` +
        "Fedora: dnf install valkey; Alpine: apk add redis; macOS: brew install redis), or set conn_type in [redis] " +
        "to use one that runs already",
    );
    this.name = "NoRedisServer";
  }
}

/** Path of the program to start: the configured one, else redis-server or valkey-server. Throws NoRedisServer. */
export function findServer(configured: string, path = process.env["PATH"] ?? ""): string {
  const places = [...path.split(delimiter), ...USUAL_PLACES].filter((place) => place !== "");
  const names = configured === "" ? PROGRAMS : [configured];
  const candidates = names.flatMap((name) => (name.includes("/") ? [name] : places.map((place) => join(place, name))));
  const found = candidates.find(isExecutable);
  if (found === undefined) throw new NoRedisServer(names.join(" or "));
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

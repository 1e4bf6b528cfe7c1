import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startOf } from "./process-identity.js";

interface Owner {
  pid: number;
  started: string;
}

/** A data directory is used by another server that is alive. */
export class DataDirInUse extends Error {
  constructor(dataDir: string, pid: number) {
    super(`The data directory ${dataDir} is used by another sharq-server, process ${pid}`);
    this.name = "DataDirInUse";
  }
}

/**
 * Takes a data directory for this process; creates it if need be. The lock is a file that names its owner, so a server
 * that was killed leaves one behind: it is taken over when its owner is gone. Throws DataDirInUse when the owner lives.
 * Returns what releases the lock.
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = join(dataDir, "sharq-server.lock");
  const mine = join(dataDir, `sharq-server.lock.${process.pid}`);
  writeFileSync(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) }));
  try {
    while (!linked(mine, lock)) {
      const owner = readOwner(lock);
      if (lives(owner)) throw new DataDirInUse(dataDir, owner.pid);
      removeStale(lock, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => {
    if (readOwner(lock)?.pid === process.pid) rmSync(lock, { force: true });
  };
}

/** Linking is atomic: of several servers that try at once, one succeeds. */
function linked(mine: string, lock: string): boolean {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Removes a lock whose owner is gone. Of several servers that find it so, one at a time may look again and remove:
 * otherwise a slow one would remove the lock that a fast one has just taken.
 */
function removeStale(lock: string, mine: string): void {
  const guard = `${lock}.takeover`;
  if (!linked(mine, guard)) {
    if (!lives(readOwner(guard))) rmSync(guard, { force: true });
    return;
  }
  try {
    if (!lives(readOwner(lock))) rmSync(lock, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

function lives(owner: Owner | undefined): owner is Owner {
  return owner !== undefined && startOf(owner.pid) === owner.started;
}

function readOwner(lock: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}

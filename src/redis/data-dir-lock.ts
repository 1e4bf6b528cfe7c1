import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
      if (owner && startOf(owner.pid) === owner.started) throw new DataDirInUse(dataDir, owner.pid);
      setAside(lock, mine);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(lock, { force: true });
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

function setAside(lock: string, mine: string): void {
  try {
    renameSync(lock, `${mine}.stale`);
    rmSync(`${mine}.stale`, { force: true });
  } catch (error) {
    // Another server was faster; the next try shows who holds the lock now.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

function readOwner(lock: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(lock, "utf8"));
  } catch {
    return undefined;
  }
}

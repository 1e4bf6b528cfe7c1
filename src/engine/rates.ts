import type { MinuteCounts } from "./types.js";

const MINUTE_MS = 60_000;

/**
 * Events per second over the minute before `atMs`, from counters by minute: what was counted in this minute, and of the
 * one before the share that still belongs to the last sixty seconds, as if it had been even.
 */
export function ratePerSecond(counts: MinuteCounts, atMs: number): number {
  const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
  const share = 1 - (atMs - minute) / MINUTE_MS;
  return ((counts.get(minute) ?? 0) + (counts.get(minute - MINUTE_MS) ?? 0) * share) / 60;
}

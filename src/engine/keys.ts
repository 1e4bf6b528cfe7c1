/**
 * Hash tags: what decides on which slot of a Redis Cluster keys live. Every script derives its keys from the one tag
 * that it is given; the names behind the tag are in `lua/lib/keys.lua`.
 */

/** Tag of all keys of one queue type. */
export function typeTag(keyPrefix: string, queueType: string): string {
  return `{${keyPrefix}:${queueType}}`;
}

/** Tag of the few keys that belong to the installation as a whole. */
export function installationTag(keyPrefix: string): string {
  return `{${keyPrefix}}`;
}

import calculateSlot from "cluster-key-slot";

/**
 * Hash tags: what decides on which slot of a Redis Cluster keys live. Every script derives its keys from the one tag
 * that it is given; the names behind the tag are in `lua/lib/keys.lua`.
 */

const SLOTS = 16_384;
/** Types whose tags are remembered; clients choose the names. */
const MOST_REMEMBERED = 10_000;

/** Tag of the few keys that belong to the installation as a whole. */
export function installationTag(keyPrefix: string): string {
  return `{${keyPrefix}}`;
}

/** The tags of queue types, one for each of a type's partitions, and the tag on which a queue lives. */
export class TypeTags {
  readonly #keyPrefix: string;
  readonly #known = new Map<string, readonly string[]>();

  constructor(keyPrefix: string) {
    this.#keyPrefix = keyPrefix;
  }

  /** Tags of all partitions of a type, in order. */
  all(queueType: string, partitions: number): readonly string[] {
    const key = `${queueType}:${partitions}`;
    let tags = this.#known.get(key);
    if (!tags) {
      tags = this.#make(queueType, partitions);
      if (this.#known.size >= MOST_REMEMBERED) this.#known.clear();
      this.#known.set(key, tags);
    }
    return tags;
  }

  /** Tag of the partition that holds a queue. */
  of(queueType: string, queueId: string, partitions: number): string {
    const tags = this.all(queueType, partitions);
    return tags[partitions === 1 ? 0 : calculateSlot(queueId) % partitions] as string;
  }

  /**
   * One partition has the plain tag. Of several, the n-th gets the first tag that falls into the n-th part of the
   * cluster's slots, so that masters that hold equal parts of the slots hold equally many partitions.
   */
  #make(queueType: string, partitions: number): string[] {
    if (partitions === 1) return [`{${this.#keyPrefix}:${queueType}}`];
    return Array.from({ length: partitions }, (_, n) => {
      for (let i = 0; ; i += 1) {
        const name = `${this.#keyPrefix}:${queueType}:${n}.${i}`;
        if (Math.floor((calculateSlot(name) * partitions) / SLOTS) === n) return `{${name}}`;
      }
    });
  }
}

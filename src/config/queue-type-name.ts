/** The names of the sections of single queue types, see queue-types.ts. */

export const PREFIX = "queue_type.";

/** Whether that is the section of a queue type, with a good name or a bad one. */
export function isQueueType(section: string): boolean {
  return section.startsWith(PREFIX);
}

/** What a name of such a section matches, and the same in plain words. */
export const QUEUE_TYPE_PATTERN = "^queue_type\\.[A-Za-z0-9_-]{1,100}$";
export const QUEUE_TYPE_ALLOWED = "[queue_type.<name>] with a name of 1 to 100 letters, digits, _ and -";

import type { Sections } from "./ini.js";
import { isQueueType, PREFIX } from "./queue-type-name.js";
import type { Config, Settings } from "./schema.js";

/**
 * Sections of single queue types, `[queue_type.<name>]`. While a configuration is read and checked they are sections
 * like any other, with the whole of that as their name; in the result they are under `queue_type`, by queue type. Good
 * names of queue types are `__proto__` and `constructor` as well, so the objects that hold them have no prototype.
 */

/** Brings TOML, where these sections are tables inside a table, into the form of INI, where each is a section. */
export function flatten(sections: Sections): Sections {
  const { queue_type: types, ...others } = sections;
  if (types === undefined) return sections;
  if (typeof types !== "object" || Array.isArray(types)) return sections;
  const flat = Object.entries(types).map(([name, values]) => [`${PREFIX}${name}`, values]);
  return Object.assign(Object.create(null), others, Object.fromEntries(flat));
}

/** The configuration of checked sections. What a queue type does not set is as `[sharq]` says. */
export function gather(sections: Settings): Config {
  const { partitions } = sections.sharq;
  const types: Record<string, Config["queue_type"][string]> = Object.create(null);
  const others: Record<string, unknown> = {};
  for (const [section, values] of Object.entries(sections)) {
    if (isQueueType(section)) types[section.slice(PREFIX.length)] = { partitions, ...values };
    else others[section] = values;
  }
  return { ...(others as Settings), queue_type: types };
}

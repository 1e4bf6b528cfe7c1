import { Ajv, type ErrorObject } from "ajv";
import leven from "leven";
import { conflicts } from "./conflicts.js";
import { parseEndpoint } from "./endpoint.js";
import type { Fault } from "./faults.js";
import type { Sections } from "./ini.js";
import { isQueueType, QUEUE_TYPE_ALLOWED, QUEUE_TYPE_PATTERN } from "./queue-type-name.js";
import { gather } from "./queue-types.js";
import {
  type Allowed,
  type Config,
  QUEUE_TYPE_SETTINGS,
  SETTINGS,
  type Settings,
  settingOf,
  settingsOf,
} from "./schema.js";

/** Tells where a setting came from; for a section as a whole the key is empty. */
type Origin = (section: string, key: string) => { source: string; where: string };

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true });
ajv.addKeyword({ keyword: "allowed", schemaType: "string" });
ajv.addFormat("host:port", (text) => parseEndpoint(text) !== undefined);

const section = (properties: Record<string, Allowed>) => ({ type: "object", additionalProperties: false, properties });

const check = ajv.compile<Settings>({
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(SETTINGS).map(([name, settings]) => [name, { ...section(settings), default: {} }]),
  ),
  patternProperties: { [QUEUE_TYPE_PATTERN]: section(QUEUE_TYPE_SETTINGS) },
});

/**
 * Checks all sections and fills in the defaults, in place. `origin` tells where a setting came from. Returns the
 * configuration, or its faults.
 */
export function validate(sections: Sections, origin: Origin): { config: Config } | { faults: Fault[] } {
  const candidate: unknown = sections;
  const good = check(candidate);
  const faults = [...(check.errors ?? []).map((error) => fault(error, origin)), ...conflicts(sections, origin)];
  if (good && faults.length === 0) return { config: gather(candidate) };
  // A value of the wrong type may break other rules as well, but it is one fault.
  return { faults: [...new Map(faults.map((each) => [`${each.where} ${each.found}`, each])).values()] };
}

function fault(error: ErrorObject, origin: Origin): Fault {
  const [section = "", key = ""] = error.instancePath.split("/").slice(1);
  if (error.keyword === "additionalProperties") {
    const unknown = String(error.params["additionalProperty"]);
    return section === "" ? unknownSection(unknown, origin) : unknownKey(section, unknown, origin);
  }
  const setting = settingOf(section, key);
  const allowed = setting ? describe(setting) : "a section with key = value lines";
  return { ...origin(section, key), found: show(error.data), allowed };
}

function unknownSection(section: string, origin: Origin): Fault {
  const { source } = origin(section, "");
  const where = `[${section}]`;
  if (isQueueType(section)) return { source, where, found: "an unknown section", allowed: QUEUE_TYPE_ALLOWED };
  const sections = [...Object.keys(SETTINGS), "queue_type.<name>"];
  const names = sections.map((name) => `[${name}]`).join(", ");
  return { source, where, found: "an unknown section", allowed: `${suggestion(section, sections)}${names}` };
}

function unknownKey(section: string, key: string, origin: Origin): Fault {
  const keys = Object.keys(settingsOf(section) ?? {});
  return { ...origin(section, key), found: "an unknown key", allowed: `${suggestion(key, keys)}${keys.join(", ")}` };
}

/** "did you mean host? " for a name that is close to a known one. */
function suggestion(name: string, known: string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: leven(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest && nearest.distance <= Math.max(2, name.length / 3) ? `did you mean ${nearest.candidate}? ` : "";
}

/** What a setting may be, in plain words. */
function describe(setting: Allowed): string {
  if (setting.allowed !== undefined) return setting.allowed;
  if (setting.enum) return setting.enum.join(" or ");
  if (setting.type === "integer") return `an integer from ${setting.minimum} to ${setting.maximum}`;
  return setting.type === "boolean" ? "true or false" : "text";
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? typeof value);
}

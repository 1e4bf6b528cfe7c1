import { Ajv, type ErrorObject } from "ajv";
import leven from "leven";
import type { Fault } from "./faults.js";
import type { Sections } from "./ini.js";
import { type Config, SETTINGS, type Setting, settingOf } from "./schema.js";

const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true });
ajv.addKeyword({ keyword: "allowed", schemaType: "string" });

const check = ajv.compile<Config>({
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(SETTINGS).map(([section, properties]) => [
      section,
      { type: "object", default: {}, additionalProperties: false, properties },
    ]),
  ),
});

/**
 * Checks all sections and fills in the defaults, in place. `origin` tells where a setting came from. Returns the
 * configuration, or its faults.
 */
export function validate(
  sections: Sections,
  origin: (section: string, key: string) => { source: string; where: string },
): { config: Config } | { faults: Fault[] } {
  const candidate: unknown = sections;
  if (check(candidate)) return { config: candidate };
  const faults = (check.errors ?? []).map((error) => fault(error, origin));
  // A value of the wrong type may break other rules as well, but it is one fault.
  return { faults: [...new Map(faults.map((each) => [`${each.where} ${each.found}`, each])).values()] };
}

function fault(error: ErrorObject, origin: (section: string, key: string) => { source: string; where: string }): Fault {
  const [section = "", key = ""] = error.instancePath.split("/").slice(1);
  if (error.keyword === "additionalProperties") {
    const unknown = String(error.params["additionalProperty"]);
    return section === "" ? unknownSection(unknown, origin) : unknownKey(section, unknown, origin);
  }
  const setting = settingOf(section, key);
  const allowed = setting ? describe(setting) : "a section with key = value lines";
  return { ...origin(section, key), found: show(error.data), allowed };
}

function unknownSection(
  section: string,
  origin: (section: string, key: string) => { source: string; where: string },
): Fault {
  const sections = Object.keys(SETTINGS);
  return {
    source: origin(section, "").source,
    where: `[${section}]`,
    found: "an unknown section",
    allowed: `${suggestion(section, sections)}${sections.map((name) => `[${name}]`).join(", ")}`,
  };
}

function unknownKey(
  section: string,
  key: string,
  origin: (section: string, key: string) => { source: string; where: string },
): Fault {
  const keys = Object.entries(SETTINGS).flatMap(([name, settings]) => (name === section ? Object.keys(settings) : []));
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
function describe(setting: Setting): string {
  if (setting.allowed !== undefined) return setting.allowed;
  if (setting.enum) return setting.enum.join(" or ");
  if (setting.type === "integer") return `an integer from ${setting.minimum} to ${setting.maximum}`;
  return setting.type === "boolean" ? "true or false" : "text";
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : (JSON.stringify(value) ?? typeof value);
}

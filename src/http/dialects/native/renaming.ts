/** Settings are called otherwise on the wire than in the engine, where a name carries its unit. */

export const QUEUE_DEFAULTS = {
  interval: "intervalMs",
  burst: "burst",
  concurrency: "concurrency",
  max_length: "maxLength",
} as const;
export const QUEUE_SETTINGS = { ...QUEUE_DEFAULTS, paused: "paused", pinned: "pinned" } as const;
export const TYPE_SETTINGS = {
  interval: "intervalMs",
  burst: "burst",
  concurrency: "concurrency",
  paused: "paused",
} as const;
export const JOB_DEFAULTS = {
  expire: "leaseMs",
  requeue_limit: "requeueLimit",
  retry_delays: "retryDelaysMs",
  retain: "retainMs",
} as const;

/** Names on the wire, each with the engine's. */
type Names = Readonly<Record<string, string>>;
type OfEngine<Body, N extends Names> = { [Wire in keyof Body as Wire extends keyof N ? N[Wire] : never]: Body[Wire] };
type OnWire<Settings, N extends Names> = {
  [Wire in keyof N]: N[Wire] extends keyof Settings ? Settings[N[Wire]] : never;
};

/** What was given, under the engine's names; what was not given stays out. */
export function ofEngine<Body extends object, N extends Names>(body: Body, names: N): OfEngine<Body, N> {
  const given = Object.entries(body).filter(([wire]) => Object.hasOwn(names, wire));
  return Object.fromEntries(given.map(([wire, value]) => [names[wire], value])) as OfEngine<Body, N>;
}

/** Settings under their names on the wire. */
export function onWire<Settings extends object, N extends Names>(settings: Settings, names: N): OnWire<Settings, N> {
  const values = settings as Readonly<Record<string, unknown>>;
  const renamed = Object.entries(names).map(([wire, name]) => [wire, values[name]]);
  return Object.fromEntries(renamed) as OnWire<Settings, N>;
}

import type { Fields, Representation } from "./fields.ts";

type Values = Record<string, unknown>;

/** Writes the program's inputs into a representation, and undoes what `old` had set and `inputs` no longer sets. */
export function encode(fields: Fields, inputs: Values, representation: Representation = {}, old: Values = {}): Representation {
  for (const [name, field] of Object.entries(fields)) {
    const value = inputs[name];
    if (field.drop && old[name] !== undefined) {
      const kept = (value ?? {}) as object;
      field.drop(representation, Object.keys(old[name] as object).filter((key) => !(key in kept)));
    }
    if (value !== undefined && value !== null) field.write(representation, value);
    else if (old[name] !== undefined && field.empty !== undefined && field.computed !== true) field.write(representation, field.empty);
  }
  return representation;
}

/**
 * Reads back the properties that `known` (the state) holds, all of them when it is undefined (an import).
 * A value that means the same as the known one is returned as known, so that `"15m"` does not come back as `"15m0s"`.
 */
export function decode(fields: Fields, representation: Representation, known: Values | undefined): Values {
  const inputs: Values = {};
  for (const [name, field] of Object.entries(fields)) {
    const before = known?.[name];
    if (known && (before === undefined || before === null)) continue;
    if (field.writeOnly) {
      if (before !== undefined) inputs[name] = before;
      continue;
    }
    const now = field.read(representation, before);
    if (before === undefined) {
      if (canonical(now) !== undefined) inputs[name] = now;
      continue;
    }
    const expected: Representation = {};
    field.write(expected, before);
    const unchanged = JSON.stringify(canonical(now)) === JSON.stringify(canonical(field.read(expected, before)));
    // A value that somebody removed stays as undefined: a key that is missing would mean "not looked at".
    inputs[name] = unchanged ? before : now;
  }
  return inputs;
}

/** Keycloak drops empty values and returns sets in any order: neither is a difference. */
function canonical(value: unknown): unknown {
  if (value === undefined || value === null || value === "") return undefined;
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    if (items.length === 0) return undefined;
    return items.every((item) => typeof item !== "object") ? [...items].sort() : items;
  }
  if (typeof value !== "object") return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, canonical(item)] as const)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

import { isDeepStrictEqual } from "node:util";
import type { Property, PropertyType } from "../server/resource-type.ts";

type Values = Readonly<Record<string, unknown>>;

/** How a type's values are read back. */
export interface ReadBackRules {
  readonly properties: Readonly<Record<string, Property | undefined>>;
  /** Brings two spellings of one value ("90s", "1m30s") to the same form. */
  readonly normalise?: (name: string, value: unknown) => unknown;
}

/**
 * The inputs that describe what Docker has now, free of false drift: a value that means the same as the program's keeps the
 * program's spelling, what the program left open stays out, and what is gone is there as undefined. Without a prior state (import),
 * everything found is returned.
 */
export function readBack(rules: ReadBackRules, found: Values, prior: Values): Record<string, unknown> {
  const importing = Object.values(prior).every((value) => value === undefined);
  const result: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(rules.properties)) {
    if (property === undefined) continue;
    const [before, now] = [prior[name], found[name]];
    const form = (value: unknown) => canonical(property, rules.normalise ? rules.normalise(name, value) : value);
    if (importing) {
      if (form(now) !== undefined) result[name] = now;
    } else if (before !== undefined) {
      result[name] = property.writeOnly || isDeepStrictEqual(form(before), form(now)) ? before : now;
    }
  }
  return result;
}

/** Drops what means "not set" (false, empty text, empty lists) and sorts what has no order. */
function canonical(property: Property, value: unknown): unknown {
  if (value === undefined || value === null || value === false || value === "") return undefined;
  const { type } = property;
  if (Array.isArray(value)) return canonicalList(type, property.unordered === true, value);
  if (typeof value !== "object") return value;
  const members = typeof type === "object" && "object" in type ? type.object : undefined;
  const entries = Object.entries(value)
    // A map's values are plain texts: an empty one still counts.
    .map(([key, item]) => [key, members ? canonical(members[key] ?? { type: "string" }, item) : item] as const)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function canonicalList(type: PropertyType, unordered: boolean, values: readonly unknown[]): unknown {
  if (values.length === 0) return undefined;
  const item: Property = { type: typeof type === "object" && "array" in type ? type.array : "string" };
  // An empty text inside a list is a value ("" as an argument), so plain items stay as they are.
  const items = values.map((value) => (typeof value === "object" ? canonical(item, value) : value));
  return unordered ? items.map((value) => JSON.stringify(value)).sort() : items;
}

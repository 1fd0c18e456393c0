import type { Property, PropertyType } from "./resource-type.ts";
import { join } from "./property-path.ts";
import { Asset, type Bag, Secret, Unknown, type Value, isBag } from "./values.ts";

/** A rule that a property breaks. `property` is its full path. */
export interface Failure {
  readonly property: string;
  readonly reason: string;
}

/** The properties of a resource type, a nested object or a provider's configuration. */
export type Schema = Readonly<Record<string, Property | undefined>>;

/** A property of a schema; undefined for a name that it does not hold, `constructor` for one. */
export function propertyOf(schema: Schema, name: string): Property | undefined {
  return Object.hasOwn(schema, name) ? schema[name] : undefined;
}

/** The checked bag: defaults filled in, schema's secrets marked, `null` properties left out. */
export interface Checked {
  readonly bag: Bag;
  readonly failures: Failure[];
}

/**
 * Validates a property bag against a schema. Unknown values satisfy every rule: they are checked again when they are known.
 *
 * @param owner What the bag belongs to, for messages: a resource token or `provider docker`.
 */
export function check(owner: string, schema: Schema, bag: Bag): Checked {
  const failures: Failure[] = [];
  return { bag: checkBag({ owner, failures, secret: false }, schema, bag, ""), failures };
}

interface Walk {
  readonly owner: string;
  readonly failures: Failure[];
  /** Inside a secret: messages must not repeat what was given. */
  readonly secret: boolean;
}

function checkBag(walk: Walk, schema: Schema, bag: Bag, path: string): Bag {
  const checked: Bag = {};
  for (const [name, value] of Object.entries(bag)) {
    const property = propertyOf(schema, name);
    if (value === undefined || value === null) continue;
    if (property === undefined) {
      const place = path === "" ? walk.owner : `${path} of ${walk.owner}`;
      fail(walk, join(path, name), `is not a property that the stand-in plugin supports; ${place} supports: ${list(Object.keys(schema))}`);
      continue;
    }
    const result = checkValue(walk, property, property.type, value, join(path, name));
    checked[name] = property.secret === true ? new Secret(result) : result;
  }
  for (const [name, property] of Object.entries(schema)) {
    if (property === undefined || checked[name] !== undefined || name in checked) continue;
    const given = bag[name];
    if (given !== undefined && given !== null) continue;
    if (property.default !== undefined) {
      const value = structuredClone(property.default) as Value;
      checked[name] = property.secret === true ? new Secret(value) : value;
    } else if (property.required === true) {
      fail(walk, join(path, name), `is required by ${walk.owner} and missing; expected ${describe(property.type)}`);
    }
  }
  return checked;
}

function checkValue(walk: Walk, property: Property | undefined, type: PropertyType, value: Value, path: string): Value {
  if (value instanceof Secret) return new Secret(checkValue({ ...walk, secret: true }, property, type, value.value, path));
  if (value instanceof Unknown) return value;
  if (typeof type === "string") {
    if (typeof value !== type) wrongType(walk, type, value, path);
    else if (property?.oneOf !== undefined && !property.oneOf.includes(value as string | number)) {
      fail(walk, path, `must be one of ${list(property.oneOf.map((one) => JSON.stringify(one)))}; given: ${walk.secret ? "a secret value" : JSON.stringify(value)}`);
    }
    return value;
  }
  if ("array" in type) {
    if (!Array.isArray(value)) return wrongType(walk, type, value, path);
    // The values of an array of strings may be limited too: `oneOf` then applies to each element.
    return value.map((element, index) => checkValue(walk, property, type.array, element ?? null, join(path, index)));
  }
  if (!isBag(value)) return wrongType(walk, type, value, path);
  if ("object" in type) return checkBag(walk, type.object, value, path);
  return Object.fromEntries(Object.entries(value).map(([key, element]) => [key, checkValue(walk, undefined, type.map, element, join(path, key))]));
}

function wrongType(walk: Walk, type: PropertyType, value: Value, path: string): Value {
  fail(walk, path, `must be ${describe(type)}; given: ${describeValue(value)}`);
  return value;
}

function fail(walk: Walk, property: string, reason: string): void {
  walk.failures.push({ property, reason });
}

function describe(type: PropertyType): string {
  if (typeof type === "string") return `a ${type}`;
  if ("array" in type) return "an array";
  return "map" in type ? "a map" : "an object";
}

function describeValue(value: Value): string {
  if (value === null) return "null";
  if (value instanceof Asset) return "an asset or archive, which stand-in plugins do not take";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : [...names].sort().join(", ");
}

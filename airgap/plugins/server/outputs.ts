import { type Schema, propertyOf } from "./check.ts";
import { same } from "./diff.ts";
import type { Property, PropertyType, ResourceType } from "./resource-type.ts";
import { type Bag, type PlainBag, Secret, type Value, dropUndefined, hasSecret, isBag, plain } from "./values.ts";

/**
 * The outputs to store for a resource: its inputs under what the service answered, with every secret marked: where the input of the
 * same name is secret, where the schema says so, and the type's `secretOutputs`.
 */
export function outputs(type: ResourceType, inputs: Bag, state: PlainBag): Bag {
  const bag: Bag = { ...inputs };
  for (const [name, value] of Object.entries(state)) bag[name] = markLike(value, inputs[name]);
  for (const [name, property] of Object.entries(type.inputs as Schema)) {
    if (property !== undefined) bag[name] = markBySchema(property, property.type, bag[name]);
  }
  for (const name of type.secretOutputs ?? []) {
    if (bag[name] !== undefined) bag[name] = new Secret(bag[name]);
  }
  return dropUndefined(bag);
}

/** Marks a value secret where a similar value is. A list that holds any secret becomes secret as a whole: order may differ. */
export function markLike(value: Value, like: Value): Value {
  if (value === undefined || value === null || !hasSecret(like)) return value;
  if (!isBag(like) || !isBag(value)) return new Secret(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, markLike(inner, like[key])]));
}

/** Marks what the schema calls secret, at any depth. */
export function markBySchema(property: Property | undefined, type: PropertyType, value: Value): Value {
  if (value === undefined || value === null || value instanceof Secret) return value;
  if (property?.secret === true) return new Secret(value);
  if (typeof type === "string") return value;
  if ("array" in type) return Array.isArray(value) ? value.map((element) => markBySchema(undefined, type.array, element)) : value;
  if (!isBag(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if ("map" in type) return [key, markBySchema(undefined, type.map, inner)];
      const nested = propertyOf(type.object, key);
      return [key, nested === undefined ? inner : markBySchema(nested, nested.type, inner)];
    }),
  );
}

/**
 * The inputs to store after a read: what the service has now over what the state said. Only what the program (or a default) gave is
 * compared, so values that the service chose itself are no drift; write-only properties and equal values stay as they were.
 *
 * @param importing There is no state yet: everything that was read is taken, and defaults fill what cannot be read.
 */
export function mergeRead(schema: Schema, oldInputs: Bag, read: PlainBag, importing = Object.keys(oldInputs).length === 0): Bag {
  const merged: Bag = { ...oldInputs };
  for (const [name, property] of Object.entries(schema)) {
    if (property === undefined) continue;
    if (importing) {
      const value = (read[name] ?? structuredClone(property.default)) as Value;
      merged[name] = markBySchema(property, property.type, value);
    } else if (Object.hasOwn(read, name) && oldInputs[name] !== undefined && property.writeOnly !== true) {
      const old = plain(oldInputs[name]);
      const now = project(property, property.type, old, read[name]);
      if (!same(property, old, now)) merged[name] = markBySchema(property, property.type, markLike(now, oldInputs[name]));
    }
  }
  return dropUndefined(merged);
}

/** State values that mean the same as before keep their old form, so that a refresh shows no change of order. */
export function keepEqual(schema: Schema, oldState: Bag, state: Bag): Bag {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      const old = oldState[name];
      return [name, old !== undefined && hasSecret(old) === hasSecret(value) && same(propertyOf(schema, name), plain(old), plain(value)) ? old : value];
    }),
  );
}

/** The part of a read value that the old value also speaks about. */
function project(property: Property | undefined, type: PropertyType | undefined, old: any, now: any): any {
  if (typeof type !== "object" || now === undefined || now === null) return now;
  if ("array" in type) {
    if (!Array.isArray(old) || !Array.isArray(now)) return now;
    if (property?.unordered !== true) return now.map((value, index) => (index < old.length ? project(undefined, type.array, old[index], value) : value));
    return projectUnordered(type.array, old, now);
  }
  if (!("object" in type) || !isBag(old) || !isBag(now)) return now;
  const kept: Record<string, any> = {};
  for (const key of Object.keys(old)) {
    const nested = propertyOf(type.object, key);
    kept[key] = nested?.writeOnly === true ? old[key] : project(nested, nested?.type, old[key], now[key]);
  }
  return kept;
}

function projectUnordered(element: PropertyType, old: any[], now: any[]): any[] {
  const open = [...old];
  return now.map((value) => {
    const at = open.findIndex((candidate) => same({ type: element }, candidate, project(undefined, element, candidate, value)));
    return at === -1 ? value : open.splice(at, 1)[0];
  });
}

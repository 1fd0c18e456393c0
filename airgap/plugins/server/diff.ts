import { type Schema, propertyOf } from "./check.ts";
import { join } from "./property-path.ts";
import type { Property, PropertyType } from "./resource-type.ts";
import { type PlainBag, Unknown, isBag } from "./values.ts";

/** One changed place in a property bag. */
export interface Change {
  /** Full path, e.g. `ports[0].internal`. */
  readonly path: string;
  /** Top-level property that holds it. */
  readonly property: string;
  readonly kind: "ADD" | "DELETE" | "UPDATE";
  readonly replace: boolean;
}

/**
 * What differs between two bags of inputs, by the schema: unordered lists ignore order, an unknown new value counts as changed, and a
 * change replaces if its property or one around it says so.
 *
 * @param always Every change replaces: the type has no update.
 */
export function diff(schema: Schema, oldInputs: PlainBag, newInputs: PlainBag, always = false): Change[] {
  const changes: Change[] = [];
  for (const name of names(oldInputs, newInputs)) {
    const property = propertyOf(schema, name);
    // In a state of the official plugin: its bookkeeping, and defaults of properties that are not supported here. Check refuses new ones.
    if (property === undefined) continue;
    if (property.computed === true && isAbsent(newInputs[name])) continue;
    if (property.createOnly === true) continue;
    const emit = (kind: Change["kind"], path: string, replace: boolean): void => {
      changes.push({ path, property: name, kind, replace });
    };
    compare(emit, property, property.type, oldInputs[name], newInputs[name], join("", name), always || property.replaces === true);
  }
  return changes;
}

/** Whether two values of one property mean the same. */
export function same(property: Property | undefined, one: unknown, other: unknown): boolean {
  return canonical(property, property?.type, one) === canonical(property, property?.type, other);
}

type Emit = (kind: Change["kind"], path: string, replace: boolean) => void;

function compare(emit: Emit, property: Property | undefined, type: PropertyType | undefined, old: unknown, now: unknown, path: string, replace: boolean): void {
  if (isAbsent(old) || isAbsent(now)) {
    if (isAbsent(old) && isAbsent(now)) return;
    emit(isAbsent(old) ? "ADD" : "DELETE", path, replace || anyReplaces(type));
  } else if (now instanceof Unknown || old instanceof Unknown) {
    emit("UPDATE", path, replace || anyReplaces(type));
  } else if (Array.isArray(old) && Array.isArray(now)) {
    const element = typeof type === "object" && "array" in type ? type.array : undefined;
    if (property?.unordered === true) compareUnordered(emit, element, old, now, path, replace);
    else for (let i = 0; i < Math.max(old.length, now.length); i++) compare(emit, undefined, element, old[i], now[i], join(path, i), replace);
  } else if (isBag(old) && isBag(now)) {
    for (const key of names(old, now)) {
      const inner = nested(type, key);
      compare(emit, inner.property, inner.type, old[key], now[key], join(path, key), replace || inner.property?.replaces === true);
    }
  } else if (old !== now) {
    emit("UPDATE", path, replace);
  }
}

function compareUnordered(emit: Emit, element: PropertyType | undefined, old: unknown[], now: unknown[], path: string, replace: boolean): void {
  const left: (string | undefined)[] = old.map((value) => canonical(undefined, element, value));
  const replaces = replace || anyReplaces(element);
  const added: number[] = [];
  now.forEach((value, index) => {
    const match = value instanceof Unknown ? -1 : left.indexOf(canonical(undefined, element, value));
    if (match === -1) added.push(index);
    else left[match] = undefined;
  });
  const isGone = (index: number): boolean => left[index] !== undefined;
  // One path has one kind: where one element went and another came, it was changed.
  for (const index of added) emit(isGone(index) ? "UPDATE" : "ADD", join(path, index), replaces);
  left.forEach((_, index) => {
    if (isGone(index) && !added.includes(index)) emit("DELETE", join(path, index), replaces);
  });
}

/** One text per meaning: keys sorted, absent properties left out, unordered lists sorted. */
function canonical(property: Property | undefined, type: PropertyType | undefined, value: unknown): string {
  if (isAbsent(value)) return "null";
  if (value instanceof Unknown) return "unknown";
  if (Array.isArray(value)) {
    const element = typeof type === "object" && "array" in type ? type.array : undefined;
    const parts = value.map((one) => canonical(undefined, element, one));
    return `[${(property?.unordered === true ? parts.sort() : parts).join(",")}]`;
  }
  if (isBag(value)) {
    const parts = Object.keys(value).filter((key) => !isAbsent(value[key])).sort().map((key) => {
      const inner = nested(type, key);
      return `${JSON.stringify(key)}:${canonical(inner.property, inner.type, value[key])}`;
    });
    return `{${parts.join(",")}}`;
  }
  return JSON.stringify(value);
}

function nested(type: PropertyType | undefined, key: string): { property: Property | undefined; type: PropertyType | undefined } {
  if (typeof type !== "object" || "array" in type) return { property: undefined, type: undefined };
  if ("map" in type) return { property: undefined, type: type.map };
  const property = propertyOf(type.object, key);
  return { property, type: property?.type };
}

/** A whole value that comes or goes replaces if anything inside it would. */
function anyReplaces(type: PropertyType | undefined): boolean {
  if (typeof type !== "object") return false;
  if ("array" in type) return anyReplaces(type.array);
  if ("map" in type) return anyReplaces(type.map);
  return Object.values(type.object).some((property) => property.replaces === true || anyReplaces(property.type));
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function names(one: object, other: object): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
}

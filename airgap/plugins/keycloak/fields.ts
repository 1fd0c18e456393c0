import { formatDuration, parseDuration } from "./durations.ts";
import type { Property } from "../server/resource-type.ts";

/** A Keycloak representation as the admin API sends it; its keys are checked by the server, not here. */
export type Representation = Record<string, any>;

/** A property together with its place in Keycloak's representation. */
export interface Field extends Property {
  write(representation: Representation, value: any): void;
  /** The value there; `known` is what the state says, for maps of which only the program's own keys count. */
  read(representation: Representation, known?: any): unknown;
  /** Written when the program no longer sets the property. Absent: Keycloak's value stays, as with the official provider. */
  readonly empty?: unknown;
  /** Maps only: takes keys away that the program no longer sets. */
  drop?(representation: Representation, keys: readonly string[]): void;
  /** A Go duration: its form is checked before anything is sent. */
  readonly duration?: true;
  /** Where it lies, e.g. `attributes.login_theme`: a free-form map beside it must not set the same key. */
  readonly place?: string;
}

/** Fields of one resource type by the official property name. */
export type Fields = Readonly<Record<string, Field>>;

type Extra = Partial<Property>;

/** Optional and computed in the official schema: Keycloak chooses a value when the program gives none, and keeps it when it gives none any more. */
export const chosen = { computed: true } as const satisfies Extra;

function field(type: Property["type"], path: readonly string[], to: (value: any) => unknown, from: (raw: any) => unknown, empty: unknown, extra: Extra): Field {
  return {
    type,
    ...extra,
    ...(empty === undefined ? {} : { empty }),
    place: path.join("."),
    write: (representation, value) => setAt(representation, path, to(value)),
    read(representation) {
      const raw = getAt(representation, path);
      return raw === undefined || raw === null ? undefined : from(raw);
    },
  };
}

const same = (value: unknown): unknown => value;

/** Text. */
export const text = (path: readonly string[], extra: Extra = {}): Field => field("string", path, same, String, "", extra);

/** Text that Keycloak keeps in lower case (user names, mail addresses). */
export const lowerText = (path: readonly string[], extra: Extra = {}): Field => field("string", path, (value: string) => value.toLowerCase(), String, "", extra);

/** A boolean. */
export const flag = (path: readonly string[], extra: Extra = {}): Field => field("boolean", path, same, Boolean, undefined, extra);

/** A boolean that Keycloak keeps as the text `true` or `false`. */
export const flagText = (path: readonly string[], extra: Extra = {}): Field => field("boolean", path, String, (raw) => String(raw) === "true", undefined, extra);

/** A number. */
export const count = (path: readonly string[], extra: Extra = {}): Field => field("number", path, same, Number, undefined, extra);

/** A number that Keycloak keeps as text. */
export const countText = (path: readonly string[], extra: Extra = {}): Field =>
  field("number", path, String, (raw) => (raw === "" ? undefined : Number(raw)), undefined, extra);

/** A Go duration; Keycloak keeps seconds. */
export const duration = (path: readonly string[], extra: Extra = {}): Field => ({ ...field("string", path, parseDuration, formatDuration, undefined, extra), duration: true });

/** A set of texts. */
export const texts = (path: readonly string[], extra: Extra = {}): Field =>
  field({ array: "string" }, path, same, (raw: string[]) => [...raw].sort(), [], { unordered: true, ...extra });

/** A set of texts that Keycloak keeps in one text, separated by `##`. */
export const hashedTexts = (path: readonly string[], extra: Extra = {}): Field =>
  field({ array: "string" }, path, (value: string[]) => value.join("##"), (raw: string) => (raw === "" ? [] : raw.split("##").sort()), [], { unordered: true, ...extra });

/**
 * A free-form map. Keycloak adds keys of its own, so only those that the program set are compared.
 * `dropped` is what removes a key: `""` where Keycloak keeps keys that are left out, undefined (the default) where leaving out is enough.
 */
export function entries(path: readonly string[], extra: Extra = {}, dropped?: string): Field {
  return {
    type: { map: "string" },
    ...extra,
    write(representation, value) {
      setAt(representation, path, { ...(getAt(representation, path) as object | undefined), ...value });
    },
    read(representation, known) {
      const all = (getAt(representation, path) ?? {}) as Record<string, unknown>;
      const keys = Object.keys((known as object | undefined) ?? {}).filter((key) => all[key] !== undefined && all[key] !== null);
      return Object.fromEntries(keys.map((key) => [key, String(all[key])]));
    },
    drop(representation, keys) {
      const map = { ...(getAt(representation, path) as Record<string, unknown> | undefined) };
      for (const key of keys) {
        if (dropped === undefined) delete map[key];
        else map[key] = dropped;
      }
      setAt(representation, path, map);
    },
  };
}

/** A property that says where the object is (realm, client, parent flow): part of the request's path, not of the representation. */
export const outside = (extra: Extra = { required: true, replaces: true }): Field => ({
  type: "string",
  ...extra,
  write() {},
  read: (_representation, known) => known,
});

/** The value at a path of keys; undefined where the path ends early. */
export function getAt(representation: Representation, path: readonly string[]): unknown {
  return path.reduce<any>((at, key) => at?.[key], representation);
}

/** Sets the value at a path of keys, making the objects on the way. */
export function setAt(representation: Representation, path: readonly string[], value: unknown): void {
  const parents = path.slice(0, -1);
  let at = representation;
  for (const key of parents) at = at[key] ??= {};
  at[path.at(-1)!] = value;
}

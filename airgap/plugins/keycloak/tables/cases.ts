import type { Value } from "../../server/values.ts";
import type { KeycloakCase, KeycloakSubject } from "./world.ts";

/** terraform-provider-keycloak, which the official plugin wraps: `provider/resource_keycloak_<of>.go`. */
export const schemaOf = (of: string): string => `resource_keycloak_${of}.go`;

type Changes = Readonly<Record<string, readonly [from: Value, to: Value]>>;

/** One `change` case a property: from one value to another, in place. */
export const updates = (source: string, changes: Changes): KeycloakCase[] =>
  Object.entries(changes).map(([property, [from, to]]) => ({
    does: "change", name: property, source: `${source}: no ForceNew`, given: { [property]: from }, change: { [property]: to }, verdict: { [property]: "UPDATE" },
  }));

/** One `change` case of many properties at once, for what is slow to make. */
export const updatesTogether = (source: string, changes: Changes): KeycloakCase => ({
  does: "change", name: Object.keys(changes).join(", "), source: `${source}: no ForceNew`, given: Object.fromEntries(Object.entries(changes).map(([property, [from]]) => [property, from])),
  change: Object.fromEntries(Object.entries(changes).map(([property, [, to]]) => [property, to])), verdict: Object.fromEntries(Object.keys(changes).map((property) => [property, "UPDATE" as const])),
});

/** One `change` case a property: from one value to another, by a replacement. */
export const replaces = (source: string, changes: Changes): KeycloakCase[] =>
  Object.entries(changes).map(([property, [from, to]]) => ({
    does: "change", name: property, source: `${source}: ForceNew`, given: { [property]: from }, change: { [property]: to }, verdict: { [property]: "UPDATE_REPLACE" },
  }));

/** One `change` case a property: what Keycloak chose before is kept when the program drops its own. */
export const kept = (source: string, values: Readonly<Record<string, Value>>): KeycloakCase[] =>
  Object.entries(values).map(([property, value]) => ({ does: "change", name: `${property}, dropped`, source: `${source}: Optional and Computed`, given: { [property]: value }, change: { [property]: undefined }, verdict: {} }));

/** Names the case's object in its realm. */
export const own = ({ name }: KeycloakSubject): string => name;

/** What Keycloak answers, or undefined where it says that there is none. */
export async function found<T>(asked: Promise<T | undefined | null>): Promise<T | undefined> {
  try {
    return (await asked) ?? undefined;
  } catch (error) {
    if ((error as { response?: { status: number } }).response?.status === 404) return undefined;
    throw error;
  }
}

/** The last lines of nearly every table: unknown properties, and deletes. `remove` is somebody else doing it. */
export const common = (remove: (subject: KeycloakSubject) => Promise<unknown>): KeycloakCase[] => [
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { nothingOfTheKind: true }, failures: { nothingOfTheKind: /not a property/ } },
  { does: "drift", name: "removed by somebody else", source: "provider: handleNotFoundError takes it out of the state", outside: remove, verdict: "gone" },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: remove },
];

/** The cases, each prepared in the same way unless it has a way of its own. */
export const prepared = (prepare: (subject: KeycloakSubject) => Promise<void>, cases: readonly KeycloakCase[]): KeycloakCase[] => cases.map((one) => ({ prepare, ...one }));

import { globSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ProviderDefinition } from "./server/resource-type.ts";
import type { Table } from "./server/table-driver.ts";

// The tables themselves run against real services, in the integration tests of each plugin; those of random and tls in their unit tests.
const ON_SERVICES = ["docker", "keycloak", "postgresql"];
/** Fewer would leave properties out. */
const LEAST_CASES = 150;

const isTable = (value: unknown): value is Table<unknown> => typeof value === "object" && value !== null && "token" in value && "cases" in value;

it("each resource type on a service has one table, and every case names the source of its verdict", async () => {
  const modules = await Promise.all(globSync("*/tables/*.ts", { cwd: import.meta.dirname }).map((file) => import(join(import.meta.dirname, file)) as Promise<Record<string, unknown>>));
  const tables = modules.flatMap((exported) => Object.values(exported).flat()).filter(isTable);
  const providers = await Promise.all(ON_SERVICES.map(async (name) => ((await import(`./${name}/provider.ts`)) as { provider: ProviderDefinition }).provider));
  expect(tables.map(({ token }) => token).sort()).toEqual(providers.flatMap(({ types }) => types.map(({ token }) => token)).sort());
  const cases = tables.flatMap(({ token, cases }) => cases.map((one) => ({ token, ...one })));
  expect(cases.length).toBeGreaterThanOrEqual(LEAST_CASES);
  expect(cases.filter(({ source }) => source.trim() === "")).toEqual([]);
  const without = (wanted: string): string[] => tables.filter(({ cases }) => !cases.some(({ does }) => does === wanted)).map(({ token }) => token);
  for (const kind of ["create", "change", "drift", "import", "delete", "invalid"]) expect(without(kind), `tables without a case of ${kind}`).toEqual([]);
});

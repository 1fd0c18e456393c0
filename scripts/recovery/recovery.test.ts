import type Docker from "dockerode";
import { expect, test } from "vitest";
import type { Owned } from "../inventory.ts";
import type { Display } from "../progress.ts";
import { startStopped, waves } from "./containers.ts";
import { removerFor } from "./half-made-keycloak.ts";
import { dropStatement } from "./half-made-postgres.ts";
import { pendingCreates, pendingOthers } from "./pending.ts";
import { reveal } from "./reveal.ts";

const container = (service: string): Owned => ({ kind: "container", id: service, name: service, root: "/c", stack: "dev", instance: "USA", service });

test("containers start in the order in which they need each other, equals side by side", () => {
  const order = waves([container("backend"), container("other"), container("keycloak"), container("postgres"), container("keycloak")]);
  expect(order.map((wave) => wave.map(({ service }) => service))).toEqual([["postgres"], ["keycloak", "keycloak"], ["backend"], ["other"]]);
});

test("stopped services are started; files writers and what never ran are left to the engine", async () => {
  const started: string[] = [];
  const docker = { getContainer: (id: string) => ({ start: async () => void started.push(id) }) } as unknown as Docker;
  const progress = { step: async (_title: string, work: (update: () => void) => Promise<void>) => work(() => undefined) } as unknown as Display;
  const inState = (service: string, state: string): Owned => ({ ...container(service), name: service, state });
  const containers = [inState("redis", "exited"), inState("opa", "running"), inState("backend", "created"), inState("backend-files", "exited")];
  expect([await startStopped(docker, containers, progress), started]).toEqual([true, ["redis"]]);
});

test("pending operations: creations apart from the rest", () => {
  const operation = (type: "creating" | "updating") => ({ type, resource: { urn: type, type: "t" } });
  const state = { pending_operations: [operation("creating"), operation("updating")] };
  expect(pendingCreates(state)).toEqual([operation("creating")]);
  expect(pendingOthers(state)).toEqual([operation("updating")]);
  expect(pendingCreates(undefined)).toEqual([]);
});

test("an object is dropped by its quoted name; what repeats without harm is left", () => {
  expect(dropStatement("postgresql:index/role:Role", { name: 'a"b' })).toBe('DROP ROLE IF EXISTS "a""b"');
  expect(dropStatement("postgresql:index/schema:Schema", { name: "s" })).toBe('DROP SCHEMA IF EXISTS "s"');
  expect(dropStatement("postgresql:index/grant:Grant", { role: "r" })).toBeUndefined();
});

test.each([
  ["keycloak:index/realm:Realm", true],
  ["keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper", true],
  ["keycloak:index/attributeImporterIdentityProviderMapper:AttributeImporterIdentityProviderMapper", true],
  ["keycloak:index/realmUserProfile:RealmUserProfile", false],
])("%s names an object of its own: %s", (type, expected) => expect(removerFor(type) !== undefined).toBe(expected));

test("secrets of an export are revealed at any depth", () => {
  const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: '{"password":"p"}' };
  expect(reveal({ a: [secret], b: 1 })).toEqual({ a: [{ password: "p" }], b: 1 });
});

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CallContext, ResourceType } from "../server/resource-type.ts";
import type { Config } from "./config.ts";
import { provider } from "./provider.ts";
import { Session } from "./session.ts";
import { KeycloakWorld, pluginConfig } from "./tables/world.ts";

/** A call that nobody cancels. */
const context: CallContext = { urn: "urn:pulumi:test::test::x::x", signal: new AbortController().signal, timeoutSeconds: 0 };
const newSession = (change: Partial<Config> = {}): Session => new Session({ ...(pluginConfig() as Config), realm: "master", ...change });
const typeOf = (token: string): ResourceType<Session> => provider.types.find((each) => each.token === `keycloak:${token}`)!;

let world: KeycloakWorld;
beforeAll(async () => void (world = await KeycloakWorld.open()));
afterAll(() => world[Symbol.asyncDispose]());

it("refuses a wrong secret without repeating it", async () => {
  const error = await typeOf("index/realm:Realm").read(newSession({ clientSecret: "wrong-secret" }), world.realm, { realm: world.realm }, context).catch((thrown: unknown) => thrown);
  expect(String(error)).toMatch(new RegExp(`sign in as client ${pluginConfig()["clientId"] as string} of realm master.*401`));
  expect(String(error)).not.toContain("wrong-secret");
});

it("logs in once for many calls, and again after the token is lost", async () => {
  const session = newSession();
  const type = typeOf("index/realm:Realm");
  const fetched: string[] = [];
  const seen = (message: unknown): void => void fetched.push((message as { request: { path: string } }).request.path);
  subscribe("undici:request:create", seen);
  try {
    const logins = () => fetched.filter((each) => each.endsWith("/token")).length;
    await Promise.all(Array.from({ length: 5 }, () => type.read(session, world.realm, { realm: world.realm }, context)));
    expect(logins()).toBe(1);
    session.forgetLogin();
    await type.read(session, world.realm, { realm: world.realm }, context);
    expect(logins()).toBe(2);
  } finally {
    unsubscribe("undici:request:create", seen);
  }
});

it("keeps the order of executions that are made side by side, and gives all of them", async () => {
  const session = newSession();
  const type = typeOf("authentication/execution:Execution");
  const place = { realmId: world.realm, parentFlowAlias: world.flow, authenticator: "deny-access-authenticator", requirement: "REQUIRED" };
  const made = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const inputs = { ...place, priority: 80 - index * 10 };
      return { inputs, ...(await type.create(session, inputs, context)) };
    }),
  );
  for (const { id, state, inputs } of made) expect(await type.read(session, id, state, context)).toMatchObject({ inputs });
});

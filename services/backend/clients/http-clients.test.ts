import { MockAgent } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeycloakProbe } from "./keycloak-probe.ts";
import { createOpaClient } from "./opa-client.ts";

const OPA = "https://opa:8181";
const KEYCLOAK = "https://keycloak:8443";
const MANAGEMENT = "http://keycloak:9000";
const signal = new AbortController().signal;
let agent: MockAgent;

beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(() => agent.close());

describe("the OPA client", () => {
  const answer = (status: number, body: unknown) => agent.get(OPA).intercept({ path: "/v1/data/dive/authz", method: "POST", body: '{"input":{"a":1}}' }).reply(status, body as object);
  const decide = () => createOpaClient(OPA, agent).decide({ a: 1 });

  it("returns the decision", async () => {
    const decision = { allow: false, reason: "no rule permits this", obligations: [], evaluation_details: { checks: {} } };
    answer(200, { result: { allow: false, decision } });
    expect(await decide()).toEqual(decision);
  });

  it.each([
    ["without the policy", 200, {}],
    ["without a decision", 200, { result: {} }],
    ["whose allow is no boolean", 200, { result: { decision: { allow: "true", reason: "x" } } }],
    ["that refuses the caller", 401, { code: "unauthorized" }],
    ["that fails", 500, { code: "internal_error" }],
  ])("fails on an answer %s", async (_what, status, body) => {
    answer(status, body);
    await expect(decide()).rejects.toThrow(/OPA/);
  });
});

describe("the Keycloak probe", () => {
  const answer = (origin: string, path: string, status: number) => agent.get(origin).intercept({ path }).reply(status, "");
  const fail = (origin: string, path: string) => agent.get(origin).intercept({ path }).replyWithError(new Error("connect ECONNREFUSED"));
  const probe = () => createKeycloakProbe({ url: KEYCLOAK, managementUrl: MANAGEMENT, dispatcher: agent })(signal);

  it("is content with the first address", async () => {
    answer(MANAGEMENT, "/health/ready", 200);
    await expect(probe()).resolves.toBeUndefined();
  });

  it("goes on to the realm when health is not enabled or not reachable", async () => {
    answer(MANAGEMENT, "/health/ready", 404);
    fail(MANAGEMENT, "/health");
    answer(KEYCLOAK, "/realms/master", 200);
    await expect(probe()).resolves.toBeUndefined();
  });

  it("believes a 503 of the health address", async () => {
    answer(MANAGEMENT, "/health/ready", 503);
    await expect(probe()).rejects.toThrow("http://keycloak:9000/health/ready: 503");
  });

  it("says what each address answered when none is well", async () => {
    fail(MANAGEMENT, "/health/ready");
    answer(MANAGEMENT, "/health", 404);
    answer(KEYCLOAK, "/realms/master", 500);
    await expect(probe()).rejects.toThrow(
      "http://keycloak:9000/health/ready: connect ECONNREFUSED; http://keycloak:9000/health: 404; https://keycloak:8443/realms/master: 500",
    );
  });
});

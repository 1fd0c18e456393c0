import { MockAgent } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKeycloakProbe } from "./keycloak-probe.ts";

const KEYCLOAK = "https://keycloak:8443";
const MANAGEMENT = "http://keycloak:9000";
const signal = new AbortController().signal;
let agent: MockAgent;

beforeEach(() => {
  agent = new MockAgent();
  agent.disableNetConnect();
});
afterEach(() => agent.close());

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

  it("waits for an address that is late, and asks the next meanwhile", async () => {
    const probe = createKeycloakProbe({ url: KEYCLOAK, managementUrl: MANAGEMENT, dispatcher: agent, patienceMs: 200 });
    agent.get(MANAGEMENT).intercept({ path: "/health/ready" }).reply(200, "").delay(250);
    fail(MANAGEMENT, "/health");
    agent.get(KEYCLOAK).intercept({ path: "/realms/master" }).reply(200, "").delay(5_000);
    await expect(probe(signal)).resolves.toBeUndefined();
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

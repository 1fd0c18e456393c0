import { describe, expect, it } from "vitest";
import { createTestApp, testRegistry } from "../testing/test-app.ts";

const FRA = {
  issuer: "https://localhost:8453/realms/dive-v3-broker-fra", realm: "dive-v3-broker-fra", clientId: "dive-v3-broker-fra", keycloakUrl: "https://localhost:8453",
  backendUrl: "https://localhost:4010", brokerAlias: "fra-idp", state: "ACTIVE",
};
const ADMIN = { realm_access: { roles: ["federation-admin"] } };
const at = (ms: number) => new Date(Date.now() + ms);

describe("the registry's routes", () => {
  it("put a spoke there, renew it, list it and take it away, for who has the role", async () => {
    const { app, realm, registry } = await createTestApp();
    const headers = { authorization: `Bearer ${await realm.token(ADMIN)}` };
    const put = (code: string, payload: object = FRA) => app.inject({ method: "PUT", url: `/api/federation/spokes/${code}`, headers, payload });
    expect((await put("fra")).statusCode).toBe(204);
    expect((await put("FRA", { ...FRA, state: "STOPPED" })).statusCode).toBe(204);
    expect(await registry.list()).toMatchObject([{ _id: "FRA", ...FRA, state: "STOPPED" }]);
    expect((await app.inject("/api/federation/status")).json().spokes).toMatchObject([{ code: "FRA", state: "STOPPED" }]);
    const remove = () => app.inject({ method: "DELETE", url: "/api/federation/spokes/FRA", headers });
    expect((await remove()).statusCode).toBe(204);
    expect((await remove()).json()).toMatchObject({ code: "DIVE_ERR_SPOKE_UNKNOWN", message: "There is no spoke FRA in the registry." });
  });

  it("are closed to every other token", async () => {
    const { app, realm, registry } = await createTestApp();
    for (const claims of [{}, { realm_access: { roles: ["admin"] } }, { realm_access: { roles: "federation-admin" } }, { roles: ["federation-admin"] }]) {
      const headers = { authorization: `Bearer ${await realm.token(claims)}` };
      const response = await app.inject({ method: "PUT", url: "/api/federation/spokes/FRA", headers, payload: FRA });
      expect([response.statusCode, response.json().code]).toEqual([403, "DIVE_ERR_ROLE_MISSING"]);
    }
    expect(await registry.list()).toEqual([]);
  });

  it.each<[string, string, object]>([
    ["a code that is none", "F1A", FRA],
    ["the hub itself", "usa", FRA],
    ["a field too many", "FRA", { ...FRA, role: "hub" }],
    ["a field too few", "FRA", { ...FRA, issuer: undefined }],
    ["an address without TLS", "FRA", { ...FRA, backendUrl: "http://localhost:4010" }],
    ["an address with a query", "FRA", { ...FRA, keycloakUrl: "https://localhost:8453/?a" }],
    ["a state that is none", "FRA", { ...FRA, state: "UP" }],
    ["a number for a text", "FRA", { ...FRA, realm: 7 }],
    ["an operator for a text", "FRA", { ...FRA, realm: { $ne: "x" } }],
  ])("refuse %s", async (_what, code, payload) => {
    const { app, realm, registry } = await createTestApp();
    const response = await app.inject({ method: "PUT", url: `/api/federation/spokes/${code}`, headers: { authorization: `Bearer ${await realm.token(ADMIN)}` }, payload });
    expect(response.statusCode).toBe(400);
    expect(await registry.list()).toEqual([]);
  });

  it("answer 503 when the registry is down, without its error", async () => {
    const down = () => Promise.reject(new Error("password=hunter2"));
    const { app, realm } = await createTestApp({ registry: { put: down, remove: down, list: down, activate: down } });
    const response = await app.inject({ method: "PUT", url: "/api/federation/spokes/FRA", headers: { authorization: `Bearer ${await realm.token(ADMIN)}` }, payload: FRA });
    expect([response.statusCode, response.json().code]).toEqual([503, "DIVE_ERR_REGISTRY_UNAVAILABLE"]);
    expect(response.body).not.toContain("hunter2");
  });
});

describe("GET /api/federation/status", () => {
  it("tells each direction with its checks, breaker and age, and no text of an error", async () => {
    const { app, view } = await createTestApp();
    const links = [{ source: "FRA", target: "USA", partner: "FRA", state: "ACTIVE" }, { source: "USA", target: "FRA", partner: "FRA", state: "ACTIVE" }] as const;
    view.load(links, [
      { source: "FRA", target: "USA", kind: "link", checkedAt: at(-1_000), latencyMs: 40, brokerConfigured: true, reportedBy: "USA" },
      { source: "USA", target: "FRA", kind: "verification", failure: "denied", error: "host internal-1", checkedAt: at(-1_000), lastSuccessAt: at(-300_000), reportedBy: "USA" },
    ]);
    view.putCircuit({ partner: "FRA", state: "CLOSED", failures: 1 });
    const response = await app.inject("/api/federation/status");
    expect(response.json().links).toMatchObject([
      { source: "FRA", target: "USA", up: true, failure: null, brokerConfigured: true, latencyMs: 40, reportedBy: "USA", verification: null, circuit: { state: "CLOSED", failures: 1 } },
      { source: "USA", target: "FRA", up: false, failure: "unreported", verification: { success: false, failure: "denied", latencyMs: null } },
    ]);
    expect(response.body).not.toContain("internal-1");
  });

  it("takes a link that was checked too long ago, or is not active, for down", async () => {
    const { app, view } = await createTestApp();
    const health = { source: "FRA", target: "USA", kind: "link", latencyMs: 40, reportedBy: "USA" } as const;
    view.load([{ source: "FRA", target: "USA", partner: "FRA", state: "ACTIVE" }], [{ ...health, checkedAt: at(-90_500) }]);
    expect((await app.inject("/api/federation/status")).json().links).toMatchObject([{ up: false, failure: "stale" }]);
    view.load([{ source: "FRA", target: "USA", partner: "FRA", state: "PENDING" }], [{ ...health, checkedAt: at(0) }]);
    expect((await app.inject("/api/federation/status")).json().links).toMatchObject([{ up: false, failure: null, state: "PENDING" }]);
  });

  it("answers without the registry when that is down or slow", async () => {
    for (const list of [() => Promise.reject(new Error("down")), () => new Promise<never>(() => undefined)]) {
      const { app } = await createTestApp({ registry: { ...testRegistry(), list } });
      const response = await app.inject("/api/federation/status");
      expect([response.statusCode, response.json().spokes]).toEqual([200, null]);
    }
  });
});

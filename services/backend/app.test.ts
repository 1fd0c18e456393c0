import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { TEST_ISSUER } from "../common/testing/realm.ts";
import { createTestApp } from "./testing/test-app.ts";

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("GET /api/whoami", () => {
  it("says who the token says they are", async () => {
    const { app, realm } = await createTestApp();
    const response = await app.inject({ url: "/api/whoami", headers: bearer(await realm.token({ exp: 4_102_444_800 })) });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({
      uniqueID: "fra:testuser-fra-1", clearance: "UNCLASSIFIED", countryOfAffiliation: "FRA", acpCOI: ["NATO-COSMIC"], acr: "1",
      issuer: TEST_ISSUER, subject: "2b8f1c1e", expiresAt: "2100-01-01T00:00:00.000Z",
    });
  });

  it("takes a claim of the wrong type for absent", async () => {
    const { app, realm } = await createTestApp();
    const token = await realm.token({ clearance: ["SECRET"], uniqueID: "", countryOfAffiliation: undefined, acpCOI: ["FVEY", 7], acr: 2 });
    expect((await app.inject({ url: "/api/whoami", headers: bearer(token) })).json()).toMatchObject({
      uniqueID: null, clearance: null, countryOfAffiliation: null, acpCOI: [], acr: null,
    });
  });

  it("refuses a request without a token with the challenge and a clear body", async () => {
    const { app } = await createTestApp();
    const response = await app.inject({ url: "/api/whoami", headers: { "x-request-id": "request-0001" } });
    expect(response.statusCode).toBe(401);
    expect(response.headers["www-authenticate"]).toBe('Bearer realm="dive"');
    expect(response.headers["x-request-id"]).toBe("request-0001");
    expect(response.json()).toEqual({
      error: "Unauthorized", code: "DIVE_ERR_TOKEN_MISSING", requestId: "request-0001",
      message: "This address needs an access token: send the header Authorization: Bearer <token>.",
    });
  });

  it("refuses bad tokens, each with its code, and counts them", async () => {
    const { app, realm, metrics } = await createTestApp();
    const past = Math.floor(Date.now() / 1_000) - 60;
    const none = `${base64url.encode('{"alg":"none"}')}.${base64url.encode(JSON.stringify(realm.claims()))}.`;
    const good = await realm.token();
    const cases = [
      ["EXPIRED", await realm.token({ exp: past })],
      ["ISSUER", await realm.token({ iss: "https://localhost:8453/realms/dive-v3-broker-fra" })],
      ["AUDIENCE", await realm.token({ aud: "account" })],
      ["UNKNOWN_KEY", await realm.token({}, { kid: "nobody" })],
      ["ALGORITHM", none],
      ["SIGNATURE", good.replace(/[^.]{10}$/, "AAAAAAAAAA")],
      ["MALFORMED", "garbage"],
    ] as const;
    for (const [reason, token] of cases) {
      const response = await app.inject({ url: "/api/whoami", headers: bearer(token) });
      expect([reason, response.statusCode, response.json().code]).toEqual([reason, 401, `DIVE_ERR_TOKEN_${reason}`]);
      expect(response.headers["www-authenticate"]).toMatch(/^Bearer realm="dive", error="invalid_token", error_description="[^"]+"$/);
      expect(response.body).not.toContain(token);
      expect(await metrics.registry.metrics()).toContain(`dive_v3_invalid_tokens_total{reason="${reason.toLowerCase()}"} 1`);
    }
  });
});

describe("the health routes", () => {
  const part = (status: "up" | "degraded" | "down") => ({ status, responseTimeMs: 1, ...(status === "up" ? {} : { error: "why" }) });

  it("answer 200 when healthy", async () => {
    const { app } = await createTestApp();
    expect((await app.inject("/live")).json()).toEqual({ status: "live" });
    expect((await app.inject("/ready")).json()).toEqual({ status: "ready", down: [] });
    expect((await app.inject("/health")).json()).toEqual({ status: "healthy", timestamp: expect.stringMatching(/^\d{4}-.*Z$/), uptime: expect.any(Number) });
    expect((await app.inject("/health/detailed")).json()).toMatchObject({ status: "healthy", services: { mongodb: { status: "up", responseTimeMs: 2 } }, circuitBreakers: {} });
  });

  it("answer 200 when degraded", async () => {
    const { app } = await createTestApp({ health: { status: "degraded", services: { opa: part("up"), redis: part("degraded") } } });
    for (const url of ["/live", "/ready", "/health", "/health/detailed"]) expect([url, (await app.inject(url)).statusCode]).toEqual([url, 200]);
  });

  it("answer 503 when unhealthy, except that the process lives", async () => {
    const { app } = await createTestApp({ health: { status: "unhealthy", services: { opa: part("down") } } });
    expect((await app.inject("/live")).statusCode).toBe(200);
    expect((await app.inject("/ready")).json()).toEqual({ status: "not ready", down: ["opa"] });
    for (const url of ["/ready", "/health", "/health/detailed"]) expect([url, (await app.inject(url)).statusCode]).toEqual([url, 503]);
    expect((await app.inject("/health/detailed")).json().services).toEqual({ opa: { status: "down", responseTimeMs: 1, error: "why" } });
  });

  it("say not ready while closing", async () => {
    const { app } = await createTestApp({ closing: true });
    expect((await app.inject("/ready")).statusCode).toBe(503);
    expect((await app.inject("/live")).statusCode).toBe(200);
  });
});

describe("every answer", () => {
  it("that has no route is a clear 404, also with a token", async () => {
    const { app, realm } = await createTestApp();
    const response = await app.inject({ method: "POST", url: "/nothing?token=x", headers: bearer(await realm.token()) });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({ error: "Not Found", code: "DIVE_ERR_NOT_FOUND", message: "There is no POST /nothing here." });
  });

  it("to broken input is 4xx and never 5xx", async () => {
    const { app } = await createTestApp();
    for (const url of ["/%ZZ", "/api/whoami/..%2f..", "//", "/api/%00"]) {
      const { statusCode } = await app.inject(url);
      expect([url, statusCode >= 400 && statusCode < 500]).toEqual([url, true]);
    }
  });

  it("carries the headers that keep browsers strict, and a new request id for a suspicious one", async () => {
    const { app } = await createTestApp();
    const { headers } = await app.inject({ url: "/live", headers: { "x-request-id": "a b<c>" } });
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "cache-control": "no-store", "content-security-policy": expect.stringContaining("default-src 'none'") });
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is counted under its route's pattern", async () => {
    const { app } = await createTestApp();
    await app.inject("/api/whoami?x=1");
    await app.inject("/made-up");
    const { body, headers } = await app.inject("/metrics");
    expect(headers["content-type"]).toContain("text/plain");
    expect(body).toContain('dive_v3_http_requests_total{service="backend",route="/api/whoami",method="GET",status="401"} 1');
    expect(body).toContain('dive_v3_http_requests_total{service="backend",route="unknown",method="GET",status="404"} 1');
    expect(body).not.toContain("made-up");
  });

  it("of an unexpected failure keeps its message inside", async () => {
    const { app } = await createTestApp({ reportFails: new Error("password=hunter2") });
    const response = await app.inject("/health");
    expect(response.statusCode).toBe(500);
    expect(response.json()).toMatchObject({ error: "Internal Server Error", code: "DIVE_ERR_INTERNAL" });
    expect(response.body).not.toContain("hunter2");
  });

});

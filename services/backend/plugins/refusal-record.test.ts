import { expect, it, vi } from "vitest";
import { createTestApp } from "../testing/test-app.ts";

const REVOKED = { verdict: () => ({ revoked: true, kind: "token" as const, stale: false, ageMs: 0 }) };

it("records what is refused below /api, with who is behind a good signature and never the token, before it is answered", async () => {
  const { app, realm, refusals } = await createTestApp();
  const [token, forged] = [await realm.token(), `${await realm.token({ sub: "somebody" })}x`];
  const ask = (url: string, bearer: string) => app.inject({ url, headers: { authorization: `Bearer ${bearer}`, "x-request-id": "request-of-the-test", "user-agent": "u".repeat(300) } });
  await ask("/api/whoami?a=secret", forged);
  await ask("/api/resources/..%2f..%2fetc%2fpasswd/download", token);
  await ask("/api/nothing/here", token);
  await ask("/api/blacklist/stats", token);
  expect(refusals).toEqual([
    { event: "refusal", decision: "deny", requestId: "request-of-the-test", reason: "token_signature", status: 401, method: "GET", route: "/api/whoami", path: "/api/whoami", ip: "127.0.0.1", userAgent: "u".repeat(256) },
    expect.objectContaining({ reason: "fst_err_validation", status: 400, route: "/api/resources/:id/download", path: "/api/resources/..%2f..%2fetc%2fpasswd/download", sub: "2b8f1c1e", uniqueID: "fra:testuser-fra-1" }),
    expect.objectContaining({ reason: "not_found", status: 404, path: "/api/nothing/here" }),
    expect.objectContaining({ reason: "role_missing", status: 403, uniqueID: "fra:testuser-fra-1" }),
  ]);
  expect(JSON.stringify(refusals)).not.toContain(token.split(".")[2]);
});

it("names who used a revoked token, though nothing is decided by its claims", async () => {
  const { app, realm, refusals } = await createTestApp({ revocations: REVOKED });
  expect((await app.inject({ url: "/api/whoami", headers: { authorization: `Bearer ${await realm.token()}` } })).statusCode).toBe(401);
  expect(refusals).toMatchObject([{ reason: "token_revoked", uniqueID: "fra:testuser-fra-1", issuer: expect.any(String) }]);
});

it("records neither a request without a token nor what is outside /api", async () => {
  const { app, refusals } = await createTestApp();
  for (const url of ["/api/whoami", "/nothing", "/"]) await app.inject({ url });
  expect(refusals).toEqual([]);
});

it("refuses in the same words when the record cannot be written", async () => {
  const recordRefusal = vi.fn(() => Promise.reject(new Error("down")));
  const { app } = await createTestApp({ recordRefusal });
  const { statusCode, body } = await app.inject({ url: "/api/whoami", headers: { authorization: "Bearer a.b.c" } });
  expect([statusCode, JSON.parse(body).code, recordRefusal.mock.calls.length]).toEqual([401, "DIVE_ERR_TOKEN_MALFORMED", 1]);
});

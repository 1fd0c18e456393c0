import fc from "fast-check";
import { expect, it } from "vitest";
import { LEAKS, malformedRequests, operationsOf } from "../common/testing/malformed-requests.ts";
import { createTestApp } from "./testing/test-app.ts";

// 10,000 in ./dive test all; a failure prints seed and path, with which fast-check repeats it.
const RUNS = process.env["DIVE_TEST_ALL"] === undefined ? 500 : 10_000;

it(`answers ${RUNS} malformed requests with 4xx, and tells nothing of the inside`, { timeout: 300_000 }, async () => {
  const { app, realm } = await createTestApp({ requestsPerMinute: 1_000_000 });
  const roles = { realm_access: { roles: ["dive-admin", "federation-admin"] } };
  const bearers = (await Promise.all([realm.token(), realm.token(roles)])).map((token) => `Bearer ${token}`);
  // With a good token a logout is well-formed whatever comes with it, and nobody could call afterwards.
  const operations = operationsOf((await app.inject({ url: "/openapi.json" })).json()).filter(({ path }) => path !== "/api/auth/logout");
  expect(operations.length).toBeGreaterThan(15);
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(malformedRequests(operations, bearers), async ({ method, url, headers, body }) => {
      const { statusCode, body: answer } = await app.inject({ method: method as "GET", url, headers, ...(body === undefined ? {} : { payload: typeof body === "string" ? body : Buffer.from(body) }) });
      statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      expect(statusCode, answer).toBeLessThan(500);
      if (statusCode >= 400) expect(answer).not.toMatch(LEAKS);
    }),
    { numRuns: RUNS },
  );
  // Many must have come to where they are refused for what is wrong with them.
  expect(statuses.get(400) ?? 0).toBeGreaterThan(RUNS / 10);
  expect((await app.inject({ url: "/api/whoami", headers: { authorization: bearers[0]! } })).statusCode).toBe(200);
});

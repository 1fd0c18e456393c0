import { createProof } from "@dive/common/dpop";
import { PUBLIC_KEY_PATH, REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import fc from "fast-check";
import { expect, it } from "vitest";
import { LEAKS, malformedRequests } from "../common/testing/malformed-requests.ts";
import { KAS_URL, createTestKas } from "./testing/test-kas.ts";

// 10,000 in ./dive test all; a failure prints seed and path, with which fast-check repeats it.
const RUNS = process.env["DIVE_TEST_ALL"] === undefined ? 300 : 10_000;
/** The KAS publishes no document; its routes are OpenTDF's. */
const OPERATIONS = [
  { method: "POST", path: REWRAP_PATH, query: [], fields: ["signedRequestToken"] },
  { method: "GET", path: PUBLIC_KEY_PATH, query: ["algorithm", "fmt", "v"], fields: [] },
];

it(`answers ${RUNS} malformed requests with 4xx, releases nothing, and tells nothing of the inside`, { timeout: 300_000 }, async () => {
  const { app, realm, key } = await createTestKas({ requestsPerMinute: 1_000_000 });
  const accessToken = await realm.token();
  const whatever = fc.oneof(fc.jsonValue(), fc.record({ clientPublicKey: fc.string(), requests: fc.array(fc.jsonValue(), { maxLength: 3 }) }), fc.record({ clientPublicKey: fc.constant("x"), requests: fc.array(fc.record({ policy: fc.jsonValue(), keyAccessObjects: fc.array(fc.jsonValue()) })) }));
  await fc.assert(
    fc.asyncProperty(malformedRequests(OPERATIONS, [`DPoP ${accessToken}`]), fc.boolean(), whatever, async ({ method, url, headers, body }, proven, content) => {
      // With a good proof the body is looked at; else it is refused before.
      const dpop = proven && method === "POST" ? await createProof(key, { method, url: `${KAS_URL}${REWRAP_PATH}`, accessToken }) : undefined;
      const signed = dpop === undefined ? undefined : JSON.stringify({ signedRequestToken: await signRequest(key, content as never) });
      const payload = signed ?? (body === undefined ? undefined : typeof body === "string" ? body : Buffer.from(body));
      const { statusCode, body: answer } = await app.inject({
        method: method as "GET", url, headers: { ...headers, ...(dpop && { authorization: `DPoP ${accessToken}`, dpop, "content-type": "application/json" }) }, ...(payload === undefined ? {} : { payload }),
      });
      expect(statusCode, answer).toBeLessThan(500);
      expect(answer).not.toContain("kasWrappedKey");
      if (statusCode >= 400) expect(answer).not.toMatch(LEAKS);
    }),
    { numRuns: RUNS },
  );
});

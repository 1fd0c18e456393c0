import { createProof } from "@dive/common/dpop";
import { REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import fc from "fast-check";
import { expect, it } from "vitest";
import { KAS_OPERATIONS, LEAKS, malformedRequests, rewrapContents } from "../common/testing/malformed-requests.ts";
import { KAS_URL, createTestKas } from "./testing/test-kas.ts";

// 10,000 in ./dive test all; a failure prints seed and path, with which fast-check repeats it.
const RUNS = process.env["DIVE_TEST_ALL"] === undefined ? 300 : 10_000;

it(`answers ${RUNS} malformed requests with 4xx, releases nothing, and tells nothing of the inside`, { timeout: 300_000 }, async () => {
  const { app, realm, key } = await createTestKas({ requestsPerMinute: 1_000_000 });
  const accessToken = await realm.token();
  await fc.assert(
    fc.asyncProperty(malformedRequests(KAS_OPERATIONS, [`DPoP ${accessToken}`]), fc.boolean(), rewrapContents, async ({ method, url, headers, body }, proven, content) => {
      // With a good proof the body is looked at.
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

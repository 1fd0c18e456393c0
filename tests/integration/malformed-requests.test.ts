import { createProof, generateDpopKey } from "@dive/common/dpop";
import { REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import fc from "fast-check";
import { Pool } from "undici";
import { beforeAll, expect, inject, test } from "vitest";
import { KAS_OPERATIONS, LEAKS, malformedRequests, operationsOf, rewrapContents, type MalformedRequest } from "../../services/common/testing/malformed-requests.ts";
import { realmAdmin } from "../support/admin.ts";
import { whoami } from "../support/backend.ts";
import { containerOf } from "../support/containers.ts";
import { pulumi } from "../support/dive.ts";
import { docker } from "../support/docker.ts";
import { atRest, get, servicesOf } from "../support/health.ts";
import { login } from "../support/login.ts";
import { knownSecrets } from "../support/secret-values.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves on the real services, over TLS, that what is no request is refused as such: no 5xx, no crash, and nothing of the inside in an
// answer. The unit tests of both services send many more kinds of callers; a failure prints seed and path, with which fast-check repeats it.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const RUNS = process.env["DIVE_TEST_ALL"] === undefined ? 300 : 10_000;
const LIMIT = { timeout: 1_800_000 };
/** Requests in the life of a token, which is 15 minutes. */
const PART = 2_500;
const parts = Array.from({ length: Math.ceil(RUNS / PART) }, (_, part) => Math.min(PART, RUNS - part * PART));

let secrets: string[];
beforeAll(async () => {
  // Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
  await (await realmAdmin(stack, "USA")).attackDetection.delAll({ realm: usa.realm });
  secrets = knownSecrets(JSON.parse((await pulumi(stack.name, ["stack", "export", "--show-secrets"])).stdout)).map(({ value }) => value);
  expect(secrets.length).toBeGreaterThan(10);
}, LIMIT.timeout);

/** Tokens of several people, as each has a rate limit; the last one is an administrator. */
const tokens = () => Promise.all([1, 2, 3, 4, 5].map(async (level) => {
  const username = `testuser-usa-${level}`;
  const site = level === 5 ? { ...usa, clientId: `${usa.clientId}-administration` } : usa;
  return (await login({ site, username, password: stack.users["USA"]![username]!.password })).accessToken;
}));

/** Sends requests as they are, which `fetch` does not: it tidies paths up. */
async function send(pool: Pool, { method, url, headers, body }: Omit<MalformedRequest, "operation">): Promise<{ readonly status: number; readonly text: string }> {
  const response = await pool.request({ method: method as "GET", path: url, headers, body: body ?? null, headersTimeout: REQUEST_LIMIT_MS, bodyTimeout: REQUEST_LIMIT_MS });
  return { status: response.statusCode, text: await response.body.text() };
}

function expectNothingBroken({ status, text }: { readonly status: number; readonly text: string }): void {
  expect(status, text).toBeLessThan(500);
  if (status >= 400) expect(text).not.toMatch(LEAKS);
  // Not compared in words: a failure must not show it.
  expect(secrets.filter((secret) => text.includes(secret)).length, "secrets in an answer").toBe(0);
}

/** Runs `use` against a service of the hub, and sees that its process was never started anew. */
async function withService(service: "backend" | "kas", use: (pool: Pool) => Promise<void>): Promise<void> {
  const container = docker.getContainer(await containerOf(stack.name, "USA", service));
  const started = async () => {
    const { RestartCount, State } = await container.inspect();
    return { RestartCount, StartedAt: State.StartedAt };
  };
  const before = await started();
  const pool = new Pool(service === "kas" ? usa.kasUrl : usa.backendUrl, { connect: { ca: stack.ca } });
  try {
    await use(pool);
  } finally {
    await pool.close();
  }
  expect(await started()).toEqual(before);
  await atRest(servicesOf(stack).find((one) => one.code === "USA" && one.service === service)!);
}

test(`the backend refuses ${RUNS} malformed requests, made from the document that it serves`, LIMIT, async () => {
  // With a good token a logout is well-formed whatever comes with it, and nobody could call afterwards.
  const operations = operationsOf(await (await get(usa.backendUrl, "/openapi.json")).json()).filter(({ path }) => path !== "/api/auth/logout");
  expect(operations.length).toBeGreaterThan(15);
  const statuses = new Map<number, number>();
  await withService("backend", async (pool) => {
    for (const numRuns of parts) {
      const bearers = (await tokens()).map((token) => `Bearer ${token}`);
      await fc.assert(fc.asyncProperty(malformedRequests(operations, bearers), async (request) => {
        const answer = await send(pool, request);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expectNothingBroken(answer);
      }), { numRuns });
    }
  });
  // Many must have come to where they are refused for what is wrong with them.
  expect(statuses.get(400) ?? 0).toBeGreaterThan(RUNS / 10);
  expect((await whoami(usa, (await tokens())[0])).status).toBe(200);
});

test(`the KAS refuses ${RUNS} malformed requests, and releases nothing`, LIMIT, async () => {
  const key = await generateDpopKey();
  await withService("kas", async (pool) => {
    for (const numRuns of parts) {
      const [callers, url] = [await tokens(), `${usa.kasUrl}${REWRAP_PATH}`];
      const requests = malformedRequests(KAS_OPERATIONS, callers.map((token) => `DPoP ${token}`));
      await fc.assert(fc.asyncProperty(requests, fc.option(fc.constantFrom(...callers)), rewrapContents, async (request, accessToken, content) => {
        // With a good proof the body is looked at.
        const proven = accessToken === null || request.method !== "POST" ? {} : {
          headers: { ...request.headers, authorization: `DPoP ${accessToken}`, "content-type": "application/json", dpop: await createProof(key, { method: "POST", url, accessToken }) },
          body: JSON.stringify({ signedRequestToken: await signRequest(key, content as never) }),
          url: REWRAP_PATH,
        };
        const answer = await send(pool, { ...request, ...proven });
        expectNothingBroken(answer);
        expect(answer.text).not.toContain("kasWrappedKey");
      }), { numRuns });
    }
  });
});

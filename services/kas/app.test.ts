import { createServiceMetrics, type HealthReport } from "@dive/common";
import { createPublicKey } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { createServer } from "./app.ts";
import { createKasMetrics } from "./metrics.ts";
import { createRoutePolicies } from "./plugins/proof-of-possession.ts";
import { ROUTE_POLICIES } from "./routes/policies.ts";
import { createTestKas, createTestKeyset } from "./testing/test-kas.ts";

const KEYSET = createTestKeyset(2);
const create = (options: Parameters<typeof createTestKas>[0] = {}) => createTestKas({ keyset: KEYSET, ...options });

/** Every registered route as "METHOD /path", from fastify's own tree. */
function routesOf(tree: string): string[] {
  const stack: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const found = /^([│ ]*)[└├]── (\S*?)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (found === null) return [];
    const [, indent = "", segment = "", methods] = found;
    stack.length = indent.length / 4;
    stack.push(segment);
    return methods === undefined ? [] : methods.split(", ").map((method) => `${method} ${stack.join("")}`);
  });
}

describe("the table of policies", () => {
  it("has exactly the routes that are registered", async () => {
    const { app } = await create();
    await app.ready();
    expect(routesOf(app.printRoutes({ commonPrefix: true })).sort()).toEqual(Object.keys(ROUTE_POLICIES).sort());
  });

  it("is kept: without a token a public route answers and any other is 401 and recorded", async () => {
    const { app, records } = await create();
    for (const [route, policy] of Object.entries(ROUTE_POLICIES)) {
      const [method, url] = route.split(" ") as ["GET", string];
      if (url === "*") continue;
      expect([route, (await app.inject({ method, url })).statusCode]).toEqual([route, policy === "public" ? 200 : 401]);
    }
    expect(records).toMatchObject([{ decision: "deny", reason: "token_missing" }]);
    expect(records[0]).not.toHaveProperty("sub");
  });

  it("refuses a route that is not in it", () => {
    const app = createServer();
    const metrics = createServiceMetrics({ processMetrics: false });
    app.addHook("onRequest", createRoutePolicies(app, { checkCaller: vi.fn(), audit: { record: vi.fn() }, metrics, kasMetrics: createKasMetrics(metrics.registry) }));
    expect(() => app.get("/forgotten", async () => "x")).toThrow("Route GET /forgotten has no policy");
  });
});

describe("GET /kas/v2/kas_public_key", () => {
  it("gives the newest key of an algorithm, RSA by default", async () => {
    const { app } = await create();
    const rsa = (await app.inject("/kas/v2/kas_public_key")).json();
    expect(rsa.kid).toBe("usa-rsa-2");
    expect(createPublicKey(rsa.publicKey).asymmetricKeyDetails?.modulusLength).toBe(2_048);
    const ec = (await app.inject("/kas/v2/kas_public_key?algorithm=ec:secp256r1&fmt=pkcs8")).json();
    expect(createPublicKey(ec.publicKey).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(JSON.parse((await app.inject("/kas/v2/kas_public_key?algorithm=ec:secp256r1&fmt=jwk")).json().publicKey)).toMatchObject({ kty: "EC", kid: ec.kid });
    expect((await app.inject("/kas/v2/kas_public_key?v=1")).json()).not.toHaveProperty("kid");
  });

  it("is 404 for an algorithm it has no key of, and 400 for a format it does not know", async () => {
    const { app } = await create();
    for (const algorithm of ["rsa:4096", "ec:secp384r1", "none", "__proto__"]) {
      expect((await app.inject(`/kas/v2/kas_public_key?algorithm=${algorithm}`)).json()).toMatchObject({ error: "Not Found", code: "DIVE_ERR_KAS_ALGORITHM" });
    }
    expect((await app.inject("/kas/v2/kas_public_key?fmt=der")).statusCode).toBe(400);
    expect((await app.inject("/kas/v2/kas_public_key?algorithm=a&algorithm=b")).statusCode).toBe(400);
  });
});

describe("a partner's page", () => {
  const preflight = (origin: string) => ({ method: "OPTIONS", url: "/kas/v2/rewrap", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,dpop" } }) as const;

  it("may call, and read refusals", async () => {
    const { app } = await create();
    const allowed = await app.inject(preflight("https://localhost:4010"));
    expect(allowed.statusCode).toBe(204);
    expect(allowed.headers).toMatchObject({ "access-control-allow-origin": "https://localhost:4010", "access-control-allow-methods": "GET, POST" });
    expect(allowed.headers["access-control-allow-headers"]).toContain("dpop");
    const refused = await app.inject({ method: "POST", url: "/kas/v2/rewrap", headers: { origin: "https://localhost:4010" } });
    expect([refused.statusCode, refused.headers["access-control-allow-origin"]]).toEqual([401, "https://localhost:4010"]);
    expect(allowed.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it("of anybody else may not", async () => {
    const { app } = await create();
    for (const origin of ["https://evil.example", "https://localhost:4010.evil.example", "null"]) {
      expect((await app.inject(preflight(origin))).headers).not.toHaveProperty("access-control-allow-origin");
    }
  });
});

describe("health", () => {
  const part = (status: "up" | "down") => ({ status, responseTimeMs: 1 });

  it("is detailed, with breakers", async () => {
    const health: HealthReport = { status: "degraded", services: { keys: part("up"), opa: part("up"), mongodb: part("down") } };
    const { app } = await create({ health });
    expect((await app.inject("/health/detailed")).json()).toMatchObject({ status: "degraded", services: { keys: { status: "up" } }, circuitBreakers: {} });
    expect((await app.inject("/metrics")).body).toContain("dive_v3_http_requests_total");
  });

  it("unhealthy is 503", async () => {
    const { app } = await create({ health: { status: "unhealthy", services: { opa: part("down") } } });
    expect((await app.inject("/health")).statusCode).toBe(503);
  });
});

describe("broken input", () => {
  it("is 4xx and never 5xx", async () => {
    const { app } = await create();
    for (const url of ["/%ZZ", "/kas/v2/..%2f..", "//", "/kas/%00", "/kas/v2/kas_public_key?algorithm=%FF"]) {
      const { statusCode } = await app.inject(url);
      expect([url, statusCode >= 400 && statusCode < 500]).toEqual([url, true]);
    }
    for (const payload of ["{", "\u0000", "[]"]) {
      const { statusCode } = await app.inject({ method: "POST", url: "/kas/v2/rewrap", headers: { "content-type": "application/json" }, payload });
      expect(statusCode).toBe(401); // nobody's body is read before they are known
    }
  });
});

import { createServiceMetrics } from "@dive/common";
import { describe, expect, it, vi } from "vitest";
import { createServer } from "../app.ts";
import { equipExchange } from "../exchange.ts";
import { applyRoutePolicies } from "../plugins/route-policy.ts";
import { createTestApp } from "../testing/test-app.ts";
import { EXCHANGE_POLICIES, ROUTE_POLICIES } from "./policies.ts";

const revocations = { verdict: () => ({ revoked: false, stale: false, ageMs: 0 }) };

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
    const { app } = await createTestApp();
    await app.ready();
    expect(routesOf(app.printRoutes({ commonPrefix: true })).sort()).toEqual(Object.keys(ROUTE_POLICIES).sort());
  });

  it("of the exchange has exactly its routes, and each is refused to whoever shows no partner's certificate", async () => {
    const { resources, metrics } = await createTestApp();
    const exchange = await equipExchange(createServer(), { refusals: { record: async () => undefined }, limits: { perMinute: 100 }, instanceCode: "USA", partners: [{ code: "FRA", url: "https://localhost:1", kasUrl: "https://localhost:1", clientName: "x" }], ownAuthorities: [], metrics, ...resources.routes });
    await exchange.ready();
    expect(routesOf(exchange.printRoutes({ commonPrefix: true })).sort()).toEqual(Object.keys(EXCHANGE_POLICIES).sort());
    for (const route of Object.keys(EXCHANGE_POLICIES)) expect((await exchange.inject(route.replace("GET ", ""))).statusCode).toBe(401);
  });

  it("is kept: without a token a public route answers and any other is 401", async () => {
    const { app } = await createTestApp();
    for (const [route, policy] of Object.entries(ROUTE_POLICIES)) {
      const [method, pattern] = route.split(" ") as ["GET", string];
      const url = pattern.replace("*", "backend/pages/style.css");
      const { statusCode } = await app.inject({ method, url });
      expect([route, statusCode]).toEqual([route, policy !== "public" ? 401 : method === "GET" ? 200 : 400]);
    }
  });
});

describe("applyRoutePolicies", () => {
  it("refuses a route without a policy", () => {
    const app = createServer();
    applyRoutePolicies(app, { verifyToken: vi.fn(), revocations, metrics: createServiceMetrics({ processMetrics: false }) });
    expect(() => app.get("/forgotten", async () => "x")).toThrow("Route GET /forgotten has no policy");
  });

  it("checks the token before a handler runs, and takes the strictest policy of several methods", async () => {
    const app = createServer();
    const handler = vi.fn(async () => "secret");
    const policies = { "GET /x": "public", "POST /x": "authenticated" } as const;
    applyRoutePolicies(app, { verifyToken: vi.fn(), revocations, metrics: createServiceMetrics({ processMetrics: false }), policies });
    app.route({ method: ["GET", "POST"], url: "/x", handler });
    expect((await app.inject("/x")).statusCode).toBe(401);
    expect(handler).not.toHaveBeenCalled();
  });
});

import { Writable } from "node:stream";
import fastify from "fastify";
import { describe, expect, it } from "vitest";
import { createTestCa } from "../testing/certificates.ts";
import { publishCertificateExpiry } from "./certificate-expiry.ts";
import { loggerOptions } from "./logging.ts";
import { createServiceMetrics } from "./metrics.ts";

describe("the log", () => {
  it("holds no token, password or query, whatever is logged", async () => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const app = fastify({ logger: { ...loggerOptions({ service: "backend", instance: "USA", level: "trace" }), stream } });
    app.get("/x", async (request) => {
      request.log.warn({ headers: request.headers, password: "hunter2", config: { oidc: { client_secret: "hunter2" } } }, "careless");
      return "ok";
    });
    await app.inject({ url: "/x?code=hunter2&token=hunter2", headers: { authorization: "Bearer hunter2", cookie: "s=hunter2", dpop: "hunter2" } });
    await app.close();
    const log = lines.join("");
    expect(log).toContain("careless");
    expect(log).toContain('"path":"/x"');
    expect(log).toContain('"instance":"USA"');
    expect(log).not.toContain("hunter2");
  });
});

describe("the metrics", () => {
  it("have the names and labels that rules and dashboards use", async () => {
    const metrics = createServiceMetrics({ processMetrics: false });
    metrics.serviceHealth.set({ component: "opa" }, 1);
    metrics.serviceResponse.set({ component: "opa" }, 0.002);
    metrics.invalidTokens.inc({ reason: "expired" });
    metrics.dbConnectionsMax.set({ type: "mongodb" }, 50);
    const text = await metrics.registry.metrics();
    expect(text).toContain('dive_v3_service_health{component="opa"} 1');
    expect(text).toContain('dive_v3_service_response_seconds{component="opa"} 0.002');
    expect(text).toContain('dive_v3_invalid_tokens_total{reason="expired"} 1');
    expect(text).toContain('dive_v3_db_connections_max{type="mongodb"} 50');
  });

  it("tell when a certificate expires, at the time of the scrape", async () => {
    const { registry } = createServiceMetrics({ processMetrics: false });
    let now = Date.now();
    publishCertificateExpiry((await createTestCa()).cert, { labels: { instance: "USA", service: "backend" }, registry, clock: { now: () => now } });
    const seconds = async () => Number(/dive_v3_certificate_expiry_seconds\{instance="USA",service="backend"\} (-?\d+)/.exec(await registry.metrics())?.[1]);
    const first = await seconds();
    expect(first).toBeGreaterThan(86_000);
    now += 100_000_000;
    expect(await seconds()).toBe(first - 100_000);
  });
});

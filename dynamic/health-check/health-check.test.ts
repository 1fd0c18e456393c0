import { describe, expect, test } from "vitest";
import { TestClock } from "../test-clock.ts";
import { testAuthority, testServer } from "../test-servers.ts";
import { provider } from "./provider.ts";
import { waitUntilHealthy } from "./wait-until-healthy.ts";

const authority = testAuthority();
const inputs = (base: string) => ({ version: 1, url: `${base}/health/detailed`, caCertificate: authority.certificate, triggers: [], timeoutSeconds: 30 });

describe("HealthCheck", () => {
  test("waits until healthy; degraded is not enough", async () => {
    const answers = [[503, "unhealthy"], [200, "degraded"], [200, "healthy"]] as const;
    let asked = 0;
    await using server = await testServer(authority, (_req, res) => {
      const [code, status] = answers[asked++]!;
      res.writeHead(code).end(JSON.stringify({ status, services: {} }));
    });
    const clock = new TestClock(5000);
    await waitUntilHealthy(inputs(server.base), clock);
    expect([asked, clock.slept]).toEqual([3, [100, 200]]);
  });

  test("the error lists what is down", async () => {
    await using server = await testServer(authority, (_req, res) =>
      void res.writeHead(503).end(JSON.stringify({ status: "unhealthy", services: { mongodb: { status: "down", error: "refused" }, opa: { status: "up" }, redis: { status: "degraded" } } })));
    await expect(waitUntilHealthy(inputs(server.base), new TestClock(5000))).rejects.toThrow(/last seen: .*answered 503, status "unhealthy"; not up: mongodb down \(refused\), redis degraded/);
  });

  test("outputs are stable and name the url", async () => {
    await using server = await testServer(authority, (_req, res) => void res.end(JSON.stringify({ status: "healthy" })));
    const url = `${server.base}/health/detailed`;
    expect(await provider.create(inputs(server.base))).toEqual({ id: url, outs: { version: 1, url, inputsHash: expect.any(String) } });
  });

  test("check refuses plain HTTP, a missing authority and a wrong time limit", async () => {
    const { failures } = await provider.check({}, { ...inputs("http://x"), caCertificate: "", timeoutSeconds: 0 });
    expect(failures).toEqual([
      { property: "url", reason: 'must be an absolute https URL, got "http://x/health/detailed"' },
      { property: "caCertificate", reason: "must be a certificate in PEM form" },
      { property: "timeoutSeconds", reason: "must be a whole number from 1 to 3600, got 0" },
    ]);
  });
});

import type { Partner } from "@dive/common/federation";
import { afterEach, describe, expect, it } from "vitest";
import { testAuthority, testServer, type TestServer } from "../../common/testing/test-servers.ts";
import { fetchPartnerReport } from "./partner-report.ts";

const authority = testAuthority();
const NOW = Date.parse("2026-11-24T00:00:00Z");
let server: TestServer | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

/** What USA takes over when FRA answers this. */
async function reported(body: unknown, status = 200) {
  server = await testServer(authority, (_req, res) => res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)));
  return fetchPartnerReport({ code: "FRA", backendInternalUrl: server.base } as Partner, "USA", [authority.certificate], new AbortController().signal, NOW);
}
const at = (ms: number) => new Date(NOW + ms).toISOString();
const link = { source: "USA", target: "FRA", failure: null, checkedAt: at(-1_000), latencyMs: 5, brokerConfigured: true, reportedBy: "FRA", verification: null };
const verification = { success: true, failure: null, at: at(-2_000), lastSuccessAt: at(-2_000), latencyMs: 90, reportedBy: "FRA" };

describe("a spoke's report", () => {
  it("gives its own broker's check and its probe user's sign-in here", async () => {
    expect(await reported({ links: [link, { ...link, source: "FRA", target: "USA", reportedBy: null, checkedAt: null, verification }] })).toEqual([
      { source: "USA", target: "FRA", kind: "link", failure: undefined, checkedAt: new Date(NOW - 1_000), latencyMs: 5, brokerConfigured: true, reportedBy: "FRA" },
      { source: "FRA", target: "USA", kind: "verification", failure: undefined, checkedAt: new Date(NOW - 2_000), lastSuccessAt: new Date(NOW - 2_000), latencyMs: 90, reportedBy: "FRA" },
    ]);
  });

  it("speaks for nobody else, and not in words that are none", async () => {
    const foreign = [
      { ...link, source: "DEU", target: "FRA" }, { ...link, source: "USA", target: "DEU" }, { ...link, reportedBy: "DEU" }, { ...link, checkedAt: "soon" }, { ...link, failure: "fine" },
      { ...link, source: "FRA", target: "USA" }, { source: "FRA", target: "USA", verification: { ...verification, success: false, failure: "fine" } }, {},
    ];
    expect(await reported({ links: foreign })).toEqual([]);
  });

  it("is not of the future, and a failure stays one", async () => {
    const [found] = await reported({ links: [{ ...link, failure: "circuit-open", checkedAt: at(3_600_000) }] });
    expect(found).toMatchObject({ failure: "circuit-open", checkedAt: new Date(NOW) });
  });

  it("that cannot be read is an error", async () => {
    await expect(reported({ links: "none" })).rejects.toThrow("links is no list");
  });
});

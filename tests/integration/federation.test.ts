import { expect, inject, test } from "vitest";
import type { DirectionStatus } from "../../scripts/federation/merge.ts";
import type { LinkStatus } from "../../services/backend/federation/view.ts";
import { realmAdmin, userNamed, withBrokerDisabled } from "../support/admin.ts";
import { dive } from "../support/dive.ts";
import { login } from "../support/login.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves on real containers that links are verified by real sign-ins, recorded, registered, watched and told about.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;
/** One round of the prober, and a sign-in. */
const NEXT_ROUND = { timeout: 75_000, interval: 1_000 };

interface FederationAnswer {
  spokes: { code: string; state: string; issuer: string }[];
  links: LinkStatus[];
}

async function backendStatus(backendUrl: string): Promise<FederationAnswer> {
  const response = await fetch(`${backendUrl}/api/federation/status`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  return (await response.json()) as FederationAnswer;
}
const direction = async (backendUrl: string, source: string) => (await backendStatus(backendUrl)).links.find((link) => link.source === source);
async function metrics(backendUrl: string): Promise<string> {
  return (await fetch(`${backendUrl}/metrics`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) })).text();
}
async function cliStatus(): Promise<{ exitCode: number; links: DirectionStatus[]; unreachable: Record<string, string> }> {
  const { exitCode, stdout } = await dive(stack.name, ["federation", "status", "--json"], { mustSucceed: false });
  return { exitCode, ...(JSON.parse(stdout) as { links: DirectionStatus[]; unreachable: Record<string, string> }) };
}

test("both directions are up, verified by a real sign-in and recorded, and ./dive says so with 0", { timeout: 120_000 }, async () => {
  await expect.poll(async () => (await cliStatus()).exitCode, NEXT_ROUND).toBe(0);
  const { links, unreachable } = await cliStatus();
  expect(unreachable).toEqual({});
  expect(links.map(({ source, target }) => `${source} -> ${target}`)).toEqual(["FRA -> USA", "USA -> FRA"]);
  for (const link of links) {
    expect(link).toMatchObject({ state: "ACTIVE", up: true, link: { ok: true, reportedBy: link.target }, verification: { ok: true, reportedBy: link.source }, circuit: { state: "CLOSED", failures: 0 } });
    expect(link.verification!.latencyMs).toBeGreaterThan(0);
  }
});

test("the hub's backend has the spoke in its registry, and both directions, the spoke's merged", { timeout: 120_000 }, async () => {
  await expect.poll(async () => (await backendStatus(usa.backendUrl)).links.every(({ up, verification }) => up && verification?.success), NEXT_ROUND).toBe(true);
  const { spokes, links } = await backendStatus(usa.backendUrl);
  expect(spokes).toMatchObject([{ code: "FRA", state: "ACTIVE", issuer: fra.issuer, brokerAlias: "fra-idp" }]);
  expect(links).toMatchObject([{ source: "FRA", target: "USA", reportedBy: "USA", verification: { reportedBy: "FRA" } }, { source: "USA", target: "FRA", reportedBy: "FRA", verification: { reportedBy: "USA" } }]);
  const text = await metrics(usa.backendUrl);
  for (const ends of ['source="FRA",target="USA"', 'source="USA",target="FRA"']) {
    for (const name of ["dive_v3_federation_link_up", "dive_v3_federation_verification_success", "dive_v3_idp_configured"]) expect(text).toContain(`${name}{${ends}} 1`);
    expect(text).toMatch(new RegExp(`dive_v3_federation_latency_seconds\\{${ends},check="verification"\\} \\d`));
  }
  expect(text).toContain('dive_v3_circuit_breaker_state{circuit="federation-link",instance="FRA"} 0');
  expect(text).toMatch(/dive_v3_db_connections_max\{type="postgres"\} \d/);
});

test("./dive federation verify signs in again, both ways", { timeout: 120_000 }, async () => {
  const before = await cliStatus();
  const { stdout } = await dive(stack.name, ["federation", "verify", "fra", "--json"]);
  const verified = JSON.parse(stdout) as { source: string; target: string; latencyMs: number }[];
  expect(verified.map(({ source, target }) => `${source} -> ${target}`).sort()).toEqual(["FRA -> USA", "USA -> FRA"]);
  const after = await cliStatus();
  for (const [i, { verification }] of after.links.entries()) expect(Date.parse(verification!.checkedAt)).toBeGreaterThan(Date.parse(before.links[i]!.verification!.checkedAt));
});

test("./dive federation refuses a code that is no spoke, and resets circuits at both sides", { timeout: 120_000 }, async () => {
  const { exitCode, output } = await dive(stack.name, ["federation", "verify", "xyz"], { mustSucceed: false });
  expect(exitCode).toBe(2);
  expect(output).toContain('There is no link to "xyz". Spokes of this stack: FRA.');
  const { stdout } = await dive(stack.name, ["federation", "reset-circuit", "FRA"]);
  expect(stdout).toMatch(/federation-link\/FRA at USA: CLOSED with 0 failures, now CLOSED\nfederation-link\/USA at FRA: CLOSED/);
});

test("the probe users have no role, no community and nothing but UNCLASSIFIED, and nobody else writes the registry", { timeout: 60_000 }, async () => {
  for (const code of ["USA", "FRA"]) {
    const admin = await realmAdmin(stack, code);
    const user = await userNamed(admin, "federation-probe");
    expect(user.attributes).toEqual({ uniqueID: [`${code.toLowerCase()}:probe`], clearance: ["UNCLASSIFIED"], countryOfAffiliation: [code] });
    expect((await admin.users.listRealmRoleMappings({ id: user.id })).map(({ name }) => name)).toEqual([`default-roles-${stack.instances[code]!.realm}`]);
  }
  const put = (headers: Record<string, string>) => fetch(`${usa.backendUrl}/api/federation/spokes/DEU`, { method: "PUT", headers: { "content-type": "application/json", ...headers }, body: "{}", signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  expect((await put({})).status).toBe(401);
  const { accessToken } = await login({ site: usa, username: "testuser-usa-1", password: stack.users["USA"]!["testuser-usa-1"]!.password });
  expect((await put({ authorization: `Bearer ${accessToken}` })).status).toBe(403);
});

test("a broker that was disabled takes its direction down and no other, counts as no outage, and heals by itself", { timeout: 240_000 }, async () => {
  await withBrokerDisabled(stack, "USA", "fra-idp", async () => {
    await expect.poll(() => direction(usa.backendUrl, "FRA"), NEXT_ROUND).toMatchObject({ up: false, failure: "not-yet", brokerConfigured: false });
    expect(await metrics(usa.backendUrl)).toContain('dive_v3_idp_configured{source="FRA",target="USA"} 0');
    expect(await direction(fra.backendUrl, "USA")).toMatchObject({ up: true });
    const { exitCode, links } = await cliStatus();
    expect([exitCode, links[0]]).toMatchObject([1, { source: "FRA", up: false, link: { error: expect.stringContaining("it has no enabled broker fra-idp") }, circuit: { state: "CLOSED", failures: 0 } }]);
  });
  await expect.poll(() => direction(usa.backendUrl, "FRA"), NEXT_ROUND).toMatchObject({ up: true, brokerConfigured: true });
});

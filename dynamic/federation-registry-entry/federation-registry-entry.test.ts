import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestClock } from "../test-clock.ts";
import { testAuthority, testServer, type TestServer } from "../test-servers.ts";
import { provider, type FederationRegistryEntryInputs } from "./provider.ts";
import { putSpoke, removeSpoke } from "./registry-api.ts";

const authority = testAuthority();
let server: TestServer;
let spokes: Record<string, Record<string, unknown>>;
let registryDown: boolean;
/** Statuses to answer writes with before they work. */
let refusals: number[];
const calls: string[] = [];

beforeAll(async () => {
  server = await testServer(authority, async (req, res) => {
    const body = await text(req);
    const json = (status: number, value: unknown) => void res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    calls.push(`${req.method} ${req.url}`);
    if (req.url === "/realms/r/protocol/openid-connect/token") return body.includes("client_secret=hunter2") ? json(200, { access_token: "t" }) : json(401, { error: "unauthorized_client" });
    if (req.url === "/api/federation/status") return json(200, { spokes: registryDown ? null : Object.entries(spokes).map(([code, spoke]) => ({ code, ...spoke, updatedAt: "now" })) });
    const refusal = req.headers.authorization === "Bearer t" ? refusals.shift() : 401;
    if (refusal !== undefined) return json(refusal, { error: "no" });
    const code = req.url!.split("/").at(-1)!;
    if (req.method === "PUT") spokes[code] = JSON.parse(body);
    else if (!delete spokes[code]) return json(404, {});
    return void res.writeHead(204).end();
  });
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => {
  spokes = {};
  registryDown = false;
  refusals = [];
  calls.length = 0;
});

const inputs = (change: Partial<FederationRegistryEntryInputs> = {}): FederationRegistryEntryInputs => ({
  version: 1, code: "FRA", backendUrl: server.base, issuer: `${server.base}/realms/r`, clientId: "dive-federation-admin", clientSecret: "hunter2", caCertificate: authority.certificate,
  spoke: { issuer: "https://f/realms/r", realm: "r", clientId: "c", keycloakUrl: "https://f", backendUrl: "https://b", brokerAlias: "fra-idp", state: "ACTIVE" }, ...change,
});

describe("FederationRegistryEntry", () => {
  test("registers through the hub's API, is read back without a change, and is taken away", async () => {
    const { id, outs } = await provider.create(inputs());
    expect([id, spokes]).toEqual(["FRA", { FRA: inputs().spoke }]);
    expect(await provider.diff(id, outs, inputs())).toEqual({ changes: false });
    expect(await provider.read(id, outs)).toEqual({ id, props: outs });
    await provider.delete(id, outs);
    expect(spokes).toEqual({});
    await provider.delete(id, outs); // gone already
  });

  test("is made again when it was removed by hand, and written again when it was changed", async () => {
    const { id, outs } = await provider.create(inputs());
    spokes["FRA"] = { ...spokes["FRA"], state: "STOPPED" };
    const read = await provider.read(id, outs);
    expect(await provider.diff(id, read.props, inputs())).toEqual({ changes: true });
    spokes = {};
    expect(await provider.read(id, outs)).toEqual({ id: "" });
    registryDown = true;
    await expect(provider.read(id, outs)).rejects.toThrow("cannot reach its registry");
  });

  test("another code is another entry, another state the same", async () => {
    const { id, outs } = await provider.create(inputs());
    expect(await provider.diff(id, outs, inputs({ code: "DEU" }))).toEqual({ changes: true, replaces: ["code"] });
    expect(await provider.diff(id, outs, inputs({ spoke: { ...inputs().spoke, state: "STOPPED" } }))).toEqual({ changes: true });
  });

  test("goes on while the backend is not there or does not know the realm's new keys, and stops when it is refused", async () => {
    refusals = [503, 401];
    const clock = new TestClock(30_000);
    await putSpoke(inputs(), clock);
    expect(clock.slept).toEqual([100, 200]);
    refusals = [403];
    await expect(removeSpoke(inputs(), new TestClock(30_000))).rejects.toThrow("gave up after 1 attempt");
  });

  test("check names each mistake", async () => {
    const { failures } = await provider.check({}, { ...inputs(), code: "fra", backendUrl: "http://b", spoke: { ...inputs().spoke, state: "UP", realm: "" } });
    expect(failures?.map(({ property }) => property)).toEqual(["code", "backendUrl", "spoke.state", "spoke.realm"]);
  });
});

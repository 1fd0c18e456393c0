import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createClientAgent } from "@dive/common";
import { request, type Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestCa } from "../common/testing/certificates.ts";
import { freePort } from "./testing/containers.ts";
import { createTestKeyset } from "./testing/test-kas.ts";

const SERVER = fileURLToPath(new URL("./server.ts", import.meta.url));

function run(env: Record<string, string>): { child: ChildProcess; output: () => string } {
  let output = "";
  const child = spawn(process.execPath, [SERVER], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

describe("the process with every dependency down", { timeout: 60_000 }, () => {
  let kas: ReturnType<typeof run>;
  let agent: Agent;
  let base: string;

  beforeAll(async () => {
    const ca = await createTestCa();
    const [server, client, listening, nobody] = await Promise.all([ca.leaf("kas"), ca.leaf("kas-client"), freePort(), freePort()]);
    base = `https://localhost:${listening}`;
    agent = createClientAgent({ ca: [ca.cert] });
    kas = run({
      INSTANCE_CODE: "USA", PORT: String(listening), BIND_ADDRESS: "127.0.0.1",
      TLS_CERT: server.cert, TLS_KEY: server.key, CA: ca.cert, CLIENT_CERT: client.cert, CLIENT_KEY: client.key,
      PUBLIC_URL: base, KEYSET: createTestKeyset(), ALLOWED_ORIGINS: "[]",
      TRUSTED_ISSUERS: JSON.stringify([{ issuer: "https://localhost:8443/realms/dive-v3-broker-usa", jwksUrl: `https://localhost:${nobody}/certs`, country: "USA" }]),
      MONGODB_URL: `mongodb://localhost:${nobody}/dive-v3`, OPA_URL: `https://localhost:${nobody}`,
      REDIS_URL: `rediss://localhost:${nobody}`, REDIS_PASSWORD: "not-for-the-log-1",
      BLACKLIST_REDIS_URL: `rediss://usa@localhost:${nobody}`, REDIS_PASSWORD_BLACKLIST: "not-for-the-log-2",
      REVOCATION_FEDERATION: JSON.stringify({ hub: "usa", origins: [{ origin: "usa", issuer: "https://localhost:8443/realms/dive-v3-broker-usa" }] }),
    });
    await vi.waitFor(() => get("/live"), { timeout: 50_000, interval: 100 });
  }, 60_000);
  afterAll(async () => {
    kas.child.kill("SIGKILL");
    await agent.destroy();
  });

  async function get(path: string): Promise<{ status: number; body: any }> {
    const response = await request(base + path, { dispatcher: agent });
    return { status: response.statusCode, body: await response.body.json() };
  }

  it("lives, gives out public keys, is not ready, and says what is down", async () => {
    expect((await get("/live")).status).toBe(200);
    expect((await get("/kas/v2/kas_public_key?algorithm=ec:secp256r1")).body.kid).toBe("usa-ec-1");
    expect(await get("/ready")).toEqual({ status: 503, body: { status: "not ready", down: ["opa"] } });
    await vi.waitFor(async () => {
      const { status, body } = await get("/health/detailed");
      expect([status, body.status]).toEqual([503, "unhealthy"]);
      const found = Object.entries<{ status: string }>(body.services).map(([name, part]) => [name, part.status]);
      expect(found).toEqual([["keys", "up"], ["opa", "down"], ["mongodb", "down"], ["redis", "down"], ["blacklistRedis", "down"], ["cache", "down"]]);
      expect(Object.keys(body.circuitBreakers)).toEqual(["opa", "mongodb"]);
    }, { timeout: 10_000, interval: 200 });
  });

  it("refuses an attempt that it cannot record", async () => {
    const response = await request(`${base}/kas/v2/rewrap`, { dispatcher: agent, method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    expect([response.statusCode, await response.body.json()]).toMatchObject([503, { code: "DIVE_ERR_AUDIT_UNAVAILABLE" }]);
  });

  it("ends at SIGTERM with 0, and its log held no secret", async () => {
    const exit = once(kas.child, "exit");
    kas.child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    expect(kas.output()).toContain('"event":"shutdown"');
    expect(kas.output()).not.toMatch(/not-for-the-log|PRIVATE KEY/);
  });
});

describe("the process without its environment", () => {
  it("exits with 78, names every variable and repeats no secret", async () => {
    const { child, output } = run({ PORT: "70000", KEYSET: '{"keys":[{"kid":"a","privateKey":"s3cret"}]}', TRUSTED_ISSUERS: "[]", ALLOWED_ORIGINS: '["*"]' });
    expect(await once(child, "exit")).toEqual([78, null]);
    for (const name of ["PORT", "KEYSET", "TRUSTED_ISSUERS", "ALLOWED_ORIGINS", "PUBLIC_URL", "TLS_KEY", "REDIS_PASSWORD", "BLACKLIST_REDIS_URL", "REDIS_PASSWORD_BLACKLIST", "REVOCATION_FEDERATION"]) expect(output()).toContain(`- ${name}: `);
    expect(output()).not.toContain("s3cret");
  });
});

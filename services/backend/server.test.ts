import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createClientAgent } from "@dive/common";
import { request, type Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createTestCa } from "../common/testing/certificates.ts";

const SERVER = fileURLToPath(new URL("./server.ts", import.meta.url));

/** A port that nobody listens on: taken once and given back. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function run(env: Record<string, string>): { child: ChildProcess; output: () => string } {
  let output = "";
  const child = spawn(process.execPath, [SERVER], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output };
}

describe("the process with every dependency down", { timeout: 60_000 }, () => {
  let backend: ReturnType<typeof run>;
  let agent: Agent;
  let base: string;

  beforeAll(async () => {
    const ca = await createTestCa();
    const [server, client, listening, nobody] = await Promise.all([ca.leaf("backend"), ca.leaf("backend-client"), freePort(), freePort()]);
    base = `https://localhost:${listening}`;
    agent = createClientAgent({ ca: [ca.cert] });
    backend = run({
      INSTANCE_CODE: "USA", PORT: String(listening), EXCHANGE_PORT: "0", BIND_ADDRESS: "127.0.0.1",
      TLS_CERT: server.cert, TLS_KEY: server.key, CA: ca.cert, CLIENT_CERT: client.cert, CLIENT_KEY: client.key,
      PUBLIC_URL: base, OIDC_ISSUER: "https://localhost:8443/realms/dive-v3-broker-usa",
      OIDC_JWKS_URL: `https://localhost:${nobody}/certs`, OIDC_INTROSPECTION_URL: `https://localhost:${nobody}/introspect`, OIDC_INTROSPECTION_SECRET: "not-for-the-log-5", KEYCLOAK_URL: `https://localhost:${nobody}`, KEYCLOAK_MANAGEMENT_URL: `http://localhost:${nobody}`,
      MONGODB_URL: `mongodb://localhost:${nobody}/dive-v3`, OPA_URL: `https://localhost:${nobody}`, KAS_URL: `https://localhost:${nobody}`, KAS_PUBLIC_URL: `https://localhost:${nobody}`,
      REDIS_URL: `rediss://localhost:${nobody}`, REDIS_PASSWORD: "not-for-the-log-1",
      BLACKLIST_REDIS_URL: `rediss://usa@localhost:${nobody}`, REDIS_PASSWORD_BLACKLIST: "not-for-the-log-2",
      REVOCATION_FEDERATION: JSON.stringify({ hub: "usa", origins: [{ origin: "usa", issuer: "https://localhost:8443/realms/dive-v3-broker-usa" }] }),
      OIDC_CLIENT_ID: "dive-v3-broker-usa", LOGOUT_CLIENT_IDS: '["dive-v3-broker-usa"]', ORCHESTRATION_DATABASE_URL: `postgresql://orchestration_service@localhost:${nobody}/orchestration`, ORCHESTRATION_DATABASE_PASSWORD: "not-for-the-log-3",
      FEDERATION_PROBE_USERNAME: "federation-probe", FEDERATION_PROBE_PASSWORD: "not-for-the-log-4",
    });
    await vi.waitFor(() => get("/live"), { timeout: 50_000, interval: 100 });
  }, 60_000);
  afterAll(async () => {
    backend.child.kill("SIGKILL");
    await agent.destroy();
  });

  async function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; body: any }> {
    const response = await request(base + path, { dispatcher: agent, headers });
    return { status: response.statusCode, body: await response.body.json() };
  }

  it("lives, is not ready, and says what is down", async () => {
    expect((await get("/live")).status).toBe(200);
    expect(await get("/ready")).toEqual({ status: 503, body: { status: "not ready", down: ["mongodb", "opa"] } });
    await vi.waitFor(async () => {
      const { status, body } = await get("/health/detailed");
      expect([status, body.status]).toEqual([503, "unhealthy"]);
      expect(Object.keys(body.services)).toEqual(["mongodb", "opa", "keycloak", "kas", "redis", "blacklistRedis", "cache"]);
      for (const part of Object.values<any>(body.services)) expect(part).toMatchObject({ status: "down", error: expect.stringContaining("ECONNREFUSED") });
    }, { timeout: 10_000, interval: 200 });
  });

  it("answers a token with 503, because it cannot check it", async () => {
    const token = `${btoa('{"alg":"RS256","kid":"a"}')}.${btoa("{}")}.AAAA`.replaceAll("=", "");
    expect(await get("/api/whoami", { authorization: `Bearer ${token}` })).toMatchObject({ status: 503, body: { code: "DIVE_ERR_TOKEN_KEYS_UNAVAILABLE" } });
    expect(await get("/api/whoami", { authorization: "Bearer opaque" })).toMatchObject({ status: 503, body: { code: "DIVE_ERR_INTROSPECTION_UNAVAILABLE" } });
  });

  it("ends at SIGTERM with 0, and its log held no secret", async () => {
    const exit = once(backend.child, "exit");
    backend.child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
    expect(backend.output()).toContain('"event":"shutdown"');
    expect(backend.output()).not.toMatch(/not-for-the-log|PRIVATE KEY/);
  });
});

describe("the process without its environment", () => {
  it("exits with 78 and names every variable", async () => {
    const { child, output } = run({ PORT: "70000" });
    expect(await once(child, "exit")).toEqual([78, null]);
    expect(output()).toContain('- PORT: must be a port number from 0 to 65535, got "70000"');
    expect(output()).toContain("- MONGODB_URL: is required and must be an absolute URL with protocol mongodb:; set MONGODB_URL or MONGODB_URL_FILE");
  });
});

import { describe, expect, test } from "vitest";
import { TestClock } from "../test-clock.ts";
import { testAuthority, testServer } from "../test-servers.ts";
import { provider, type KeycloakReadyInputs, type PostgresReadyInputs } from "./provider.ts";
import { waitUntilReady } from "./wait-until-ready.ts";

const authority = testAuthority();
const keycloak = (base: string): KeycloakReadyInputs => ({
  kind: "keycloak", version: 1, url: base, expectedIssuer: `${base}/realms/master`, clientId: "dive-pulumi", clientSecret: "hunter2", caCertificate: authority.certificate, triggers: [], timeoutSeconds: 20,
});
const postgres: PostgresReadyInputs = {
  kind: "postgresql", version: 1, host: "127.0.0.1", port: 1, username: "postgres", password: "hunter2", database: "postgres", caCertificate: authority.certificate, triggers: [], timeoutSeconds: 20,
};

describe("ServiceReady for Keycloak", () => {
  test("waits for discovery, then the right issuer, then the admin client", async () => {
    let step = 0;
    const forms: string[] = [];
    await using server = await testServer(authority, (req, res) => {
      const json = (status: number, body: unknown) => void res.writeHead(status).end(JSON.stringify(body));
      if (req.url === "/realms/master/.well-known/openid-configuration") {
        step++;
        return step === 1 ? json(503, {}) : json(200, { issuer: step === 2 ? "http://internal" : `${server.base}/realms/master` });
      }
      req.setEncoding("utf8").on("data", (text: string) => forms.push(text));
      return void req.on("end", () => (step === 3 ? json(401, { error: "invalid_client" }) : json(200, { access_token: "t" })));
    });
    const clock = new TestClock(5000);
    await waitUntilReady(keycloak(server.base), clock);
    expect([step, clock.slept]).toEqual([4, [100, 200, 400]]);
    expect(forms.at(-1)).toBe("grant_type=client_credentials&client_id=dive-pulumi&client_secret=hunter2");
  });

  test("the error tells what was last seen, without the secret", async () => {
    await using server = await testServer(authority, (_req, res) => void res.end(JSON.stringify({ issuer: "http://internal" })));
    const error = (await waitUntilReady(keycloak(server.base), new TestClock(5000)).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toMatch(/^time limit of 20 s over after \d+ attempts in [\d.]+ s; last seen: .*issuer is "http:\/\/internal", expected "https:\/\/localhost:\d+\/realms\/master"$/);
    expect(error.message).not.toContain("hunter2");
  });
});

describe("ServiceReady for PostgreSQL", () => {
  test("a refused connection is told with host, port, database and user, without the password", async () => {
    const error = (await waitUntilReady(postgres, new TestClock(5000)).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toMatch(/last seen: PostgreSQL at 127.0.0.1:1, database postgres, user postgres: .*ECONNREFUSED/);
    expect(error.message).not.toContain("hunter2");
  });
});

describe("ServiceReady's inputs", () => {
  test("are judged by kind", async () => {
    expect((await provider.check({}, postgres)).failures).toEqual([]);
    expect((await provider.check({}, keycloak("https://x"))).failures).toEqual([]);
    expect((await provider.check({}, { ...postgres, port: 0, password: "" })).failures?.map(({ property }) => property)).toEqual(["port", "password"]);
    expect((await provider.check({}, { ...keycloak("https://x"), url: "https://x/" })).failures).toEqual([{ property: "url", reason: 'must not end with a slash, got "https://x/"' }]);
    expect((await provider.check({}, { ...postgres, kind: "mysql" })).failures).toEqual([{ property: "kind", reason: 'must be one of postgresql, keycloak, got "mysql"' }]);
  });
});

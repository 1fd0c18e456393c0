import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { HealthCheck } from "./health-check/resource.ts";
import { OidcCheck } from "./oidc-check/resource.ts";
import { ServiceReady } from "./service-ready/resource.ts";

const root = new URL("..", import.meta.url);
const run = promisify(execFile);

const PROVIDERS = ["./dynamic/service-ready/provider.ts", "./dynamic/health-check/provider.ts", "./dynamic/oidc-check/provider.ts"];

/** Serialises shims in plain Node, as a Pulumi program does, and prints each text and what the revived provider answers. */
const SCRIPT = `
  import { createRequire } from "node:module";
  import { serializeFunction } from "@pulumi/pulumi/runtime/index.js";
  import { providerShim } from "./dynamic/shim.ts";
  const results = [];
  for (const file of process.argv.slice(1)) {
    const provider = providerShim(file);
    const { text } = await serializeFunction(() => provider);
    const module = { exports: {} };
    new Function("exports", "module", "require", text)(module.exports, module, createRequire(process.cwd() + "/"));
    const revived = module.exports.handler();
    const methods = Object.keys(revived).sort();
    const read = await revived.read("some-id", { inputsHash: "h" });
    const diff = await revived.diff("some-id", { inputsHash: "h" }, { version: 1, triggers: [] });
    results.push({ text, methods, read, diff });
  }
  console.log(JSON.stringify(results));
`;

/** Loading the SDK and its serialiser takes seconds on a busy machine. */
const SLOW = 60_000;

test("each serialised provider shim runs today's file in plain Node", async () => {
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", SCRIPT, ...PROVIDERS], { cwd: root });
  const results = JSON.parse(stdout) as Record<string, unknown>[];
  expect(results).toHaveLength(PROVIDERS.length);
  for (const { text, ...answers } of results) {
    expect(answers).toEqual({
      methods: ["check", "create", "delete", "diff", "read", "update"],
      read: { id: "some-id", props: { inputsHash: "h" } },
      diff: { changes: true },
    });
    // The text is what the state keeps: nothing of the logic and no path of this machine may be in it.
    expect(text).not.toContain(root.pathname);
    expect((text as string).length).toBeLessThan(8000);
  }
}, SLOW);

describe("dynamic resources under mocks", () => {
  test("register with their inputs, secrets kept secret, and do not hang", async () => {
    const registered: pulumi.runtime.MockResourceArgs[] = [];
    await pulumi.runtime.setMocks({
      newResource: (args) => {
        registered.push(args);
        return { id: `${args.name}-id`, state: args.inputs };
      },
      call: ({ inputs }) => inputs,
    });
    const common = { caCertificate: "ca" };
    const side = { publicBase: "https://localhost:8443", realm: "r", issuer: "https://localhost:8443/realms/r", clientId: "c", redirectUri: "https://localhost:4000/x", ...common, adminClientId: "dive-pulumi", adminClientSecret: "hunter2" };
    const resources = [
      new ServiceReady("pg", { kind: "postgresql", host: "localhost", port: 5432, username: "postgres", password: "hunter2", database: "postgres", ...common }),
      new ServiceReady("kc", { kind: "keycloak", url: "https://localhost:8443", expectedIssuer: "https://localhost:8443/realms/master", clientId: "dive-pulumi", clientSecret: "hunter2", ...common, timeoutSeconds: 30 }),
      new HealthCheck("health", { url: "https://localhost:4000/health/detailed", ...common, triggers: ["a"] }),
      new OidcCheck("link", { kind: "link", from: { code: "USA", brokerAlias: "fra-idp", ...side }, to: { code: "FRA", brokerAlias: "usa-idp", ...side } }),
    ];
    await Promise.all(resources.map(({ urn }) => new Promise((resolve) => urn.apply(resolve))));
    registered.sort((one, other) => (one.name < other.name ? -1 : 1));

    expect(registered.map(({ type, name }) => [type, name])).toEqual([
      ["pulumi-nodejs:dynamic/dive:HealthCheck", "health"],
      ["pulumi-nodejs:dynamic/dive:ServiceReady", "kc"],
      ["pulumi-nodejs:dynamic/dive:OidcCheck", "link"],
      ["pulumi-nodejs:dynamic/dive:ServiceReady", "pg"],
    ]);
    const [health, keycloak, link, postgres] = registered.map(({ inputs }) => inputs);
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hunter2" };
    expect(postgres).toMatchObject({ version: 1, triggers: [], timeoutSeconds: 120, password: secret });
    expect(keycloak).toMatchObject({ timeoutSeconds: 30, clientSecret: secret });
    expect(health).toMatchObject({ triggers: ["a"] });
    // A secret inside an object makes the whole object secret.
    expect(link).toMatchObject({ from: { ...secret, value: { code: "USA", adminClientSecret: "hunter2" } }, to: { ...secret, value: { code: "FRA" } } });
  }, SLOW);
});

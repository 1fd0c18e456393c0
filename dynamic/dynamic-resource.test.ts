import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { providerText } from "./dynamic-resource.ts";
import { HealthCheck } from "./health-check/resource.ts";
import { OidcCheck } from "./oidc-check/resource.ts";
import { ServiceReady } from "./service-ready/resource.ts";

const root = new URL("..", import.meta.url);
const run = promisify(execFile);

/** Every provider of this folder. */
const PROVIDERS = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith("provider.ts"))
  .map((file) => `./dynamic/${file}`)
  .sort();

/** Loads texts as the SDK's dynamic provider does, in plain Node, and prints what the providers answer. */
const SCRIPT = `
  import { createRequire } from "node:module";
  const requireFromString = createRequire(createRequire(process.cwd() + "/").resolve("@pulumi/pulumi"))("require-from-string");
  const answers = [];
  for (const text of process.argv.slice(1)) {
    const provider = requireFromString(text).handler();
    const missing = ["check", "create", "delete", "diff", "read", "update"].filter((method) => typeof provider[method] !== "function");
    answers.push({ missing, same: await provider.diff("id", { inputsHash: "h" }, { inputsHash: "h" }) });
  }
  console.log(JSON.stringify(answers));
`;

/** Loading the SDK takes seconds on a busy machine. */
const SLOW = 60_000;

test("the text in the state runs today's file of each provider, and holds nothing of its logic and no path of this machine", async () => {
  const texts = PROVIDERS.map(providerText);
  expect(PROVIDERS.length).toBeGreaterThan(7);
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", SCRIPT, ...texts], { cwd: root });
  const answers = JSON.parse(stdout) as Record<string, unknown>[];
  answers.forEach((answer, i) => expect(answer, PROVIDERS[i]).toEqual({ missing: [], same: expect.objectContaining({ changes: expect.any(Boolean) }) }));
  expect(answers).toHaveLength(PROVIDERS.length);
  for (const text of texts) {
    expect(text).not.toContain(root.pathname);
    expect(text.length).toBeLessThan(300);
  }
}, SLOW);

test("what a provider has compiled is kept, though its process is killed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dive-compiled-"));
  const compiled = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  // It waits to be killed from outside: a process that kills itself still keeps what it has compiled.
  const script = `const module = { exports: {} }; new Function("exports", process.argv[1])(module.exports); module.exports.handler(); console.log("loaded"); setInterval(() => {}, 1000);`;
  try {
    const child = spawn(process.execPath, ["--input-type=commonjs", "-e", script, providerText("./dynamic/health-check/provider.ts")], {
      cwd: root,
      env: { ...process.env, NODE_COMPILE_CACHE: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
    child.kill("SIGKILL");
    expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
    expect(compiled()).toBeGreaterThan(1);
  } finally {
    rmSync(folder, { recursive: true });
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
    expect(registered.map(({ inputs }) => inputs["__provider"])).toEqual(["health-check", "service-ready", "oidc-check", "service-ready"].map((folder) => providerText(`./dynamic/${folder}/provider.ts`)));
    const [health, keycloak, link, postgres] = registered.map(({ inputs }) => inputs);
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hunter2" };
    expect(postgres).toMatchObject({ version: 1, triggers: [], timeoutSeconds: 120, password: secret });
    expect(keycloak).toMatchObject({ timeoutSeconds: 30, clientSecret: secret });
    expect(health).toMatchObject({ triggers: ["a"] });
    // A secret inside an object makes the whole object secret.
    expect(link).toMatchObject({ from: { ...secret, value: { code: "USA", adminClientSecret: "hunter2" } }, to: { ...secret, value: { code: "FRA" } } });
  }, SLOW);
});

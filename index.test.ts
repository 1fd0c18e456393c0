/**
 * The whole program on mocks. This proves construction: every resource, its parent, its provider, and that the stand-in plugins support
 * each property it sets. What the resources do, the integration tests show on real containers.
 */
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check, type Schema } from "./airgap/plugins/server/check.ts";
import type { ProviderDefinition } from "./airgap/plugins/server/resource-type.ts";
import type { Bag } from "./airgap/plugins/server/values.ts";
import { IMAGE_NAMES } from "./images.ts";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, any>;
  readonly provider: string | undefined;
  readonly custom: boolean;
}

const packages = ["docker", "keycloak", "postgresql", "random", "tls"] as const;
const registered: Registered[] = [];
const definitions = new Map<string, ProviderDefinition>();
/** A real one: the program signs with it. */
const signingKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
let caroot: string;
/** Marks a secret among the inputs of a resource (sdk/go/common/resource/sig). */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";
const slackUrl = "https://hooks.example/services/secret-path";
let program: Awaited<ReturnType<typeof import("./deployment.ts").deploy>>;

/** Outputs that the real providers compute and that the program reads. */
function computedOf(type: string, name: string): Record<string, unknown> {
  switch (type) {
    case "random:index/randomPassword:RandomPassword": return { result: `password-of-${name}` };
    case "tls:index/privateKey:PrivateKey": return name.endsWith("-policy-signing-key") ? { privateKeyPem: signingKey, publicKeyPem: "public\n" } : { privateKeyPem: `key-of-${name}\n`, privateKeyPemPkcs8: `pkcs8-of-${name}\n` };
    case "tls:index/certRequest:CertRequest": return { certRequestPem: `request-of-${name}` };
    case "tls:index/locallySignedCert:LocallySignedCert": return { certPem: `certificate-of-${name}\n` };
    case "docker:index/remoteImage:RemoteImage": return { imageId: `sha256:${name}` };
    case "keycloak:openid/client:Client": return { serviceAccountUserId: `service-account-${name}` };
    case "keycloak:oidc/identityProvider:IdentityProvider": return { internalId: `internal-${name}` };
    default: return {};
  }
}

beforeAll(async () => {
  caroot = fs.mkdtempSync(path.join(os.tmpdir(), "dive-program-"));
  fs.writeFileSync(path.join(caroot, "rootCA.pem"), "certificate of the root\n");
  fs.writeFileSync(path.join(caroot, "rootCA-key.pem"), "key of the root\n");
  process.env["CAROOT"] = caroot;
  process.env["DIVE_IMAGES"] = JSON.stringify(Object.fromEntries(IMAGE_NAMES.map((name) => [name, `dive/${name}:test`])));
  for (const name of packages) definitions.set(name, ((await import(`./airgap/plugins/${name}/provider.ts`)) as { provider: ProviderDefinition }).provider);

  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        registered.push({ type: args.type, name: args.name, inputs: args.inputs, provider: args.provider, custom: args.custom ?? false });
        return { id: `${args.name}-id`, state: { ...args.inputs, ...computedOf(args.type, args.name) } };
      },
      call: () => ({}),
    },
    "dive",
    "dev",
    false,
  );
  pulumi.runtime.setAllConfig({ "dive:hub": '{"code":"USA"}', "dive:spokes": '[{"code":"FRA"}]', "dive:seedTestUsers": "true", "dive:linkCircuit": '{"failures":4}', "dive:linkProbeSeconds": "20", "dive:monitoring": '{"containers":true,"receivers":{"slack":{"channel":"#dive"}}}', "dive:alertSlackUrl": slackUrl });
  process.env["PULUMI_CONFIG_SECRET_KEYS"] = '["dive:alertSlackUrl"]'; // as the language host says it
  program = (await import("./index.ts")).default as typeof program;
  await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs(); // exported, but marked internal in 3.250
}, 60_000);

afterAll(() => {
  fs.rmSync(caroot, { recursive: true });
  delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
});

const packageOf = (type: string) => type.split(":")[0]!;
const ofType = (type: string) => registered.filter((resource) => resource.type === type);

describe("the program", () => {
  it("makes every container of hub and spoke under its contract name", () => {
    const names = ofType("docker:index/container:Container").map(({ inputs }) => inputs["name"] as string);
    const services = ["backend", "kas", "keycloak", "mongodb", "opa", "postgres", "redis"];
    const expected = [
      ...services.map((service) => `dive-hub-${service}`),
      "dive-hub-blacklist-redis",
      ...["alert-receiver", "alertmanager", "grafana", "node-exporter", "postgres-exporter", "prometheus", "redis-exporter"].map((service) => `dive-monitoring-${service}`),
      ...services.map((service) => `dive-spoke-fra-${service}`),
    ].flatMap((name) => [name, `${name}-files`, ...(/-(backend|kas|opa|blacklist-redis)$/.test(name) ? [`${name}-live-files`] : [])]);
    // cAdvisor alone has no file: it keeps no secret and speaks no TLS.
    expect(names.sort()).toEqual([...expected, "dive-monitoring-cadvisor"].sort());
  });

  it("labels every container, network and volume with clone, stack, instance and service", () => {
    for (const { type, name, inputs } of registered.filter(({ type }) => /^docker:.*:(Container|Network|Volume)$/.test(type))) {
      const labels = (inputs["labels"] as { label: string }[]).map(({ label }) => label).filter((label) => label !== "dive.files");
      expect(labels, `${type} ${name}`).toEqual(["dive.instance", "dive.root", "dive.service", "dive.stack"]);
    }
  });

  it("publishes ports on the loopback address only", () => {
    for (const { inputs } of ofType("docker:index/container:Container"))
      for (const port of (inputs["ports"] ?? []) as { ip: string }[]) expect(port.ip).toBe("127.0.0.1");
  });

  it("tells every backend how often links are checked", () => {
    const backends = ofType("docker:index/container:Container").filter(({ inputs }) => /-backend$/.test(inputs["name"] as string));
    expect(backends.map(({ inputs }) => (inputs["envs"] as string[]).filter((env) => env.startsWith("FEDERATION_PROBE_INTERVAL_S")))).toEqual([["FEDERATION_PROBE_INTERVAL_S=20"], ["FEDERATION_PROBE_INTERVAL_S=20"]]);
  });

  it("names a provider for every resource of the five packages", () => {
    const without = registered.filter(({ type, custom, provider }) => custom && (packages as readonly string[]).includes(packageOf(type)) && !provider);
    expect(without.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
  });

  it("sets only properties that the stand-in plugins support", () => {
    const failures = registered
      .filter(({ type, custom }) => custom && (packages as readonly string[]).includes(packageOf(type)))
      .flatMap(({ type, name, inputs }) => {
        const definition = definitions.get(packageOf(type));
        if (!definition) return [`no plugin ${packageOf(type)}`];
        const schema = definition.types.find((candidate) => candidate.token === type)?.inputs;
        if (!schema) return [`${name}: the plugin has no type ${type}`];
        return check(type, schema as Schema, unwrapSecrets(inputs) as Bag).failures.map(({ property, reason }) => `${name}: ${property} ${reason}`);
      });
    expect(failures).toEqual([]);
  });

  it("uses every resource type that the stand-in plugins hold", () => {
    const held = [...definitions.values()].flatMap(({ types }) => types.map(({ token }) => token));
    expect(held.filter((token) => ofType(token).length === 0)).toEqual([]);
  });

  it("configures providers only with settings that the stand-in plugins support", () => {
    const failures = registered
      .filter(({ type }) => type.startsWith("pulumi:providers:"))
      .flatMap(({ type, name, inputs }) => {
        const definition = definitions.get(type.split(":")[2]!);
        if (!definition) return [];
        const allowed = Object.keys(definition.config);
        return Object.keys(inputs).filter((key) => key !== "version" && !allowed.includes(key)).map((key) => `${name}: ${key}`);
      });
    expect(failures).toEqual([]);
  });

  it("puts no secret into an environment, a command or a label", () => {
    const secrets = ofType("random:index/randomPassword:RandomPassword").map(({ name }) => `password-of-${name}`);
    for (const { name, inputs } of ofType("docker:index/container:Container")) {
      const { uploads: _files, ...visible } = inputs;
      for (const secret of secrets) expect(JSON.stringify(visible), name).not.toContain(secret);
    }
  });

  it("lets brokers check issuer and signature, with no shared secret", () => {
    const brokers = ofType("keycloak:oidc/identityProvider:IdentityProvider");
    expect(brokers.map(({ inputs }) => inputs["alias"]).sort()).toEqual(["fra-idp", "usa-idp"]);
    for (const { inputs } of brokers) {
      expect(inputs).toMatchObject({ validateSignature: true, syncMode: "FORCE", extraConfig: { clientAuthMethod: "private_key_jwt" } });
      expect(inputs["issuer"]).toMatch(/^https:\/\/localhost:/);
      expect(unwrapSecrets(inputs["clientSecret"])).toBe("none: private_key_jwt");
    }
  });

  it("signs everybody in through the flow with levels, forwards the level to partners, and takes it from no attribute", () => {
    expect(ofType("keycloak:authentication/bindings:Bindings").map(({ inputs }) => inputs["browserFlow"])).toEqual(["dive-browser", "dive-browser"]);
    for (const { inputs } of ofType("keycloak:oidc/identityProvider:IdentityProvider")) expect(inputs["extraConfig"]).toMatchObject({ forwardParameters: "acr_values", sendIdTokenOnLogout: "true" });
    const attributes = registered.filter(({ type }) => /UserAttributeProtocolMapper|AttributeImporter/.test(type)).map(({ inputs }) => inputs["claimName"] as string);
    expect(attributes.length).toBeGreaterThan(0);
    expect(attributes.filter((claim) => ["acr", "amr"].includes(claim))).toEqual([]);
  });

  it("migrates each instance's database, and declares the circuit of each side of a link in its own", () => {
    expect(ofType("pulumi-nodejs:dynamic/dive:OrchestrationSchema").map(({ inputs }) => inputs["port"]).sort()).toEqual([5432, 5442]);
    const circuits = ofType("pulumi-nodejs:dynamic/dive:CircuitBreaker").map(({ inputs }) => [inputs["port"], `${inputs["circuit"]}/${inputs["instance"]}`, inputs["failures"], inputs["coolDownMs"]]);
    expect(circuits.sort()).toEqual([[5432, "federation-link/FRA", 4, 60_000], [5442, "federation-link/USA", 4, 60_000]]);
    const roles = ofType("postgresql:index/role:Role").map(({ inputs }) => `${inputs["name"]} ${inputs["login"]} ${inputs["statementTimeout"]}`).filter((role) => role.startsWith("orchestration"));
    expect([...new Set(roles)].sort()).toEqual(["orchestration true undefined", "orchestration_reader true 5000", "orchestration_service true 5000"]);
  });

  it("gives Grafana its data source and dashboards as files, and Prometheus every rule file", () => {
    const filesOf = (service: string) => (unwrapSecrets(ofType("docker:index/container:Container").find(({ inputs }) => inputs["name"] === `dive-monitoring-${service}-files`)!.inputs["uploads"]) as { file: string; content: string }[]);
    const overview = filesOf("grafana").find(({ file }) => file === "/run/dive/dashboards/dive-v3-overview.json")!;
    expect(JSON.parse(overview.content)).toMatchObject({ uid: "dive-v3-overview", title: "DIVE V3 overview" });
    expect(filesOf("grafana").find(({ file }) => file.endsWith("/datasources/prometheus.yml"))!.content).toContain("http://dive-monitoring-prometheus:9090");
    expect(filesOf("prometheus").map(({ file }) => file)).toContain("/run/dive/monitoring.rules.yml");
  });

  it("gives Alertmanager the address of Slack as a file, and it stands nowhere in clear text", () => {
    const holders = registered.filter(({ inputs }) => JSON.stringify(unwrapSecrets(inputs)).includes(slackUrl));
    expect(holders.map(({ name }) => name)).toEqual(["monitoring-alertmanager-files-writer"]);
    // What is within a secret is encrypted in state.
    const clear = JSON.stringify(holders, (_key, value: unknown) => (typeof value === "object" && value !== null && SECRET_SIGNATURE in value ? "[secret]" : value));
    expect(clear).toContain("[secret]");
    expect(clear).not.toContain(slackUrl);
  });

  it("tells the addresses of each instance", () => {
    expect(program.instances).toEqual({
      USA: { code: "USA", role: "hub", backendUrl: "https://localhost:4000", kasUrl: "https://localhost:9000", keycloakUrl: "https://localhost:8443", realm: "dive-v3-broker-usa", issuer: "https://localhost:8443/realms/dive-v3-broker-usa", clientId: "dive-v3-broker-usa" },
      FRA: { code: "FRA", role: "spoke", backendUrl: "https://localhost:4010", kasUrl: "https://localhost:9010", keycloakUrl: "https://localhost:8453", realm: "dive-v3-broker-fra", issuer: "https://localhost:8453/realms/dive-v3-broker-fra", clientId: "dive-v3-broker-fra" },
    });
  });
});

/** Mocks hand secrets over as envelopes; the schema check is about shapes. */
function unwrapSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapSecrets);
  if (typeof value !== "object" || value === null) return value;
  const bag = value as Record<string, unknown>;
  if ("4dabf18193072939515e22adb298388d" in bag) return unwrapSecrets(bag["value"]);
  return Object.fromEntries(Object.entries(bag).map(([key, inner]) => [key, unwrapSecrets(inner)]));
}

import { describe, expect, it } from "vitest";
import { LOOPBACK, type Props, type Rule } from "../rule.ts";
import { confinement, labels, memoryLimit, publishedPorts } from "./containers.ts";
import { brokers, clients, realms } from "./federation.ts";
import { rules } from "./index.ts";
import { certificates, passwords, providers } from "./secrets.ts";

const running: Props = {
  readOnly: true, capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"], user: "999:0", memory: 256, memorySwap: 256, networkMode: "bridge",
  labels: ["dive.instance", "dive.root", "dive.service", "dive.stack"].map((label) => ({ label, value: "x" })), ports: [{ internal: 5432, ip: LOOPBACK }],
};
const writer: Props = { start: false, mustRun: false, networkMode: "none", uploads: [{}] };
const broker: Props = { validateSignature: true, issuer: "https://fra/realms/r", jwksUrl: "https://fra/certs", tokenUrl: "https://fra/token", syncMode: "FORCE", extraConfig: { clientAuthMethod: "private_key_jwt" } };
const client: Props = { accessType: "PUBLIC", standardFlowEnabled: true, implicitFlowEnabled: false, directAccessGrantsEnabled: false, pkceCodeChallengeMethod: "S256", validRedirectUris: ["https://localhost:4000/*"], webOrigins: ["https://localhost:4000"] };
const realm: Props = { sslRequired: "all", registrationAllowed: false, securityDefenses: { bruteForceDetection: { maxLoginFailures: 5 } } };
const certificate: Props = { allowedUses: ["digital_signature", "server_auth"], validityPeriodHours: 397 * 24, earlyRenewalHours: 720 };

/** Each rule with what it accepts, and what it refuses for which reason: one change of the accepted at a time. */
const table: [Rule, Props, [change: Props, reason: RegExp][]][] = [
  [labels, running, [[{ labels: [] }, /^has no label dive.instance\n/], [{ labels: undefined }, /dive.instance/], [{ labels: running["labels"].slice(0, 3) }, /^has no label dive.stack$/]]],
  [
    confinement, running,
    [
      [{ readOnly: false }, /readOnly/], [{ capabilities: undefined }, /drops \["ALL"\]/], [{ capabilities: { drops: ["NET_RAW"] } }, /drops/], [{ capabilities: { drops: ["ALL"], adds: ["SYS_ADMIN"] } }, /SYS_ADMIN/],
      [{ securityOpts: undefined }, /no-new-privileges/], [{ securityOpts: ["no-new-privileges:false"] }, /no-new-privileges/], [{ privileged: true }, /privileged/], [{ user: "0:0" }, /other than root/], [{ user: undefined }, /other than root/],
      [{ networkMode: "host" }, /network/], [{ pidMode: "host" }, /processes/], [{ ipcMode: "host" }, /memory/], [{ devices: [{}] }, /devices/],
      [{ volumes: [{ hostPath: "/var/run/docker.sock" }] }, /socket/], [{ mounts: [{ source: "/run/docker.sock" }] }, /socket/],
    ],
  ],
  // Nothing runs in a writer, but it must not become a way around the rule.
  [confinement, writer, [[{ networkMode: "bridge" }, /networkMode "none"/], [{ privileged: true }, /privileged/], [{ mustRun: true }, /readOnly/], [{ start: true }, /readOnly/]]],
  [memoryLimit, running, [[{ memory: undefined }, /no memory limit/], [{ memory: 0 }, /no memory limit/], [{ memorySwap: -1 }, /memorySwap/], [{ memorySwap: undefined }, /memorySwap/]]],
  [memoryLimit, writer, []],
  [publishedPorts, running, [[{ ports: [{ internal: 1, ip: "0.0.0.0" }] }, /^publishes port 1 on 0.0.0.0; bindAddress is 127.0.0.1$/], [{ ports: [{ internal: 1 }] }, /every address/], [{ publishAllPorts: true }, /every port/]]],
  [
    brokers, broker,
    [
      [{ validateSignature: false }, /validateSignature/], [{ validateSignature: undefined }, /validateSignature/], [{ issuer: "" }, /issuer/], [{ jwksUrl: undefined }, /jwksUrl/], [{ tokenUrl: "http://fra/token" }, /tokenUrl must begin with https/],
      [{ syncMode: "IMPORT" }, /FORCE/], [{ extraConfig: undefined }, /private_key_jwt/], [{ extraConfig: { clientAuthMethod: "client_secret_post" } }, /private_key_jwt/],
    ],
  ],
  [
    clients, client,
    [
      [{ implicitFlowEnabled: true }, /implicit/], [{ directAccessGrantsEnabled: true }, /passwords/], [{ pkceCodeChallengeMethod: undefined }, /PKCE/], [{ webOrigins: ["*"] }, /origin/],
      [{ validRedirectUris: ["*"] }, /may redirect to \*/], [{ validRedirectUris: ["https://*.example/"] }, /may redirect/], [{ validRedirectUris: ["http://localhost/"] }, /may redirect/], [{ validRedirectUris: ["https://localhost*"] }, /may redirect/],
    ],
  ],
  [realms, realm, [[{ sslRequired: "external" }, /sslRequired/], [{ registrationAllowed: true }, /register/], [{ securityDefenses: {} }, /bruteForceDetection/]]],
  [
    passwords, { length: 32, special: false },
    [
      [{ length: 21 }, /^has 125 bits \(21 of 62 characters\); at least 128 are needed$/], [{ upper: false, lower: false }, /of 10 characters/], [{ length: undefined }, /bits/], [{ upper: false, lower: false, numeric: false }, /of 0 characters/],
      [{ length: 20, special: true, overrideSpecial: "-----" }, /of 63 characters/],
    ],
  ],
  [passwords, { length: 22 }, []],
  [
    certificates, certificate,
    [
      [{ isCaCertificate: true }, /authority/], [{ allowedUses: ["cert_signing", "server_auth"] }, /authority/], [{ allowedUses: ["server_auth", "client_auth"] }, /exactly one/], [{ allowedUses: ["digital_signature"] }, /exactly one/],
      [{ allowedUses: ["server_auth", "any_extended"] }, /any use/], [{ validityPeriodHours: 10 * 8760 }, /398 days/], [{ earlyRenewalHours: undefined }, /renewed/],
    ],
  ],
  [
    providers, { url: "https://localhost:8443", sslmode: "verify-full" },
    [[{ tlsInsecureSkipVerify: true }, /skip/], [{ tlsInsecureSkipVerify: "true" }, /skip/], [{ url: "http://localhost" }, /https/], [{ sslmode: "require" }, /verify-full; has require/], [{ host: "tcp://10.0.0.1:2375" }, /TLS/]],
  ],
  [providers, { host: "unix:///var/run/docker.sock", tlsInsecureSkipVerify: "false" }, [[{ host: "tcp://h:2376" }, /TLS/]]],
];

describe.each(table)("$name", (rule, accepted, refused) => {
  const judge = (change: Props = {}) => rule.violations({ ...accepted, ...change }, { bindAddress: LOOPBACK, advertiseAddress: "", containerExporter: "false" });

  it("accepts what the stack does", () => expect(judge()).toEqual([]));

  it.each(refused)("refuses %o", (change, reason) => {
    expect(judge(change).join("\n")).toMatch(reason);
  });
});

it("a port may be published where the configuration says", () => {
  const settings = { bindAddress: LOOPBACK, advertiseAddress: "10.0.0.7", containerExporter: "false" };
  expect(publishedPorts.violations({ ports: [{ internal: 1, ip: "10.0.0.7" }] }, { ...settings, bindAddress: "10.0.0.7", advertiseAddress: "" })).toEqual([]);
  expect(publishedPorts.violations({ ports: [{ internal: 1, ip: LOOPBACK }, { internal: 1, ip: "10.0.0.7" }] }, settings)).toEqual([]);
  expect(publishedPorts.violations({ ports: [{ internal: 1, ip: "10.0.0.8" }] }, settings)).toHaveLength(1);
  expect(publishedPorts.violations({ ports: [{ internal: 1, ip: "" }] }, { ...settings, advertiseAddress: "" })).toHaveLength(1);
});

it("Docker's socket is cAdvisor's alone, read-only, unreachable from outside, and only where the configuration says so", () => {
  const cadvisor: Props = { ...running, labels: [{ label: "dive.service", value: "cadvisor" }], ports: [], networksAdvanced: [{ name: "monitoring" }], volumes: [{ hostPath: "/var/run/docker.sock", readOnly: true }] };
  const judge = (change: Props, containerExporter = "true") => confinement.violations({ ...cadvisor, ...change }, { bindAddress: LOOPBACK, advertiseAddress: "", containerExporter }).join("\n");
  expect(judge({})).toBe("");
  expect(judge({}, "false")).toMatch(/socket/);
  expect(judge({ labels: running["labels"] })).toMatch(/socket/);
  expect(judge({ ports: running["ports"] })).toMatch(/socket/);
  expect(judge({ networksAdvanced: [{ name: "monitoring" }, { name: "shared" }] })).toMatch(/socket/);
  expect(judge({ volumes: [{ hostPath: "/var/run/docker.sock" }] })).toMatch(/socket/);
  expect(judge({ user: "0:0" })).toBe("");
  expect(judge({ user: "0:0" }, "false")).toMatch(/other than root/);
  expect(judge({ privileged: true })).toMatch(/privileged/);
  expect(judge({ capabilities: undefined })).toMatch(/drops/);
});

it("every rule has a case here, and a name of its own", () => {
  expect([...new Set(table.map(([rule]) => rule))]).toEqual(expect.arrayContaining([...rules]));
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
});

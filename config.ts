/**
 * The only reader of the stack's configuration: plain values in, a checked {@link Topology} out, or every mistake at once. Providers start
 * before this is loaded, so `providers.ts` reads the one setting of theirs itself.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import countries from "i18n-iso-countries";
import { alertSecretNames, type AlertSecrets } from "./alert-receivers-config.ts";
import { parseLinks, type LinkConfig, type RawLinks } from "./link-config.ts";
import { parseMonitoringConfig, type MonitoringConfig } from "./monitoring-config.ts";
import { parseDescriptor, type SiteDescriptor } from "./partner-config.ts";
import { parsePlacement, type PlacementConfig, type RawPlacement } from "./placement-config.ts";
import { parsePolicyConfig, type PolicyConfig } from "./policy-config.ts";

/** Codes that are no country's and still allowed: test and development instances. */
export const reservedCodes = ["TST", "DEV", "QAA"] as const;

/** One instance as configured. */
export interface InstanceConfig {
  /** ISO 3166-1 alpha-3 in upper case, or TST, DEV, QAA. */
  readonly code: string;
  readonly role: "hub" | "spoke";
  /** Replaces the port index that the code would get (0-254). */
  readonly portIndex?: number;
  /** Default: the coalition's policy as it is. */
  readonly policy?: PolicyConfig;
}

/** The hub of another stack: its descriptor, or the stack whose output `descriptors` has it. */
export type HubReference = { readonly descriptor: SiteDescriptor } | { readonly stack: string };

/** What a stack deploys. */
export interface Topology extends PlacementConfig, LinkConfig {
  readonly stack: string;
  /** Absolute path of the clone; the label `dive.root` carries it. */
  readonly root: string;
  readonly namePrefix: string;
  readonly portOffset: number;
  /** Undefined in a spoke's stack. */
  readonly hub?: InstanceConfig;
  /** In a spoke's stack: the hub, which another stack deploys. */
  readonly hubElsewhere?: HubReference;
  /** Spokes of other stacks that the hub admits. */
  readonly partners: readonly SiteDescriptor[];
  readonly spokes: readonly InstanceConfig[];
  readonly seedTestUsers: boolean;
  /** Default: no monitoring stack. */
  readonly monitoring?: MonitoringConfig;
}

/** The certificate authority that signs every leaf of the stack, in mkcert's layout. */
export interface CertificateAuthority {
  readonly certificatePem: string;
  /** Path of the certificate, for what wants a file. */
  readonly certificateFile: string;
  readonly keyPem: pulumi.Output<string>;
}

/** One rule broken by the configuration. */
export interface ConfigProblem {
  readonly key: string;
  readonly rule: string;
  readonly got: unknown;
  readonly allowed: string;
}

/** Everything that is wrong with a configuration, in one error. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(
      ({ key, rule, got, allowed }) => `  ${key}: ${rule}\n    got:     ${JSON.stringify(got) ?? "nothing"}\n    allowed: ${allowed}`,
    );
    super(`The stack's configuration breaks ${problems.length} rule${problems.length === 1 ? "" : "s"}:\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** The configuration as the engine gives it: parsed, not yet checked. */
export interface RawConfig extends RawPlacement, RawLinks {
  readonly namePrefix?: unknown;
  readonly portOffset?: unknown;
  readonly role?: unknown;
  readonly hub?: unknown;
  readonly partners?: unknown;
  readonly spokes?: unknown;
  readonly seedTestUsers?: unknown;
  readonly monitoring?: unknown;
  readonly alertSecrets?: AlertSecrets;
}

const codeRule = "ISO 3166-1 alpha-3 (USA, FRA, DEU, ...), or TST, DEV, QAA";
const instanceKeys = ["code", "portIndex", "policy"];
const maxPortIndex = 254;

/** Whether `code` names an instance; upper case only. */
export function isInstanceCode(code: string): boolean {
  return (reservedCodes as readonly string[]).includes(code) || (/^[A-Z]{3}$/.test(code) && countries.alpha3ToAlpha2(code) !== undefined);
}

/**
 * Checks a configuration.
 * @throws ConfigError that names every broken rule with key, rule, got and allowed.
 */
export function parseTopology(raw: RawConfig, stack: string, root: string): Topology {
  const problems: ConfigProblem[] = [];
  const report = (key: string, rule: string, got: unknown, allowed: string) => problems.push({ key: `dive:${key}`, rule, got, allowed });

  const namePrefix = raw.namePrefix ?? "";
  if (typeof namePrefix !== "string" || !/^([a-z0-9][a-z0-9-]{0,19})?$/.test(namePrefix))
    report("namePrefix", "must be usable in a container name", namePrefix, "up to 20 of a-z, 0-9 and '-', not starting with '-'");

  const portOffset = raw.portOffset ?? 0;
  if (typeof portOffset !== "number" || portOffset % 1000 !== 0 || portOffset < 0 || portOffset > 20_000)
    report("portOffset", "must keep stacks apart", portOffset, "a multiple of 1000 from 0 to 20000");

  const placement = parsePlacement(raw, report);

  const seedTestUsers = raw.seedTestUsers ?? false;
  if (typeof seedTestUsers !== "boolean") report("seedTestUsers", "must be a switch", seedTestUsers, "true, false");

  const links = parseLinks(raw, report);
  const monitoring = raw.monitoring === undefined ? undefined : parseMonitoringConfig(raw.monitoring, report, raw.alertSecrets);
  const role = raw.role ?? "hub";
  if (role !== "hub" && role !== "spoke") report("role", "must say which side of the federation the stack deploys", role, "hub (the hub, and spokes beside it), spoke (one spoke of a hub elsewhere)");
  const hub = role === "spoke" ? undefined : parseInstance(raw.hub, "hub", "hub", report);
  const hubElsewhere = role === "spoke" ? parseHubReference(raw.hub, report) : undefined;
  const partners = parsePartners(raw.partners, role, report);
  if (role === "spoke" && monitoring !== undefined) report("monitoring", "watches the federation from the hub's stack", raw.monitoring, "nothing in a stack with role spoke");
  const given = raw.spokes ?? [];
  if (!Array.isArray(given)) report("spokes", "must be a list", given, "a list of {code, portIndex?}");
  const spokes = (Array.isArray(given) ? given : []).map((spoke, i) => parseInstance(spoke, `spokes[${i}]`, "spoke", report));

  const seen = new Map<string, string>();
  if (role === "spoke" && spokes.length !== 1) report("spokes", "must name the one spoke of a stack with role spoke", given, "[{code, portIndex?, policy?}]");
  if (hub) seen.set(hub.code, "hub");
  if (hubElsewhere && "descriptor" in hubElsewhere) seen.set(hubElsewhere.descriptor.code, "hub");
  spokes.forEach((spoke, i) => {
    if (!spoke) return;
    const earlier = seen.get(spoke.code);
    if (earlier === "hub") report(`spokes[${i}].code`, "the hub cannot be its own spoke", spoke.code, `any code but ${spoke.code}`);
    else if (earlier) report(`spokes[${i}].code`, `each spoke once, already given as ${earlier}`, spoke.code, "a code not listed yet");
    else seen.set(spoke.code, `spokes[${i}]`);
  });

  partners.forEach(({ code }, i) => {
    const earlier = seen.get(code);
    if (earlier) report(`partners[${i}].code`, `each instance once, already given as ${earlier}`, code, "a code not listed yet");
    else seen.set(code, `partners[${i}]`);
  });

  if (problems.length > 0) throw new ConfigError(problems);
  return {
    stack,
    root,
    namePrefix: namePrefix as string,
    portOffset: portOffset as number,
    ...placement,
    ...(hub === undefined ? {} : { hub }),
    ...(hubElsewhere === undefined ? {} : { hubElsewhere }),
    partners,
    spokes: spokes as InstanceConfig[],
    seedTestUsers: seedTestUsers as boolean,
    ...links,
    ...(monitoring === undefined ? {} : { monitoring }),
  };
}

type Reporter = (key: string, rule: string, got: unknown, allowed: string) => void;

/** A problem of a descriptor under the key at which it stands in the configuration. */
const below = (key: string, report: Reporter): Reporter => (name, ...problem) => report(name === "" ? key : `${key}.${name}`, ...problem);

/** A hub as its spokes' stacks name it: `{stack}`, or its descriptor. */
function parseHubReference(raw: unknown, report: Reporter): HubReference | undefined {
  const { stack, ...rest } = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  if (stack === undefined) {
    const descriptor = parseDescriptor(raw, "hub", isInstanceCode, below("hub", report));
    return descriptor && { descriptor };
  }
  for (const name of Object.keys(rest)) report(`hub.${name}`, "cannot be given beside a stack", rest[name], "{stack}, or the hub's descriptor");
  if (typeof stack !== "string" || !/^[\w.-]+\/[\w.-]+\/[\w.-]+$/.test(stack)) return void report("hub.stack", "must name a stack in full", stack, "<organization>/<project>/<stack>; organization/dive/<stack> for state in files");
  return { stack };
}

function parsePartners(raw: unknown, role: unknown, report: Reporter): SiteDescriptor[] {
  if (raw === undefined) return [];
  if (!Array.isArray(raw)) return report("partners", "must be a list", raw, "a list of spokes' descriptors"), [];
  if (role === "spoke" && raw.length > 0) report("partners", "are the hub's to admit", raw.length, "nothing in a stack with role spoke");
  return raw.flatMap((each, i) => parseDescriptor(each, "spoke", isInstanceCode, below(`partners[${i}]`, report)) ?? []);
}

function parseInstance(
  raw: unknown,
  key: string,
  role: InstanceConfig["role"],
  report: (key: string, rule: string, got: unknown, allowed: string) => void,
): InstanceConfig | undefined {
  if (raw === undefined) return void report(key, "is missing", undefined, `{code: ${codeRule}}`);
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return void report(key, "must be an object", raw, "{code, portIndex?, policy?}");
  const { code, portIndex, policy: rawPolicy, ...rest } = raw as Record<string, unknown>;
  for (const name of Object.keys(rest)) report(`${key}.${name}`, "is not a setting of an instance", rest[name], instanceKeys.join(", "));
  if (portIndex !== undefined && !(Number.isInteger(portIndex) && (portIndex as number) >= 0 && (portIndex as number) <= maxPortIndex))
    report(`${key}.portIndex`, "must be a port index", portIndex, `a whole number from 0 to ${maxPortIndex}`);
  const policy = rawPolicy === undefined ? {} : { policy: parsePolicyConfig(rawPolicy, (name, ...problem) => report(`${key}.${name}`, ...problem)) };
  if (code === undefined) return void report(`${key}.code`, "is missing", undefined, codeRule);
  if (typeof code !== "string" || !isInstanceCode(code.toUpperCase())) return void report(`${key}.code`, "must be a known code", code, codeRule);
  return { code: code.toUpperCase(), role, ...policy, ...(portIndex === undefined ? {} : { portIndex: portIndex as number }) };
}

/** Reads and checks the configuration of the stack that runs. */
export function loadTopology(): Topology {
  const config = new pulumi.Config("dive");
  return parseTopology(
    {
      namePrefix: config.get("namePrefix"),
      portOffset: config.getObject("portOffset"),
      // The project's default is an empty text: none.
      dockerHost: config.get("dockerHost") || undefined,
      bindAddress: config.get("bindAddress"),
      advertiseAddress: config.get("advertiseAddress") || undefined,
      role: config.get("role"),
      hub: config.getObject("hub"),
      partners: config.getObject("partners"),
      spokes: config.getObject("spokes"),
      seedTestUsers: config.getObject("seedTestUsers"),
      linkCircuit: config.getObject("linkCircuit"),
      linkProbeSeconds: config.getObject("linkProbeSeconds"),
      monitoring: config.getObject("monitoring"),
      alertSecrets: readAlertSecrets(),
    },
    pulumi.getStack(),
    process.cwd(),
  );
}

/** Read past `pulumi.Config`, which gives secrets as outputs only: a bad one is to be told with everything else that is wrong. */
function readAlertSecrets(): AlertSecrets {
  // The language host says so to every program; the SDK keeps it to itself.
  const encrypted = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
  return Object.fromEntries(alertSecretNames.flatMap((name) => {
    const value = pulumi.runtime.getConfig(`dive:${name}`);
    return value === undefined ? [] : [[name, { value, encrypted: encrypted.includes(`dive:${name}`) }]];
  }));
}

/**
 * Reads the root that signs every certificate: the folder CAROOT, laid out as mkcert's.
 * `./dive env` sets CAROOT and makes a root there when there is none. The key goes into state encrypted.
 */
export function loadCertificateAuthority(folder = process.env["CAROOT"]): CertificateAuthority {
  const certificateFile = folder ? path.join(folder, "rootCA.pem") : "";
  const keyFile = folder ? path.join(folder, "rootCA-key.pem") : "";
  if (!folder || !fs.existsSync(certificateFile) || !fs.existsSync(keyFile))
    throw new ConfigError([
      {
        key: "CAROOT (environment)",
        rule: "must name a folder with rootCA.pem and rootCA-key.pem",
        got: folder,
        allowed: 'mkcert\'s folder, or what `eval "$(./dive env)"` sets',
      },
    ]);
  return {
    certificatePem: fs.readFileSync(certificateFile, "utf8"),
    certificateFile,
    keyPem: pulumi.secret(fs.readFileSync(keyFile, "utf8")),
  };
}

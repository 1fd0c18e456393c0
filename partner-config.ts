/** What a site tells its partners of itself, and how a partner's descriptor in the configuration is checked. */
import { X509Certificate } from "node:crypto";

/** An instance of the federation as the others know it. */
export interface Member {
  readonly code: string;
  readonly role: "hub" | "spoke";
  readonly issuer: string;
}

/** The public descriptor of a site: what `./dive spoke descriptor <code>` prints, and what the partner's configuration holds. No secret is in it. */
export interface SiteDescriptor {
  readonly code: string;
  readonly role: "hub" | "spoke";
  /** Public bases, without a slash at their end. Equal host names mean the same Docker host; `localhost` can mean no other. */
  readonly backendUrl: string;
  readonly kasUrl: string;
  readonly keycloakUrl: string;
  /** Where its backend hands resources to backends on other Docker hosts; absent where none can reach it. */
  readonly exchangeUrl?: string;
  /** Issuer of the realm, below `keycloakUrl`. */
  readonly issuer: string;
  /** First part of its containers' names, e.g. `dive-spoke-fra`. */
  readonly instanceName: string;
  /** PEM of the authority that signs its certificates. */
  readonly caCertificate: string;
  /** Spokes: SHA-256 (hex) of the password under which it comes to the hub's blacklist. */
  readonly blacklistPasswordSha256?: string;
  /** Hubs: what a spoke needs of the blacklist and of the network that instances of one Docker host share. */
  readonly blacklistUrl?: string;
  readonly sharedNetwork?: string;
  /** Hubs: everyone in the federation, the hub included. */
  readonly members?: readonly Member[];
}

/** Tells of one broken rule; the name is relative to the descriptor, and empty for the descriptor itself. */
type Report = (name: string, rule: string, got: unknown, allowed: string) => void;

const common = ["code", "role", "backendUrl", "kasUrl", "keycloakUrl", "exchangeUrl", "issuer", "instanceName", "caCertificate"];
const keysOf = { hub: [...common, "blacklistUrl", "sharedNetwork", "members"], spoke: [...common, "blacklistPasswordSha256"] };

/** The realm of a code. */
export function realmOf(code: string): string {
  return `dive-v3-broker-${code.toLowerCase()}`;
}

/** Checks a descriptor of the given role; undefined after a report that leaves nothing to go on with. */
export function parseDescriptor(raw: unknown, role: "hub" | "spoke", isCode: (code: string) => boolean, report: Report): SiteDescriptor | undefined {
  const allowed = `what \`./dive ${role} descriptor\` prints at the partner`;
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return void report("", `must be the descriptor of a ${role}`, raw, allowed);
  const given = raw as Record<string, unknown>;
  const problems: string[] = [];
  const check = (name: string, ok: boolean, rule: string, may: string) => {
    if (ok) return;
    problems.push(name);
    report(name, given[name] === undefined ? "is missing" : rule, given[name], may);
  };
  for (const name of Object.keys(given)) if (!keysOf[role].includes(name)) check(name, false, `is not part of a ${role}'s descriptor`, keysOf[role].join(", "));
  check("code", typeof given["code"] === "string" && isCode(given["code"]), "must be a known code", "ISO 3166-1 alpha-3 in capitals, or TST, DEV, QAA");
  check("role", given["role"] === role, "must be the partner's role", role);
  for (const name of ["backendUrl", "kasUrl", "keycloakUrl", ...(given["exchangeUrl"] === undefined ? [] : ["exchangeUrl"])]) check(name, isOrigin(given[name], "https:"), "must be a public base", "https://<name>[:<port>], nothing after it");
  check("issuer", given["issuer"] === `${given["keycloakUrl"]}/realms/${realmOf(String(given["code"]))}`, "must be the realm below keycloakUrl", `${given["keycloakUrl"]}/realms/${realmOf(String(given["code"]))}`);
  check("instanceName", isName(given["instanceName"]), "must be the first part of container names", "a-z, 0-9 and '-'");
  check("caCertificate", isCertificateAuthority(given["caCertificate"]), "must be the certificate of an authority", "one PEM block of a certificate that may sign certificates");
  if (role === "spoke") check("blacklistPasswordSha256", typeof given["blacklistPasswordSha256"] === "string" && /^[0-9a-f]{64}$/.test(given["blacklistPasswordSha256"]), "must be a SHA-256", "64 hexadecimal digits in small letters");
  else {
    check("blacklistUrl", isOrigin(given["blacklistUrl"], "rediss:"), "must be the public base of the blacklist", "rediss://<name>:<port>");
    check("sharedNetwork", isName(given["sharedNetwork"]), "must be the name of a network", "a-z, 0-9 and '-'");
    check("members", Array.isArray(given["members"]) && given["members"].every((member) => isMember(member, isCode)), "must list the federation", "[{code, role, issuer}]");
  }
  return problems.length > 0 ? undefined : (given as unknown as SiteDescriptor);
}

function isOrigin(value: unknown, protocol: "https:" | "rediss:"): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const url = new URL(value);
  return url.protocol === protocol && `${url.protocol}//${url.host}` === value;
}

function isName(value: unknown): boolean {
  return typeof value === "string" && /^[a-z0-9][a-z0-9-]{0,60}$/.test(value);
}

function isMember(value: unknown, isCode: (code: string) => boolean): value is Member {
  const { code, role, issuer } = (value ?? {}) as Partial<Record<keyof Member, unknown>>;
  return typeof code === "string" && isCode(code) && (role === "hub" || role === "spoke") && typeof issuer === "string" && issuer.startsWith("https://") && URL.canParse(issuer);
}

/** Whether a value is one PEM block of a certificate that may sign certificates. */
export function isCertificateAuthority(value: unknown): boolean {
  if (typeof value !== "string" || value.match(/-----BEGIN /g)?.length !== 1) return false;
  try {
    return new X509Certificate(value).ca;
  } catch {
    return false; // not a certificate at all: the rule says so
  }
}

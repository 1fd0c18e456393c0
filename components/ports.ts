/** Which port each service of each instance is published on: one table, no collisions. */
import { createHash } from "node:crypto";
import { ConfigError, type ConfigProblem } from "../config.ts";

/** The 30 members that NATO had in 2020, without the USA (always 0), Germany and France (fixed below), in code order. */
const members2020 = [
  "ALB", "BEL", "BGR", "CAN", "CZE", "DNK", "ESP", "EST", "GBR", "GRC", "HRV", "HUN", "ISL", "ITA",
  "LTU", "LUX", "LVA", "MKD", "MNE", "NLD", "NOR", "POL", "PRT", "ROU", "SVK", "SVN", "TUR",
];
const partners = ["AUS", "NZL", "JPN", "KOR", "ISR", "UKR", "CHE", "AUT", "IRL", "SGP"];
const others = ["FIN", "SWE", "BRA", "IND", "MEX", "ZAF", "ARE", "SAU"];

const fixedIndexes: ReadonlyMap<string, number> = fixIndexes();
const hashedIndexes = { first: 48, last: 67 };

function fixIndexes(): Map<string, number> {
  const indexes = new Map([["USA", 0], ["DEU", 8], ["FRA", 10], ["TST", 200], ["DEV", 201], ["QAA", 202]]);
  const taken = new Set(indexes.values());
  const free = Array.from({ length: 29 }, (_, i) => i + 1).filter((n) => !taken.has(n));
  members2020.forEach((code, i) => indexes.set(code, free[i]!));
  partners.forEach((code, i) => indexes.set(code, 30 + i));
  others.forEach((code, i) => indexes.set(code, 40 + i));
  return indexes;
}

/** The published ports of one instance. */
export interface InstancePorts {
  readonly backend: number;
  readonly keycloak: number;
  readonly kas: number;
  readonly postgres: number;
  /** Where partners' backends on other hosts fetch resources; published only where the stack is advertised. */
  readonly exchange: number;
}

/** The first port of each service; an instance's port index and the stack's offset are added. */
export const basePorts = { backend: 4000, keycloak: 8443, kas: 9000, postgres: 5432, exchange: 4700 } as const;

/** Ports that a stack has once. */
export const sharedPorts = { blacklistRedis: 6390, prometheus: 9090, alertmanager: 9093, grafana: 3030, alertReceiver: 3031 } as const;

/** The port index of a code: a fixed place for the codes that the federation knows, else a hash into 48-67. */
export function portIndexOf(code: string): number {
  const fixed = fixedIndexes.get(code);
  if (fixed !== undefined) return fixed;
  const span = hashedIndexes.last - hashedIndexes.first + 1;
  return hashedIndexes.first + (createHash("sha256").update(code).digest().readUInt32BE(0) % span);
}

/** The published ports for a port index. */
export function portsOf(index: number, offset: number): InstancePorts {
  return {
    backend: basePorts.backend + index + offset,
    keycloak: basePorts.keycloak + index + offset,
    kas: basePorts.kas + index + offset,
    postgres: basePorts.postgres + index + offset,
    exchange: basePorts.exchange + index + offset,
  };
}

/** What {@link assignPortIndexes} needs to know of an instance. */
export interface PortClaim {
  readonly code: string;
  readonly portIndex?: number;
}

/**
 * Gives each instance its port index.
 * @param offset the stack's portOffset
 * @throws ConfigError that names both instances of a collision, or the port that browsers refuse, and the setting that solves it.
 */
export function assignPortIndexes(claims: readonly PortClaim[], offset = 0): ReadonlyMap<string, number> {
  const indexes = new Map<string, number>();
  const problems: ConfigProblem[] = [];
  for (const { code, portIndex } of claims) {
    const index = portIndex ?? portIndexOf(code);
    const report = (rule: string) =>
      problems.push({
        key: `dive: portIndex of ${code}`,
        rule,
        got: index,
        allowed: `a free place from 0 to 254; taken: ${[...indexes].map(([other, place]) => `${place} (${other})`).join(", ") || "none"}`,
      });
    for (const [other, otherIndex] of indexes) if (collide(index, otherIndex)) report(`Port collision: ${code} would publish a port of ${other}`);
    for (const [service, port] of Object.entries(sharedPorts))
      if (Object.values(portsOf(index, 0)).includes(port)) report(`Port collision: ${code} would publish a port of ${service}`);
    const blocked = blockedPort(index, offset);
    if (blocked !== undefined) report(`${code} would publish port ${blocked}, which browsers refuse to open; set portIndex, or another portOffset`);
    indexes.set(code, index);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return indexes;
}

/**
 * Ports that no browser opens, whatever answers there, from 1024 up: the Fetch standard's "bad ports"
 * (https://fetch.spec.whatwg.org/#port-blocking).
 */
const portsBlockedByBrowsers: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10_080,
]);

/** The first port of an instance that people's browsers would refuse, of the services that browsers open. */
function blockedPort(index: number, offset: number): number | undefined {
  const { backend, keycloak, kas } = portsOf(index, offset);
  return [backend, keycloak, kas].find((port) => portsBlockedByBrowsers.has(port));
}

function collide(a: number, b: number): boolean {
  const ports = new Set(Object.values(portsOf(a, 0)));
  return Object.values(portsOf(b, 0)).some((port) => ports.has(port));
}

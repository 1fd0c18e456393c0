import { expect, vi } from "vitest";
import type { RunningStack } from "./stack.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** One of the services of an instance that serve people. */
export interface Service {
  /** For messages: `the KAS of FRA`. */
  readonly name: string;
  /** The instance's. */
  readonly code: string;
  readonly service: "backend" | "kas";
  /** Public base. */
  readonly base: string;
}

/** What `/health/detailed` answers. */
export interface Report {
  /** HTTP status. */
  readonly code: number;
  readonly status: string;
  readonly services: Record<string, { status: string; error?: string }>;
  readonly circuitBreakers: Record<string, { state: string; failures: number; rejected: number }>;
}

const PARTS = {
  backend: ["mongodb", "opa", "keycloak", "kas", "redis", "blacklistRedis", "cache"],
  kas: ["keys", "opa", "mongodb", "redis", "blacklistRedis", "cache"],
} as const;

/** Backend and KAS of every instance of a stack. */
export function servicesOf({ instances }: RunningStack): Service[] {
  return Object.values(instances).flatMap(({ code, backendUrl, kasUrl }) => [
    { name: `the backend of ${code}`, code, service: "backend" as const, base: backendUrl },
    { name: `the KAS of ${code}`, code, service: "kas" as const, base: kasUrl },
  ]);
}

/** Asks a service for one of its public addresses. */
export const get = (base: string, path: string): Promise<Response> => fetch(`${base}${path}`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });

/** What a service says of its parts and circuits. */
export async function report(base: string): Promise<Report> {
  const response = await get(base, "/health/detailed");
  return { code: response.status, ...((await response.json()) as Omit<Report, "code">) };
}

/** Value of a metric with its labels as they are printed, e.g. `dive_v3_service_health{component="opa"}`; undefined when there is none. */
export async function metric(base: string, series: string): Promise<number | undefined> {
  const line = (await (await get(base, "/metrics")).text()).split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** Waits until every part of a service is up and every circuit closed: after what went before, by itself. */
export async function atRest({ base, service, name }: Service): Promise<void> {
  const up = Object.fromEntries(PARTS[service].map((part) => [part, "up"]));
  await vi.waitFor(async () => {
    const { code, status, services: found, circuitBreakers } = await report(base);
    const seen = { code, status, parts: Object.fromEntries(Object.entries(found).map(([part, one]) => [part, one.status])), open: Object.values(circuitBreakers).filter(({ state }) => state !== "CLOSED").length };
    expect(seen, name).toEqual({ code: 200, status: "healthy", parts: up, open: 0 });
  }, { timeout: 90_000, interval: 1_000 });
}

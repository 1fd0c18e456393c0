import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { containerOf } from "../support/containers.ts";
import { atRest, get, metric, report, servicesOf, type Service } from "../support/health.ts";
import { startToxiproxy, type Detour, type DetourMaker } from "../support/toxiproxy.ts";

// Proves on real containers what each service says of itself while a part of it is away or slow, and that it recovers by itself.
// Slow parts take minutes, so they are for ./dive test all.
const stack = inject("stack");
const LIMIT = { timeout: 180_000 };
const all = process.env["DIVE_TEST_ALL"] !== undefined;

type ServiceName = Service["service"];
const services = servicesOf(stack);

/** A remote part: its containers' service and ports, for whom it is critical, and who has it at all. */
interface Part {
  readonly name: string;
  readonly target: string;
  readonly ports: readonly number[];
  readonly of: readonly ServiceName[];
  readonly criticalFor: readonly ServiceName[];
  /** Delay of each piece of an answer, ms: more than 2 s in all, a TLS handshake that it takes anew included, and less than the probe's limit. */
  readonly slowMs: number;
  /** What the part is while it is slow, where that is not `degraded`. */
  readonly whenSlow?: "down";
}
const BOTH = ["backend", "kas"] as const;
const parts: Part[] = [
  { name: "opa", target: "opa", ports: [8181], of: BOTH, criticalFor: BOTH, slowMs: 1_050 },
  { name: "mongodb", target: "mongodb", ports: [27017], of: BOTH, criticalFor: ["backend"], slowMs: 2_100 },
  { name: "keycloak", target: "keycloak", ports: [9000, 8443], of: ["backend"], criticalFor: [], slowMs: 2_200 },
  { name: "kas", target: "kas", ports: [9000], of: ["backend"], criticalFor: [], slowMs: 2_200 },
  { name: "redis", target: "redis", ports: [6379], of: BOTH, criticalFor: [], slowMs: 2_200 },
  // A command there must have failed well before the view of revocations is stale, so that slow is away.
  { name: "blacklistRedis", target: "blacklist-redis", ports: [6379], of: BOTH, criticalFor: [], slowMs: 2_200, whenSlow: "down" },
];

/** What a service says at one moment, as far as a part is concerned. */
async function view(base: string, part: string) {
  const { code, status, services: found } = await report(base);
  const [ready, live] = [await get(base, "/ready"), await get(base, "/live")];
  return { code, status, part: found[part]?.status, ready: ready.status, live: live.status };
}
const healthMetric = (base: string, part: string) => metric(base, `dive_v3_service_health{component="${part}"}`);

let toxiproxy: DetourMaker;
const detours = new Map<string, Detour[]>();
const detoursOf = (service: Service, part: Part) => detours.get(`${service.name} ${part.name}`)!;

beforeAll(async () => {
  toxiproxy = await startToxiproxy();
  for (const service of services) {
    for (const part of parts.filter(({ of }) => of.includes(service.service))) {
      const caller = await containerOf(stack.name, service.code, service.service);
      // The blacklist is the hub's for everybody.
      const at = part.name === "blacklistRedis" ? "USA" : service.code;
      const target = await containerOf(stack.name, at, part.target);
      detours.set(`${service.name} ${part.name}`, await Promise.all(part.ports.map((port) => toxiproxy.detour(caller, target, port))));
    }
  }
  await Promise.all(services.map(atRest));
}, LIMIT.timeout);
afterAll(async () => {
  await toxiproxy?.[Symbol.asyncDispose]();
  await Promise.all(services.map(atRest));
}, 60_000);

const havers = (part: Part) => services.filter(({ service }) => part.of.includes(service));
const isCritical = (part: Part, { service }: Service) => part.criticalFor.includes(service);

test("at rest every part is up, and a spoke's blacklist is the hub's", LIMIT, async () => {
  await Promise.all(services.map(atRest));
});

test.for(parts)("$name away from everybody who has it, and back", LIMIT, async (part) => {
  await Promise.all(havers(part).flatMap((service) => detoursOf(service, part).map((detour) => detour.cut())));
  await Promise.all(havers(part).map(async (service) => {
    const expected = isCritical(part, service) ? { code: 503, status: "unhealthy", part: "down", ready: 503, live: 200 } : { code: 200, status: "degraded", part: "down", ready: 200, live: 200 };
    await expect.poll(() => view(service.base, part.name), { timeout: 30_000, interval: 500, message: service.name }).toEqual(expected);
    expect(await healthMetric(service.base, part.name), service.name).toBe(0);
  }));
  await Promise.all(havers(part).flatMap((service) => detoursOf(service, part).map((detour) => detour.heal())));
  await Promise.all(services.map(atRest));
  for (const service of havers(part)) expect(await healthMetric(service.base, part.name), service.name).toBe(1);
});

test.runIf(all).for(parts)("$name slow for everybody who has it, and quick again", LIMIT, async (part) => {
  await Promise.all(havers(part).flatMap((service) => detoursOf(service, part).map((detour) => detour.slow(part.slowMs))));
  await Promise.all(havers(part).map(async (service) => {
    // Long pauses, so that a connection that is kept for some seconds is made anew for each probe of a critical part.
    const critical = isCritical(part, service);
    const found = await expect.poll(async () => {
      const { code, status, services: found } = await report(service.base);
      return { code, status, part: found[part.name]?.status };
    }, { timeout: 90_000, interval: critical ? 5_000 : 300, message: service.name }).toEqual({ code: 200, status: "degraded", part: part.whenSlow ?? "degraded" });
    expect((await get(service.base, "/ready")).status, service.name).toBe(200);
    return found;
  }));
  await Promise.all(havers(part).flatMap((service) => detoursOf(service, part).map((detour) => detour.heal())));
  await Promise.all(services.map(atRest));
});

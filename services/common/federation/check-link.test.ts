import { PersistentCircuitBreaker } from "../circuit/index.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeKeycloaks } from "../testing/fake-keycloak.ts";
import { MemoryCircuitStore } from "../testing/memory-circuit-store.ts";
import { TestClock } from "../testing/test-clock.ts";
import { testAuthority } from "../testing/test-servers.ts";
import { checkLink, type KeyMemory, type LinkHalf } from "./check-link.ts";
import { firstRound, linkRound, verificationRound } from "./rounds.ts";
import { LINK_DELAYS_MS, VERIFICATION_DELAYS_MS } from "./schedules.ts";

const authority = testAuthority();
let fakes: FakeKeycloaks;
let store: MemoryCircuitStore;
// Longer than any pause of the schedules, shorter than what is left of the deadline.
const clock = () => new TestClock(40_000);

beforeAll(async () => {
  fakes = await FakeKeycloaks.start(authority);
});
afterAll(() => fakes[Symbol.asyncDispose]());
beforeEach(() => {
  fakes.reset();
  store = new MemoryCircuitStore();
});

const circuit = (partner: string) => new PersistentCircuitBreaker({ key: { name: "federation-link", instance: partner }, store });

function half(own: "usa" | "fra", more: Partial<LinkHalf> = {}): LinkHalf {
  const partner = own === "usa" ? "fra" : "usa";
  return {
    own: fakes.side(own), partner: fakes.side(partner), breaker: circuit(partner.toUpperCase()),
    admin: { url: fakes.side(own).publicBase, clientId: "dive-pulumi", clientSecret: "hunter2" },
    probeUser: { username: "federation-probe", password: `password-of-${own}` }, ...more,
  };
}
const options = (time = clock()) => ({ delaysMs: LINK_DELAYS_MS, caCertificates: [authority.certificate], clock: time });
const failure = (work: Promise<void>) => work.then(() => expect.unreachable(), (error: unknown) => (error as Error).message);

describe("a link's rounds behind the breakers", () => {
  test("the schedules are 2, 4, 8, 16, 32 s and 3, 6, 12, 24 s", () => {
    expect([LINK_DELAYS_MS, VERIFICATION_DELAYS_MS]).toEqual([[2000, 4000, 8000, 16000, 32000], [3000, 6000, 12000, 24000]]);
  });

  test("an outage is one failure of a check with all its retries; the fifth in a row opens the breaker", async () => {
    fakes.behaviour["fra"]!.down = true;
    for (const failures of [1, 2, 3, 4]) {
      const time = clock();
      const message = await failure(checkLink("link USA <-> FRA", [half("usa")], linkRound(), options(time)));
      expect(time.slept).toEqual([...LINK_DELAYS_MS]);
      expect(await circuit("FRA").snapshot()).toMatchObject({ state: "CLOSED", failures });
      expect(message).toMatch(/^link USA <-> FRA: still failing after 6 attempts in 62\.0 s; last seen: issuer of FRA: \S+ answered 503/);
      expect(message).toContain("or ./dive logs fra keycloak; when the cause is gone: ./dive up");
    }
    const time = clock();
    const message = await failure(checkLink("link USA <-> FRA", [half("usa")], linkRound(), options(time)));
    expect(time.slept).toEqual([]);
    expect(await circuit("FRA").snapshot()).toMatchObject({ state: "OPEN", failures: 5 });
    expect(message).toMatch(/^link USA <-> FRA: gave up after 1 attempt in 0\.0 s; last seen: issuer of FRA: \S+ answered 503/);
    expect(message).toContain("Next: ./dive federation status, and ./dive logs usa keycloak or ./dive logs fra keycloak; when the cause is gone: ./dive federation reset-circuit FRA, then ./dive up");
    expect(message).not.toContain("hunter2");
  });

  test("a breaker that others open meanwhile stops the retries that are left", async () => {
    fakes.behaviour["fra"]!.down = true;
    const time = clock();
    let others: Promise<unknown> = Promise.resolve();
    const open = async () => {
      for (let n = 0; n < 5; n++) await circuit("FRA").execute(() => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))).catch(() => undefined);
    };
    const message = await failure(checkLink("link", [half("usa")], linkRound(), { ...options({ now: () => time.now(), sleep: async (ms, signal) => { await others; return time.sleep(ms, signal); } } as TestClock), onAttempt: ({ attempt }) => { if (attempt === 2) others = open(); } }));
    expect(time.slept).toEqual([2000, 4000]);
    expect(message).toContain("Circuit federation-link/FRA is open since");
  });

  test("an open circuit ends a check before anything is asked", async () => {
    for (let n = 0; n < 5; n++) await circuit("FRA").execute(() => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))).catch(() => undefined);
    const time = clock();
    const message = await failure(checkLink("first check", [half("usa")], firstRound, options(time)));
    expect([fakes.calls, time.slept]).toEqual([[], []]);
    expect(message).toContain("Circuit federation-link/FRA is open since");
    expect(message).toContain("refused");
  });

  test("slow propagation verifies after 30 s and counts nothing", async () => {
    fakes.behaviour["usa"]!.broker = "missing";
    const time = clock();
    await checkLink("link", [half("usa"), half("fra")], linkRound(), { ...options(time), onAttempt: ({ attempt }) => { if (attempt === 4) fakes.behaviour["usa"]!.broker = "redirects"; } });
    expect(time.slept).toEqual([2000, 4000, 8000, 16000]);
    for (const partner of ["FRA", "USA"]) expect(await circuit(partner).snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
  });

  test("a side that works is not asked again while the other is waited for", async () => {
    fakes.behaviour["usa"]!.broker = "missing";
    await checkLink("link", [half("usa"), half("fra")], linkRound(), { ...options(), onAttempt: ({ attempt }) => { if (attempt === 2) fakes.behaviour["usa"]!.broker = "redirects"; } });
    expect(fakes.calls.filter((call) => call.startsWith("usa GET /realms/r-usa/.well-known"))).toHaveLength(1);
    expect(fakes.calls.filter((call) => call.startsWith("fra GET /realms/r-fra/.well-known"))).toHaveLength(3);
  });

  test("a Keycloak that comes back in the middle heals the link", async () => {
    fakes.behaviour["fra"]!.down = true;
    const time = clock();
    await checkLink("link", [half("usa"), half("fra")], linkRound(), { ...options(time), onAttempt: ({ attempt }) => { if (attempt === 3) fakes.behaviour["fra"]!.down = false; } });
    expect(time.slept).toEqual([2000, 4000, 8000]);
    expect(await circuit("FRA").snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
  });

  test("nothing is asked while the circuits cannot be read", async () => {
    const breaker = { execute: () => Promise.reject(new Error("no database")), snapshot: () => Promise.reject(new Error("no database")) };
    expect(await failure(checkLink("link", [half("usa", { breaker })], linkRound(), options()))).toContain("no database");
    expect(fakes.calls).toEqual([]);
  });
});

describe("the keys cache", () => {
  const cleared = () => fakes.calls.flatMap((call) => /clear-(\w+)-cache/.exec(call)?.[1] ?? []);
  function memory(known?: readonly string[]): KeyMemory & { remembered: (readonly string[])[] } {
    const remembered: (readonly string[])[] = [];
    return { remembered, known: async () => known, remember: async (ids) => void remembered.push(ids) };
  }

  test("is cleared when the partner's keys are new or were never seen, and they are remembered", async () => {
    for (const known of [undefined, ["an-older-key"]]) {
      fakes.reset();
      const keys = memory(known);
      await checkLink("link", [half("usa", { keys })], linkRound(), options());
      expect(cleared()).toEqual(["realm", "user", "keys"]);
      expect(keys.remembered).toEqual([["key-1"]]);
    }
  });

  test("stays as long as the partner's keys do", async () => {
    const keys = memory(["key-1"]);
    await checkLink("link", [half("usa", { keys })], linkRound(), options());
    expect(cleared()).toEqual(["realm", "user"]);
    expect(keys.remembered).toEqual([]);
  });
});

describe("a verification", () => {
  test("signs in with each side's own probe user at the other side, and tells how long it took", async () => {
    const told: string[] = [];
    const onVerified = (code: string): NonNullable<LinkHalf["onVerified"]> => async ({ latencyMs, claims }) => void told.push(`${code} ${String(claims["uniqueID"])} ${latencyMs > 0}`);
    await checkLink("verification", [half("usa", { onVerified: onVerified("usa") }), half("fra", { onVerified: onVerified("fra") })], verificationRound, { ...options(), delaysMs: VERIFICATION_DELAYS_MS });
    expect(told.sort()).toEqual(["fra fra:probe true", "usa usa:probe true"]);
  });

  test("pauses 3, 6, 12 and 24 s, and never takes a denial for an outage", async () => {
    const time = clock();
    const message = await failure(checkLink("verification", [half("usa", { probeUser: { username: "federation-probe", password: "wrong-secret" } })], verificationRound, { ...options(time), delaysMs: VERIFICATION_DELAYS_MS }));
    expect(time.slept).toEqual([3000, 6000, 12000, 24000]);
    expect(message).toContain("sign-in of USA's probe user at FRA: federation-probe at USA at");
    expect(message).toContain("Invalid username or password.");
    expect(message).not.toContain("wrong-secret");
    expect(await circuit("FRA").snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
  });
});

import { LINK_DELAYS_MS } from "@dive/common/federation";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeKeycloaks } from "../../services/common/testing/fake-keycloak.ts";
import { TestClock } from "../test-clock.ts";
import { testAuthority } from "../test-servers.ts";
import { check } from "./check.ts";
import { provider, type CheckedSide, type OidcCheckInputs } from "./provider.ts";

const authority = testAuthority();
let fakes: FakeKeycloaks;
// Longer than any pause of the schedule, shorter than what is left of the deadline.
const clock = () => new TestClock(40_000);

beforeAll(async () => {
  fakes = await FakeKeycloaks.start(authority);
});
afterAll(() => fakes[Symbol.asyncDispose]());
beforeEach(() => fakes.reset());

function side(code: string): CheckedSide {
  return { ...fakes.side(code), caCertificate: authority.certificate, adminClientId: "dive-pulumi", adminClientSecret: "hunter2" };
}
const link = (): OidcCheckInputs => ({ version: 2, kind: "link", triggers: [], from: side("usa"), to: side("fra") });

describe("a link's check", () => {
  test("passes at once when both directions work, after clearing each side's caches once", async () => {
    const time = clock();
    await check(link(), { clock: time });
    expect(time.slept).toEqual([]);
    for (const code of ["usa", "fra"]) {
      for (const cache of ["realm", "user", "keys"]) expect(fakes.calls.filter((call) => call === `${code} POST /admin/realms/r-${code}/clear-${cache}-cache`)).toHaveLength(1);
    }
    // Each half clears its own side's before it looks: at itself by a sign-in, at the partner by its issuer.
    const at = (call: string) => fakes.calls.findIndex((made) => made.startsWith(call));
    for (const [own, partner] of [["usa", "fra"], ["fra", "usa"]]) {
      const cleared = fakes.calls.findLastIndex((call) => call.startsWith(`${own} POST /admin/`));
      expect(cleared).toBeLessThan(at(`${own} GET /realms/r-${own}/broker`));
      expect(cleared).toBeLessThan(at(`${partner} GET /realms/r-${partner}/.well-known`));
    }
  });

  test("tries again after 2, 4, 8 s while a change spreads", async () => {
    fakes.behaviour.fra!.keys = [];
    const time = clock();
    await check(link(), { clock: time, onAttempt: ({ attempt }) => { if (attempt === 3) fakes.behaviour.fra!.keys = [{}]; } });
    expect(time.slept).toEqual([2000, 4000, 8000]);
  });

  test("gives up after 2, 4, 8, 16, 32 s and lists everything that is wrong, never a secret", async () => {
    fakes.behaviour.usa!.issuer = "https://other/realms/r-usa";
    fakes.behaviour.fra!.loginPage = { status: 400, html: '<div id="kc-error-message"><p class="instruction">Invalid parameter: redirect_uri</p><p><a href="x">Back</a></p></div>' };
    const time = clock();
    const error = (await check(link(), { clock: time }).catch((thrown: unknown) => thrown)) as Error;
    expect(time.slept).toEqual([...LINK_DELAYS_MS]);
    expect(error.message).toContain("link USA <-> FRA: still failing after 6 attempts in 62.0 s");
    expect(error.message).toContain(`issuer is "https://other/realms/r-usa", expected "${side("usa").issuer}"`);
    expect(error.message).toMatch(/sign-in at USA through fra-idp: FRA at https:\S+ answered 400: Invalid parameter: redirect_uri\n/);
    expect(error.message).toContain("The admin interface says: identity provider fra-idp of realm r-usa exists and is enabled; identity provider usa-idp of realm r-fra exists and is enabled");
    expect(error.message).not.toContain("hunter2");
  });

  test.each([["missing", "realm r-usa has no identity provider fra-idp"], ["disabled", "identity provider fra-idp of realm r-usa exists and is disabled"]] as const)(
    "a broker that is %s is a failure, explained by the admin interface", async (broker, told) => {
      fakes.behaviour.usa!.broker = broker;
      const error = (await check(link(), { clock: clock(), delaysMs: [] }).catch((thrown: unknown) => thrown)) as Error;
      expect(error.message).toContain("USA shows its own login form: it has no enabled broker fra-idp");
      expect(error.message).toContain(told);
    });

  test("an outage is unavailability, whatever else is wrong", async () => {
    fakes.behaviour.fra!.down = true;
    fakes.behaviour.usa!.keys = [];
    const { adminClientId: _id, adminClientSecret: _secret, ...notOurs } = side("fra");
    const kinds: unknown[] = [];
    await expect(check({ kind: "link", from: side("usa"), to: notOurs }, { clock: clock(), delaysMs: [], onAttempt: ({ error }) => kinds.push((error as { kind: string }).kind) })).rejects.toThrow("answered 503");
    expect(kinds).toEqual(["unavailable"]);
  });

  test("ends with the caller's signal", async () => {
    fakes.behaviour.usa!.keys = [];
    const controller = new AbortController();
    const reason = new Error("cancelled");
    await expect(check(link(), { signal: controller.signal, onAttempt: () => controller.abort(reason) })).rejects.toBe(reason);
  });
});

describe("OidcCheck's provider", () => {
  const inputs = link;
  test("create gives stable outputs without secrets, so that nothing changes later", async () => {
    const made = await provider.create(inputs());
    expect(made).toEqual({ id: `link: ${side("usa").issuer} <-> ${side("fra").issuer}`, outs: { version: 2, issuers: [side("usa").issuer, side("fra").issuer], inputsHash: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    expect(await provider.diff(made.id, made.outs, inputs())).toEqual({ changes: false });
    expect(await provider.diff(made.id, made.outs, { ...inputs(), triggers: ["new-container"] })).toEqual({ changes: true });
  });
  test("check names what is wrong", async () => {
    const wrong = inputs();
    const { failures } = await provider.check({}, { ...wrong, from: { ...wrong.from, publicBase: "http://x", adminClientSecret: undefined }, to: { ...wrong.to, issuer: wrong.from.issuer } });
    expect(failures?.map(({ property }) => property)).toEqual(["from.publicBase", "from.adminClientId", "to.issuer"]);
  });
});

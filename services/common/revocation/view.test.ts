import { describe, expect, test } from "vitest";
import { type Federation } from "./authority.ts";
import { identityOf, keyOf, parseRevocation, type Revocation, type RevokedThing } from "./entry.ts";
import { RevocationView } from "./view.ts";

const USA = "https://usa.test/realms/usa";
const FRA = "https://fra.test/realms/fra";
const DEU = "https://deu.test/realms/deu";
const NOW = 1_800_000_000_000;
const federationAt = (own: string): Federation => ({
  own,
  hub: "usa",
  origins: [{ origin: "usa", issuer: USA }, { origin: "fra", issuer: FRA }, { origin: "deu", issuer: DEU }],
});
const made = (thing: RevokedThing, more: Partial<Revocation> = {}): Revocation => ({ ...thing, revokedAt: NOW, expiresAt: NOW + 3_600_000, by: "usa:admin", ...more }) as Revocation;
const seconds = (ms: number) => Math.floor(ms / 1_000);
/** A French analyst's token of the hub's realm, signed in ten seconds before. */
const analyst = { iss: USA, jti: "j1", sid: "s1", uniqueID: "fra:analyst", countryOfAffiliation: "FRA", auth_time: seconds(NOW) - 10, iat: seconds(NOW) - 5, idp_sid: "home-1" };

function viewAt(own = "usa") {
  let now = NOW;
  const view = new RevocationView(federationAt(own), { now: () => now });
  view.markComplete(NOW);
  return { view, pass: (ms: number) => void (now += ms) };
}

describe("what is revoked", () => {
  test.each<[string, RevokedThing]>([
    ["token", { kind: "token", issuer: USA, jti: "j1" }],
    ["session", { kind: "session", issuer: USA, sid: "s1" }],
    ["user", { kind: "user", uniqueID: "fra:analyst" }],
    ["realm", { kind: "realm", code: "FRA" }],
  ])("a %s", (kind, thing) => {
    const { view } = viewAt();
    expect(view.verdict(analyst).revoked).toBe(false);
    expect(view.add("usa", made(thing))).toBe(true);
    expect(view.verdict(analyst)).toEqual({ revoked: true, kind, stale: false, ageMs: 0 });
    expect(view.verdict({ ...analyst, jti: "j2", sid: "s2", uniqueID: "deu:other", countryOfAffiliation: "DEU" }).revoked).toBe(false);
  });

  test("the same numbers of another realm are other tokens and sessions", () => {
    const { view } = viewAt();
    view.add("usa", made({ kind: "token", issuer: DEU, jti: "j1" }));
    view.add("usa", made({ kind: "session", issuer: DEU, sid: "s1" }));
    expect(view.verdict(analyst).revoked).toBe(false);
  });

  test("a session that the partner ended ends the brokered one that came from it, and no other's", () => {
    const { view } = viewAt();
    view.add("fra", made({ kind: "session", issuer: FRA, sid: "home-1" }, { by: "keycloak" }));
    expect(view.verdict(analyst)).toMatchObject({ revoked: true, kind: "session" });
    expect(view.verdict({ ...analyst, idp_sid: "home-2" }).revoked).toBe(false);
    expect(view.verdict({ ...analyst, uniqueID: "deu:analyst" }).revoked).toBe(false);
  });

  test("who signs in again after a revocation of the user or the realm is let in, a refreshed token of before is not", () => {
    const { view } = viewAt();
    view.add("usa", made({ kind: "user", uniqueID: "fra:analyst" }));
    view.add("usa", made({ kind: "realm", code: "FRA" }));
    const after = { ...analyst, auth_time: seconds(NOW) + 1, iat: seconds(NOW) + 1 };
    expect(view.verdict(after).revoked).toBe(false);
    expect(view.verdict({ ...after, auth_time: analyst.auth_time, jti: "refreshed" })).toMatchObject({ revoked: true, kind: "user" });
    expect(view.verdict({ ...after, auth_time: undefined, iat: undefined })).toMatchObject({ revoked: true, kind: "user" });
  });
});

describe("who may revoke what", () => {
  test.each<[string, string, RevokedThing, boolean]>([
    ["a partner its own person", "fra", { kind: "user", uniqueID: "fra:analyst" }, true],
    ["a partner another nation's person", "deu", { kind: "user", uniqueID: "fra:analyst" }, false],
    ["a partner its own realm's session", "fra", { kind: "session", issuer: FRA, sid: "home-1" }, true],
    ["a partner the hub's session", "fra", { kind: "session", issuer: USA, sid: "s1" }, false],
    ["a partner the hub's token", "deu", { kind: "token", issuer: USA, jti: "j1" }, false],
    ["a partner its whole nation", "fra", { kind: "realm", code: "FRA" }, true],
    ["a partner another nation", "deu", { kind: "realm", code: "FRA" }, false],
    ["a stranger anything", "gbr", { kind: "user", uniqueID: "gbr:x" }, false],
    ["a person without a nation", "fra", { kind: "user", uniqueID: "analyst" }, false],
  ])("%s", (_what, origin, thing, counts) => {
    const { view } = viewAt("usa");
    expect(view.add(origin, made(thing))).toBe(counts);
  });

  test("at home an instance may shut out anybody, and the hub everywhere", () => {
    expect(viewAt("deu").view.add("deu", made({ kind: "user", uniqueID: "fra:analyst" }))).toBe(true);
    expect(viewAt("deu").view.add("usa", made({ kind: "realm", code: "FRA" }))).toBe(true);
  });
});

describe("age", () => {
  test("a view that was never complete is stale; a complete one becomes so after more than 5 s", () => {
    const fresh = new RevocationView(federationAt("usa"), { now: () => NOW });
    expect(fresh.verdict(analyst)).toEqual({ revoked: false, stale: true, ageMs: Number.POSITIVE_INFINITY });
    const { view, pass } = viewAt();
    pass(5_000);
    expect(view.verdict(analyst)).toMatchObject({ stale: false, ageMs: 5_000 });
    pass(1);
    expect(view.verdict(analyst)).toMatchObject({ stale: true });
    view.markComplete(NOW - 1_000); // a slower read of before tells nothing new
    expect(view.ageMs).toBe(5_001);
  });

  test("what is stale still refuses what it knows to be revoked", () => {
    const { view, pass } = viewAt();
    view.add("usa", made({ kind: "token", issuer: USA, jti: "j1" }));
    pass(60_000);
    expect(view.verdict(analyst)).toMatchObject({ revoked: true, stale: true });
  });

  test("expired revocations are forgotten, a minute of clock difference later", () => {
    const { view, pass } = viewAt();
    view.add("usa", made({ kind: "token", issuer: USA, jti: "j1" }));
    pass(3_600_000 + 60_000);
    view.forgetExpired();
    expect(view.size).toBe(1);
    expect(view.counts()).toEqual({ token: 0, session: 0, user: 0, realm: 0 });
    pass(1);
    view.forgetExpired();
    expect(view.size).toBe(0);
  });

  test("a repeated revocation lasts as long as the longest, from the latest", () => {
    const { view, pass } = viewAt();
    const user: RevokedThing = { kind: "user", uniqueID: "fra:analyst" };
    view.add("usa", made(user, { revokedAt: NOW + 5_000 }));
    view.add("fra", made(user, { revokedAt: NOW, expiresAt: NOW + 7_200_000 }));
    pass(3_700_000);
    view.forgetExpired();
    expect(view.verdict({ ...analyst, auth_time: seconds(NOW) + 4 }).revoked).toBe(true);
  });
});

describe("entries", () => {
  test("names cannot be forged by what they are made of", () => {
    expect(identityOf({ kind: "token", issuer: "a:b", jti: "c" })).not.toBe(identityOf({ kind: "token", issuer: "a", jti: "b:c" }));
    expect(keyOf("fra", { kind: "user", uniqueID: "fra:x y" })).toBe("blacklist:fra:user:fra%3Ax%20y");
  });

  test.each([
    ["not JSON", "{"],
    ["no object", '"x"'],
    ["an unknown kind", '{"kind":"all","by":"x","revokedAt":1,"expiresAt":2}'],
    ["a missing name", '{"kind":"user","by":"x","revokedAt":1,"expiresAt":2}'],
    ["an empty name", '{"kind":"user","uniqueID":"","by":"x","revokedAt":1,"expiresAt":2}'],
    ["a time that is text", '{"kind":"realm","code":"FRA","by":"x","revokedAt":"1","expiresAt":2}'],
    ["no one who asked", '{"kind":"realm","code":"FRA","revokedAt":1,"expiresAt":2}'],
    ["a reason that is no text", '{"kind":"realm","code":"FRA","by":"x","revokedAt":1,"expiresAt":2,"reason":3}'],
  ])("%s is no revocation", (_what, json) => expect(parseRevocation(json)).toBeUndefined());
});

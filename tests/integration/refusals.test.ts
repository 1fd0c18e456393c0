import { expect, inject, test } from "vitest";
import { withAttributes, withBrokerDisabled, withTokenLife } from "../support/admin.ts";
import { whoami } from "../support/backend.ts";
import { login } from "../support/login.ts";

// Proves that what must not pass does not, with an error that names the reason, within a time limit.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;
const LIMIT = { timeout: 60_000 };

const password = (code: string, username: string): string => stack.users[code]![username]!.password;
const throughFra = { site: usa, via: "fra-idp", username: "testuser-fra-3", password: password("FRA", "testuser-fra-3") };
const atUsa = { site: usa, username: "testuser-usa-1", password: password("USA", "testuser-usa-1") };

/** Header or payload of a token, as JSON in base64url. */
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

test("a wrong password is refused by the home realm's form", LIMIT, async () => {
  await expect(login({ ...throughFra, password: "wrong" })).rejects.toThrow("Invalid username or password.");
});

test("a realm that does not exist is refused with its reason", LIMIT, async () => {
  const issuer = `${usa.keycloakUrl}/realms/dive-v3-broker-xxx`;
  await expect(login({ ...atUsa, site: { ...usa, issuer } })).rejects.toThrow(/HTTP 404 .*Realm does not exist/);
});

test("a disabled broker is not offered, and works again once enabled", LIMIT, async () => {
  await withBrokerDisabled(stack, "USA", "fra-idp", async () => {
    await expect(login(throughFra)).rejects.toThrow("broker fra-idp is not on the login page; it offers: none");
  });
  expect((await login(throughFra)).claims["uniqueID"]).toBe("fra:testuser-fra-3");
});

test("a token of another realm is refused for its issuer or its key", LIMIT, async () => {
  const { accessToken } = await login({ site: fra, username: "testuser-fra-3", password: throughFra.password });
  expect((await whoami(fra, accessToken)).status).toBe(200);
  const { status, body } = await whoami(usa, accessToken);
  expect(status).toBe(401);
  // The key is looked up before the issuer is compared: each alone is enough to refuse.
  expect(["DIVE_ERR_TOKEN_UNKNOWN_KEY", "DIVE_ERR_TOKEN_ISSUER"]).toContain(body["code"]);
});

test("a token with the algorithm none is refused", LIMIT, async () => {
  const { claims } = await login(atUsa);
  const { status, body } = await whoami(usa, `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`);
  expect({ status, code: body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_ALGORITHM" });
});

test("a token with a changed signature is refused", LIMIT, async () => {
  const { accessToken } = await login(atUsa);
  const [header, payload, signature] = accessToken.split(".") as [string, string, string];
  const changed = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
  const { status, body } = await whoami(usa, `${header}.${payload}.${changed}`);
  expect({ status, code: body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_SIGNATURE" });
});

test("a token with a raised clearance under the old signature is refused", LIMIT, async () => {
  const { accessToken, claims } = await login(atUsa);
  const [header, , signature] = accessToken.split(".") as [string, string, string];
  const { status, body } = await whoami(usa, `${header}.${part({ ...claims, clearance: "TOP_SECRET" })}.${signature}`);
  expect({ status, code: body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_SIGNATURE" });
});

test("a request without a token is refused, and something that is no token too", LIMIT, async () => {
  const missing = await whoami(usa);
  expect({ status: missing.status, code: missing.body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_MISSING" });
  const malformed = await whoami(usa, "not,a,token");
  expect({ status: malformed.status, code: malformed.body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_MALFORMED" });
  // It could be an opaque one, so the realm was asked.
  const unknown = await whoami(usa, "not-a-token");
  expect({ status: unknown.status, code: unknown.body["code"] }).toEqual({ status: 401, code: "DIVE_ERR_TOKEN_INACTIVE" });
});

test("a token is refused as expired once its life and the clocks' tolerance are over", LIMIT, async () => {
  await withTokenLife(stack, "USA", 1, async () => {
    const { accessToken, claims } = await login(atUsa);
    expect(claims.exp! - claims.iat!).toBe(1);
    await expect.poll(async () => (await whoami(usa, accessToken)).body["code"], { timeout: 20_000, interval: 500 }).toBe("DIVE_ERR_TOKEN_EXPIRED");
    expect((await whoami(usa, accessToken)).status).toBe(401);
  });
});

test("a country that FRA asserts for its user is overwritten at the hub by FRA", LIMIT, async () => {
  await withAttributes(stack, "FRA", "testuser-fra-3", { countryOfAffiliation: ["USA"] }, async () => {
    const home = await login({ site: fra, username: "testuser-fra-3", password: throughFra.password });
    expect(home.claims["countryOfAffiliation"]).toBe("USA");
    const { accessToken, claims } = await login(throughFra);
    expect(claims["countryOfAffiliation"]).toBe("FRA");
    expect((await whoami(usa, accessToken)).body["countryOfAffiliation"]).toBe("FRA");
  });
});

test("an identifier of another nation that FRA asserts ends the login at the hub, until FRA asserts its own again", LIMIT, async () => {
  await withAttributes(stack, "FRA", "testuser-fra-3", { uniqueID: ["usa:alice"] }, async () => {
    await expect(login(throughFra)).rejects.toThrow(/access denied/i);
  });
  expect((await login(throughFra)).claims["uniqueID"]).toBe("fra:testuser-fra-3");
});

test("a clearance that FRA changed arrives at the hub with the next login", LIMIT, async () => {
  await withAttributes(stack, "FRA", "testuser-fra-3", { clearance: ["RESTRICTED"] }, async () => {
    expect((await login(throughFra)).claims["clearance"]).toBe("RESTRICTED");
  });
  expect((await login(throughFra)).claims["clearance"]).toBe("CONFIDENTIAL");
});

import { Secret, TOTP } from "otpauth";
import { expect, inject, test } from "vitest";
import { realmAdmin, userNamed, withUnmanagedAttributes } from "../support/admin.ts";
import { login } from "../support/login.ts";
import type { LoginRequest } from "../support/login.ts";

// Proves on real containers that acr and amr say how the user of this very session was authenticated, at home also where he comes through a broker.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;
const LIMIT = { timeout: 120_000 };

/** A test user of a realm with everything needed to sign in; each test takes its own, as codes work once and failures are counted. */
const user = (code: string, level: number): Pick<LoginRequest, "username" | "password"> & { totp: string } => {
  const username = `testuser-${code.toLowerCase()}-${level}`;
  const { password, totp } = stack.users[code]![username]!;
  return { username, password, totp };
};

const how = ({ claims }: { claims: Record<string, unknown> }): unknown => ({ acr: claims["acr"], amr: [...(claims["amr"] as string[])].sort() });
const PASSWORD = { acr: "1", amr: ["pwd"] };
const TWO_FACTORS = { acr: "2", amr: ["otp", "pwd"] };
const posts = (steps: readonly string[]): string[] => steps.filter((step) => step.includes(" POST ")).map((step) => step.replace(/^.* POST /, ""));

const ways = [
  { who: "a USA user at USA", code: "USA", site: usa, home: usa },
  { who: "a FRA user at FRA", code: "FRA", site: fra, home: fra },
  { who: "a FRA user at USA", code: "FRA", site: usa, home: fra, via: "fra-idp" },
  { who: "a USA user at FRA", code: "USA", site: fra, home: usa, via: "usa-idp" },
];

test.for(ways)("$who who is asked for nothing more signs in with the password only", LIMIT, async ({ code, site, home, via }) => {
  const { username, password } = user(code, 2);
  const signedIn = await login({ site, username, password, ...(via && { via }) });
  expect(how(signedIn)).toEqual(PASSWORD);
  expect(posts(signedIn.steps)).toEqual([`${home.issuer}/login-actions/authenticate`]);
});

test.for(ways)("$who gives password and code when the app asks for acr 2, both at home", LIMIT, async ({ code, site, home, via }) => {
  const signedIn = await login({ site, acr: "2", ...user(code, 2), ...(via && { via }) });
  expect(how(signedIn)).toEqual(TWO_FACTORS);
  expect(posts(signedIn.steps)).toEqual(Array(2).fill(`${home.issuer}/login-actions/authenticate`));
});

test.for(ways)("$who steps up within the session by the code alone, and keeps the level there", LIMIT, async ({ code, site, home, via }) => {
  const who = { site, ...user(code, 3), ...(via && { via }) };
  const first = await login(who);
  expect(how(first)).toEqual(PASSWORD);
  const second = await login({ ...who, acr: "2", jar: first.jar });
  expect(how(second)).toEqual(TWO_FACTORS);
  expect(posts(second.steps)).toEqual([`${home.issuer}/login-actions/authenticate`]);
  expect(second.claims["sid"], "the same session").toBe(first.claims["sid"]);
  expect(how(await login({ ...who, jar: first.jar }))).toEqual(TWO_FACTORS);
});

test.for(ways)("$who has a session with one factor beside one with two", LIMIT, async ({ code, site, via }) => {
  const who = { site, ...user(code, 4), ...(via && { via }) };
  const strong = await login({ ...who, acr: "2" });
  expect(how(strong)).toEqual(TWO_FACTORS);
  expect(how(await login(who))).toEqual(PASSWORD);
  expect(how(await login({ ...who, jar: strong.jar }))).toEqual(TWO_FACTORS);
});

test.for(ways)("$who is refused with a wrong code", LIMIT, async ({ code, site, via }) => {
  const totp = new TOTP({ secret: new Secret() }).toString();
  await expect(login({ site, acr: "2", ...user(code, 5), totp, ...(via && { via }) })).rejects.toThrow("Invalid authenticator code.");
});

test.for(ways)("attributes acr and amr of $who change nothing, even where a realm takes any attribute", LIMIT, async ({ code, site, home, via }) => {
  const { username, password } = user(code, 1);
  const sign = () => login({ site, username, password, ...(via && { via }) });
  expect(how(await sign())).toEqual(PASSWORD);
  const claimed = { acr: ["2"], amr: ["pwd", "otp"] };
  const here = via ? [{ code: site.code, username: `${via}.${username}` }] : [];
  await withUnmanagedAttributes(stack, [{ code: home.code, username }, ...here], claimed, async () => {
    expect(how(await sign())).toEqual(PASSWORD);
  });
});

test("a user without a second factor does not get to level 2, and is not let make one", LIMIT, async () => {
  const admin = await realmAdmin(stack, "USA");
  const password = "correct horse battery staple";
  const { id } = await admin.users.create({ username: "no-second-factor", enabled: true, credentials: [{ type: "password", value: password, temporary: false }] });
  try {
    expect(how(await login({ site: usa, username: "no-second-factor", password }))).toEqual(PASSWORD);
    await expect(login({ site: usa, acr: "2", username: "no-second-factor", password })).rejects.toThrow(/invalid username or password|credential/i);
  } finally {
    await (await realmAdmin(stack, "USA")).users.del({ id });
  }
});

test("a brokered user has no credentials where he is a guest", LIMIT, async () => {
  await login({ site: usa, via: "fra-idp", ...user("FRA", 1) });
  const admin = await realmAdmin(stack, "USA");
  const { id } = await userNamed(admin, "fra-idp.testuser-fra-1");
  expect(await admin.users.getCredentials({ id })).toEqual([]);
});

test("discovery names the levels that may be asked for", LIMIT, async () => {
  const discovery = (await (await fetch(`${usa.issuer}/.well-known/openid-configuration`)).json()) as Record<string, string[]>;
  expect(discovery["acr_values_supported"]).toEqual(expect.arrayContaining(["1", "2"]));
});

import { beforeAll, expect, inject, test } from "vitest";
import { realmAdmin } from "../support/admin.ts";
import { whoami } from "../support/backend.ts";
import { login, type LoggedIn, type LoginRequest } from "../support/login.ts";
import type { Instance } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves on real containers that what is revoked anywhere is refused everywhere, and that a new sign-in works at once.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;
const LIMIT = { timeout: 120_000 };
const SOON = { timeout: 5_000, interval: 20 };

const user = (code: string, level: number): Pick<LoginRequest, "username" | "password"> => {
  const username = `testuser-${code.toLowerCase()}-${level}`;
  return { username, password: stack.users[code]![username]!.password };
};
/** The administrator of an instance, at the client that gives the role. */
const administrator = async (site: Instance) => login({ site: { ...site, clientId: `${site.clientId}-administration` }, ...user(site.code, 5) });

async function post(site: Instance, path: string, { accessToken }: LoggedIn, body?: object): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${site.backendUrl}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${accessToken}`, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
const answer = async (site: Instance, { accessToken }: LoggedIn) => {
  const { status, body } = await whoami(site, accessToken);
  return status === 200 ? "served" : body["code"];
};
const served = async (site: Instance, who: LoggedIn) => expect(await answer(site, who)).toBe("served");
const refused = async (site: Instance, who: LoggedIn) => expect.poll(() => answer(site, who), SOON).toBe("DIVE_ERR_TOKEN_REVOKED");

// Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
beforeAll(async () => {
  for (const { code, realm } of [usa, fra]) await (await realmAdmin(stack, code)).attackDetection.delAll({ realm });
});

test("logging out at the application ends the session's tokens, and signing in again works at once", LIMIT, async () => {
  const first = await login({ site: usa, ...user("USA", 1) });
  await served(usa, first);
  expect((await post(usa, "/api/auth/logout", first)).status).toBe(204);
  await refused(usa, first);
  await served(usa, await login({ site: usa, ...user("USA", 1) }));
});

test("an administrator of the hub revokes a token, which is refused; another of the same person is not", LIMIT, async () => {
  const [admin, one, other] = [await administrator(usa), await login({ site: usa, ...user("USA", 2) }), await login({ site: usa, ...user("USA", 2) })];
  expect((await post(usa, "/api/auth/blacklist-token", admin, { token: one.accessToken })).status).toBe(200);
  await refused(usa, one);
  await served(usa, other);
});

test("a person whom the own nation revokes is refused at home and at the hub, and may sign in again", LIMIT, async () => {
  const person = user("FRA", 2);
  const [home, guest] = [await login({ site: fra, ...person }), await login({ site: usa, via: "fra-idp", ...person })];
  await served(fra, home);
  await served(usa, guest);
  expect((await post(fra, "/api/auth/blacklist-token", await administrator(fra), { uniqueID: "fra:testuser-fra-2" })).status).toBe(200);
  await refused(fra, home);
  await refused(usa, guest);
  // Sign-in times are whole seconds, and in doubt a sign-in was before: the next second counts as after.
  await expect.poll(async () => answer(usa, await login({ site: usa, via: "fra-idp", ...person })), { timeout: 30_000, interval: 250 }).toBe("served");
});

test("a nation cannot shut out another's people elsewhere", LIMIT, async () => {
  const american = await login({ site: usa, ...user("USA", 3) });
  expect((await post(fra, "/api/auth/blacklist-token", await administrator(fra), { uniqueID: "usa:testuser-usa-3" })).status).toBe(200);
  // What FRA wrote after it arrives after it.
  const own = await login({ site: usa, via: "fra-idp", ...user("FRA", 3) });
  expect((await post(fra, "/api/auth/blacklist-token", await administrator(fra), { uniqueID: "fra:testuser-fra-3" })).status).toBe(200);
  await refused(usa, own);
  await served(usa, american);
});

test("whoever is no administrator revokes nobody, nor does an administrator at the application's client", LIMIT, async () => {
  for (const who of [await login({ site: usa, ...user("USA", 4) }), await login({ site: usa, ...user("USA", 5) })])
    expect((await post(usa, "/api/auth/blacklist-token", who, { realm: "FRA" })).body["code"]).toBe("DIVE_ERR_ROLE_MISSING");
});

test("a logout at home, which Keycloak does not pass on, ends the session at the hub; another of the same person stays", LIMIT, async () => {
  const person = user("FRA", 1);
  const [ended, staying] = [await login({ site: usa, via: "fra-idp", ...person }), await login({ site: usa, via: "fra-idp", ...person })];
  const homeSession = ended.claims["idp_sid"];
  expect(homeSession).toEqual(expect.any(String));
  expect(staying.claims["idp_sid"]).not.toBe(homeSession);
  await served(usa, ended);
  await (await realmAdmin(stack, "FRA")).realms.deleteSession({ realm: fra.realm, session: homeSession as string, isOffline: false });
  await refused(usa, ended);
  await served(usa, staying);
  await served(usa, await login({ site: usa, via: "fra-idp", ...person }));
});

import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TestClock } from "../test-clock.ts";
import { testAuthority, testServer, type TestServer } from "../test-servers.ts";
import { checkLink, LINK_DELAYS_MS } from "./check.ts";
import { provider, type OidcCheckInputs, type OidcSide } from "./provider.ts";
import { pageError } from "./redirect.ts";

/** What the two fake Keycloaks do; each test changes a part. */
interface Behaviour {
  issuer: string;
  keys: unknown[];
  down: boolean;
  broker: "redirects" | "missing" | "disabled";
  loginPage: { status: number; html: string };
}
const LOGIN = '<form id="kc-form-login" action="x">';
const servers: Record<string, TestServer> = {};
const behaviour: Record<string, Behaviour> = {};
const calls: string[] = [];
const authority = testAuthority();
// Longer than any pause of the schedule, shorter than what is left of the deadline.
const clock = () => new TestClock(40_000);

beforeAll(async () => {
  for (const code of ["usa", "fra"]) servers[code] = await testServer(authority, (req, res) => answer(code, req, res));
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});
beforeEach(() => {
  calls.length = 0;
  for (const code of ["usa", "fra"]) behaviour[code] = { issuer: `${servers[code]!.base}/realms/r-${code}`, keys: [{}], down: false, broker: "redirects", loginPage: { status: 200, html: LOGIN } };
});

/** Just enough of Keycloak. */
function answer(code: string, req: IncomingMessage, res: ServerResponse): void {
  const { base } = servers[code]!;
  const { issuer, keys, down, broker, loginPage } = behaviour[code]!;
  const url = new URL(req.url!, base);
  calls.push(`${code} ${req.method} ${url.pathname}`);
  const json = (status: number, body: unknown) => res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const html = (status: number, body: string) => res.writeHead(status, { "content-type": "text/html;charset=utf-8" }).end(body);
  const partner = code === "usa" ? "fra" : "usa";
  const realm = `/realms/r-${code}`;
  if (down) return void json(503, { error: "down" });
  switch (url.pathname) {
    case `${realm}/.well-known/openid-configuration`: return void json(200, { issuer, jwks_uri: `${base}${realm}/certs`, token_endpoint: `${base}${realm}/token` });
    case `${realm}/certs`: return void json(200, { keys });
    case `${realm}/token`: return void json(401, { error: "invalid_client" });
    case "/realms/master/protocol/openid-connect/token": return void json(200, { access_token: `admin-${code}` });
    case `${realm}/protocol/openid-connect/auth`:
      if (url.searchParams.get("client_id") === "partner") return void html(loginPage.status, loginPage.html);
      if (broker !== "redirects") return void html(200, LOGIN);
      return void res.writeHead(303, { location: `${realm}/broker?${url.searchParams}`, "set-cookie": `S=${code}; Path=${realm}/; Secure; HttpOnly` }).end();
    case `${realm}/broker`:
      if (req.headers.cookie !== `S=${code}`) return void html(400, '<div id="kc-error-message"><p class="instruction">Cookie not found.</p></div>');
      return void res.writeHead(303, { location: `${servers[partner]!.base}/realms/r-${partner}/protocol/openid-connect/auth?client_id=partner` }).end();
    case `/admin/realms/r-${code}/identity-provider/instances/${partner}-idp`:
      return void (broker === "missing" ? json(404, { error: "not found" }) : json(200, { enabled: broker === "redirects" }));
  }
  if (req.method === "POST" && url.pathname.startsWith("/admin/") && req.headers.authorization === `Bearer admin-${code}`) return void res.writeHead(204).end();
  return void json(404, { error: `no ${url.pathname}` });
}

function side(code: string): OidcSide {
  const { base } = servers[code]!;
  return {
    code: code.toUpperCase(), publicBase: base, realm: `r-${code}`, issuer: `${base}/realms/r-${code}`, clientId: "app", redirectUri: `${base}/app`,
    brokerAlias: code === "usa" ? "fra-idp" : "usa-idp", caCertificate: authority.certificate, adminClientId: "dive-pulumi", adminClientSecret: "hunter2",
  };
}
const link = () => ({ from: side("usa"), to: side("fra") });

describe("checkLink", () => {
  test("passes at once when both directions work, after clearing each side's caches once", async () => {
    const time = clock();
    await checkLink(link(), { clock: time });
    expect(time.slept).toEqual([]);
    for (const code of ["usa", "fra"]) {
      for (const cache of ["realm", "user", "keys"]) expect(calls.filter((call) => call === `${code} POST /admin/realms/r-${code}/clear-${cache}-cache`)).toHaveLength(1);
    }
    const firstProbe = calls.findIndex((call) => call.includes(".well-known"));
    expect(calls.findLastIndex((call) => call.includes("clear-"))).toBeLessThan(firstProbe);
  });

  test("tries again after 2, 4, 8 s while a change spreads", async () => {
    behaviour.fra!.keys = [];
    const time = clock();
    await checkLink(link(), { clock: time, onAttempt: ({ attempt }) => { if (attempt === 3) behaviour.fra!.keys = [{}]; } });
    expect(time.slept).toEqual([2000, 4000, 8000]);
  });

  test("gives up after 2, 4, 8, 16, 32 s and lists everything that is wrong, never a secret", async () => {
    behaviour.usa!.issuer = "https://other/realms/r-usa";
    behaviour.fra!.loginPage = { status: 400, html: '<div id="kc-error-message"><p class="instruction">Invalid parameter: redirect_uri</p><p><a href="x">Back</a></p></div>' };
    const time = clock();
    const error = (await checkLink(link(), { clock: time }).catch((thrown: unknown) => thrown)) as Error;
    expect(time.slept).toEqual([...LINK_DELAYS_MS]);
    expect(error.message).toContain("link USA <-> FRA: still failing after 6 attempts in 62.0 s");
    expect(error.message).toContain(`issuer is "https://other/realms/r-usa", expected "${side("usa").issuer}"`);
    expect(error.message).toMatch(/sign-in at USA through fra-idp: FRA at https:\S+ answered 400: Invalid parameter: redirect_uri\n/);
    expect(error.message).toContain("The admin interface says: identity provider fra-idp of realm r-usa exists and is enabled; identity provider usa-idp of realm r-fra exists and is enabled");
    expect(error.message).not.toContain("hunter2");
  });

  test.each([["missing", "realm r-usa has no identity provider fra-idp"], ["disabled", "identity provider fra-idp of realm r-usa exists and is disabled"]] as const)(
    "a broker that is %s is a failure, explained by the admin interface", async (broker, told) => {
      behaviour.usa!.broker = broker;
      const error = (await checkLink(link(), { clock: clock(), delaysMs: [] }).catch((thrown: unknown) => thrown)) as Error;
      expect(error.message).toContain("USA shows its own login form: it has no enabled broker fra-idp");
      expect(error.message).toContain(told);
    });

  test("an outage is unavailability, whatever else is wrong", async () => {
    behaviour.fra!.down = true;
    behaviour.usa!.keys = [];
    const { adminClientId: _id, adminClientSecret: _secret, ...notOurs } = side("fra");
    const kinds: unknown[] = [];
    await expect(checkLink({ from: side("usa"), to: notOurs }, { clock: clock(), delaysMs: [], onAttempt: ({ error }) => kinds.push((error as { kind: string }).kind) })).rejects.toThrow("answered 503");
    expect(kinds).toEqual(["unavailable"]);
  });

  test("ends with the caller's signal", async () => {
    behaviour.usa!.keys = [];
    const controller = new AbortController();
    const reason = new Error("cancelled");
    await expect(checkLink(link(), { signal: controller.signal, onAttempt: () => controller.abort(reason) })).rejects.toBe(reason);
  });
});

describe("OidcCheck's provider", () => {
  const inputs = (): OidcCheckInputs => ({ version: 1, triggers: [], ...link() });
  test("create gives stable outputs without secrets, so that nothing changes later", async () => {
    const made = await provider.create(inputs());
    expect(made).toEqual({ id: `${side("usa").issuer} <-> ${side("fra").issuer}`, outs: { version: 1, issuers: [side("usa").issuer, side("fra").issuer], inputsHash: expect.stringMatching(/^[0-9a-f]{64}$/) } });
    expect(await provider.diff(made.id, made.outs, inputs())).toEqual({ changes: false });
    expect(await provider.diff(made.id, made.outs, { ...inputs(), triggers: ["new-container"] })).toEqual({ changes: true });
  });
  test("check names what is wrong", async () => {
    const wrong = inputs();
    const { failures } = await provider.check({}, { ...wrong, from: { ...wrong.from, publicBase: "http://x", adminClientSecret: undefined }, to: { ...wrong.to, issuer: wrong.from.issuer } });
    expect(failures?.map(({ property }) => property)).toEqual(["from.publicBase", "from.adminClientId", "to.issuer"]);
  });
});

describe("pageError", () => {
  test("reads Keycloak's message without markup and links", () => {
    expect(pageError('<div id="kc-error-message">\n<p class="instruction">Client &quot;x&quot; not <b>found</b>.</p><p><a id="back" href="y">Back to App</a></p></div>')).toBe('Client "x" not found .');
  });
  test("finds none on a login page", () => expect(pageError(LOGIN)).toBeUndefined());
});

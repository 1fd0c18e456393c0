import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FakeKeycloaks, type FakeBehaviour } from "../testing/fake-keycloak.ts";
import { testAuthority } from "../testing/test-servers.ts";
import { HttpClient } from "./http.ts";
import { loginFormAction, pageError } from "./login-page.ts";
import { signInThroughBroker } from "./sign-in.ts";

const authority = testAuthority();
let fakes: FakeKeycloaks;
beforeAll(async () => {
  fakes = await FakeKeycloaks.start(authority);
});
afterAll(() => fakes[Symbol.asyncDispose]());
beforeEach(() => fakes.reset());

/** FRA's probe user signs in at USA. */
async function signIn(password = "password-of-fra", routes = {}) {
  await using http = new HttpClient([authority.certificate], undefined, routes);
  return await signInThroughBroker(http, { source: fakes.side("fra"), target: fakes.side("usa"), user: { username: "federation-probe", password } });
}

describe("a scripted sign-in through a broker", () => {
  test("ends with a checked token that says who came and from where", async () => {
    const { claims, latencyMs } = await signIn();
    expect(claims).toMatchObject({ iss: fakes.side("usa").issuer, uniqueID: "fra:probe", countryOfAffiliation: "FRA" });
    expect(latencyMs).toBeGreaterThan(0);
    expect(fakes.calls.filter((call) => call.includes(" POST "))).toEqual(["fra POST /realms/r-fra/login-actions/authenticate", "usa POST /realms/r-usa/protocol/openid-connect/token"]);
  });

  test.each<[string, "usa" | "fra", Partial<FakeBehaviour>, string, string]>([
    ["another country", "usa", { claims: { uniqueID: "fra:probe", countryOfAffiliation: "USA", clearance: "UNCLASSIFIED" } }, "denied", 'countryOfAffiliation is "USA", expected "FRA"'],
    ["another person", "usa", { claims: { uniqueID: "usa:alice", countryOfAffiliation: "FRA", clearance: "UNCLASSIFIED" } }, "denied", 'uniqueID is "usa:alice", expected "fra:probe"'],
    ["more clearance than it has", "usa", { claims: { uniqueID: "fra:probe", countryOfAffiliation: "FRA", clearance: "SECRET" } }, "denied", 'clearance is "SECRET"'],
    ["communities", "usa", { claims: { uniqueID: "fra:probe", countryOfAffiliation: "FRA", clearance: "UNCLASSIFIED", acpCOI: ["NATO"] } }, "denied", 'acpCOI is ["NATO"], expected none'],
    ["another issuer", "usa", { claims: { iss: "https://elsewhere" } }, "denied", "does not verify"],
    ["another audience", "usa", { claims: { aud: "account" } }, "denied", "does not verify"],
    ["keys that did not sign it", "usa", { keys: [] }, "denied", "does not verify"],
    ["no broker", "usa", { broker: "missing" }, "not-yet", "it has no enabled broker fra-idp"],
    ["an outage of the partner", "usa", { down: true }, "unavailable", "answered 503"],
    ["an outage at home", "fra", { down: true }, "unavailable", "answered 503"],
    ["a form that leads elsewhere", "fra", { loginPage: { status: 200, html: '<form id="kc-form-login" action="https://elsewhere/steal">' } }, "denied", "leads to https://elsewhere/steal, expected realm r-fra of FRA: the password was not sent"],
    ["an error page", "fra", { loginPage: { status: 400, html: '<div id="kc-error-message"><p class="instruction">Invalid parameter: redirect_uri</p></div>' } }, "denied", "Invalid parameter: redirect_uri"],
  ])("fails for %s", async (_what, where, change, kind, text) => {
    Object.assign(fakes.behaviour[where]!, change);
    const error = (await signIn().catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ kind, message: expect.stringContaining(text) });
    expect(error.message).not.toMatch(/password-of|code-[A-Za-z0-9_-]{20}|eyJ/);
  });

  test("fails for a wrong password with the form's own words, and without the password", async () => {
    await expect(signIn("wrong-1")).rejects.toThrow(/^federation-probe at FRA at \S+ answered 200: Invalid username or password\.$/);
  });
});

describe("routes", () => {
  test("dial another address, under the name and with the cookies of the public one", async () => {
    // Nobody listens on port 65001: only the routes lead to the servers.
    const far = await FakeKeycloaks.start(authority);
    try {
      const [public_, real] = ["https://localhost:65001", far.side("fra").publicBase];
      await using http = new HttpClient([authority.certificate], undefined, { [public_]: real.replace("localhost", "127.0.0.1") });
      expect(await http.request(`${public_}/realms/r-fra/protocol/openid-connect/certs`)).toMatchObject({ status: 200, url: `${public_}/realms/r-fra/protocol/openid-connect/certs` });
      await expect(http.request("https://localhost:65002/")).rejects.toThrow("ECONNREFUSED");
    } finally {
      await far[Symbol.asyncDispose]();
    }
  });

  test("do not weaken the check of the certificate: it must carry the public name", async () => {
    const other = await FakeKeycloaks.start(authority, "other.example");
    try {
      const real = other.side("fra").publicBase.replace("other.example", "127.0.0.1");
      await using http = new HttpClient([authority.certificate], undefined, { "https://localhost:65001": real, "https://other.example:65001": real });
      await expect(http.request("https://localhost:65001/realms/r-fra/protocol/openid-connect/certs")).rejects.toMatchObject({ kind: "denied" });
      expect(await http.request("https://other.example:65001/realms/r-fra/protocol/openid-connect/certs")).toMatchObject({ status: 200 });
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});

describe("Keycloak's pages", () => {
  test("tell their message without markup and links", () => {
    expect(pageError('<div id="kc-error-message">\n<p class="instruction">Client &quot;x&quot; not <b>found</b>.</p><p><a id="back" href="y">Back to App</a></p></div>')).toBe('Client "x" not found .');
    expect(pageError('<form id="kc-form-login" action="x">')).toBeUndefined();
    expect(pageError('<div class="c" id="input-error-container-username"></div><label><span>Password</span></label>')).toBeUndefined();
    expect(pageError('<div id="input-error-container-username"><span aria-live="polite" id="input-error-username">\n Invalid username or password.\n</span></div>')).toBe("Invalid username or password.");
  });
  test("tell where their form leads, whatever the order of its attributes", () => {
    for (const tag of ['<form class="c" action="/a?b=1&amp;c=2" id="kc-form-login">', '<form id="kc-form-login" action="/a?b=1&amp;c=2">']) {
      expect(loginFormAction(`<form action="/no"></form>${tag}`, "https://h/p")?.href).toBe("https://h/a?b=1&c=2");
    }
    expect(loginFormAction('<form id="other" action="/x">', "https://h/p")).toBeUndefined();
  });
});

import { decodeJwt } from "jose";
import type { Page } from "playwright-core";
import { beforeAll, expect, inject, test } from "vitest";
import { realmAdmin } from "../support/admin.ts";
import { whoami } from "../support/backend.ts";
import { withPage } from "../support/browser.ts";
import { login } from "../support/login.ts";
import { accessibilityProblems, answerForms, picture, type Person } from "../support/portal.ts";
import type { Instance } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves in a real browser that a French analyst can work at the American page, and on the live stack what the page rests on.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;
const LIMIT = { timeout: 240_000 };

const person = (code: string, level: number): Person => {
  const username = `testuser-${code.toLowerCase()}-${level}`;
  const { password, totp } = stack.users[code]![username]!;
  return { username, password, totp };
};

/** Stores a text with a label, as a person of the instance. */
async function upload(site: Instance, who: Person, title: string, classification: string, releasabilityTo: readonly string[], acr?: string): Promise<string> {
  const { accessToken } = await login({ site, ...who, ...(acr === undefined ? {} : { acr }) });
  const form = new FormData();
  form.set("title", title);
  form.set("classification", classification);
  for (const code of releasabilityTo) form.append("releasabilityTo", code);
  form.append("file", new Blob([`Text of ${title}`], { type: "text/plain" }), "text.txt");
  const response = await fetch(`${site.backendUrl}/api/upload`, { method: "POST", body: form, headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { resourceId, reason } = (await response.json()) as { resourceId: string; reason?: string };
  expect({ title, status: response.status, reason }).toEqual({ title, status: 201, reason: undefined });
  return resourceId;
}

// Other tests give wrong passwords on purpose, and Keycloak then keeps those users out for a while.
beforeAll(async () => {
  for (const { code, realm } of [usa, fra]) await (await realmAdmin(stack, code)).attackDetection.delAll({ realm });
});

test("a French analyst works at the American page: sees, opens, uploads, is refused, steps up, and leaves for good", LIMIT, async () => {
  const author = person("USA", 4);
  await upload(usa, author, "Exercise plan", "UNCLASSIFIED", ["USA", "FRA"]);
  const secret = await upload(usa, author, "Route survey", "CONFIDENTIAL", ["USA", "FRA"], "2");
  const american = await upload(usa, author, "National annex", "UNCLASSIFIED", ["USA"]);
  const french = await upload(fra, person("FRA", 1), "Note de Paris", "UNCLASSIFIED", ["USA", "FRA"]);

  await withPage(stack.ca, async (page) => {
    const complaints: string[] = [];
    let token = "";
    page.on("console", (message) => message.type() === "error" && !/status of (401|403|404)/.test(message.text()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => (token = /^Bearer (.+)$/.exec(request.headers()["authorization"] ?? "")?.[1] ?? token));
    const heading = (name: string) => page.getByRole("heading", { level: 1, name }).waitFor();
    const go = async (route: string) => page.evaluate((hash) => void (location.hash = hash), route);

    await page.goto(usa.backendUrl);
    await heading("Sign in");
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "sign-in");
    // By keyboard alone.
    await page.locator('[data-nation="FRA"]').focus();
    await page.keyboard.press("Enter");
    await answerForms(page, usa.backendUrl, person("FRA", 4));
    expect(page.url()).not.toContain("code=");
    expect(decodeJwt(token)).toMatchObject({ uniqueID: "fra:testuser-fra-4", countryOfAffiliation: "FRA", acr: "1" });

    // What FRA may see by a password; markings in words.
    const titles = () => page.locator("tbody th").allTextContents();
    await page.locator("tbody th").first().waitFor();
    expect(await titles()).toContain("Exercise plan");
    expect(await titles()).not.toContain("Route survey");
    expect(await titles()).not.toContain("National annex");
    expect(await page.locator("tr", { hasText: "Exercise plan" }).first().locator(".badge").textContent()).toMatch(/UNCLASSIFIED.*FRA/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "documents");

    // Opens one of this instance, and one whose key is at home.
    await page.locator("tr", { hasText: "Exercise plan" }).first().getByRole("link").click();
    await page.getByText("Text of Exercise plan").waitFor();
    expect(await page.locator("#marking-top").textContent()).toMatch(/UNCLASSIFIED/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "document");
    const atHome = page.waitForResponse((response) => response.url().endsWith("/kas/v2/rewrap"));
    await go(`#/documents/${french}`);
    await page.getByText("Text of Note de Paris").waitFor();
    expect(new URL((await atHome).url()).origin).toBe(new URL(fra.kasUrl).origin);
    expect((await atHome).request().headers()["authorization"]).toMatch(/^DPoP /);

    // Is refused one, in words.
    await go(`#/documents/${american}`);
    await page.getByText("This document is not releasable to your nation.").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "refused");

    // Uploads one.
    await go("#/upload");
    await heading("Upload a document");
    await page.getByLabel("Title").fill("Remarks on the plan");
    await page.getByLabel("Classification").selectOption("RESTRICTED");
    await page.getByLabel("United States (USA)").check();
    await page.getByLabel("File").setInputFiles({ name: "remarks.txt", mimeType: "text/plain", buffer: Buffer.from("Four remarks") });
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "upload");
    await page.getByRole("button", { name: "Seal and upload" }).click();
    await page.getByRole("link", { name: "Remarks on the plan" }).click();
    await page.getByText("Four remarks").waitFor();

    // Needs the second factor for one, gives it at home, and is where they were.
    await go(`#/documents/${secret}`);
    await page.getByText("This classification needs a second factor.").first().waitFor();
    await picture(page, "second-factor");
    await page.getByRole("button", { name: "Confirm with a one-time code" }).click();
    await answerForms(page, usa.backendUrl, person("FRA", 4));
    await page.getByText("Text of Route survey").waitFor();
    expect(decodeJwt(token)).toMatchObject({ acr: "2" });
    expect(await page.locator("#marking-top").getAttribute("data-level")).toBe("CONFIDENTIAL");
    await picture(page, "confidential");

    // A reload goes on without a form, and finds no token in any storage.
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]))).toBe('[{},{"dive-usa-signed-in":"fra-idp"},""]');
    await page.reload();
    await page.getByText("Text of Route survey").waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await heading("Sign in");
    await expect.poll(async () => (await whoami(usa, token)).body["code"], { timeout: 5_000 }).toBe("DIVE_ERR_TOKEN_REVOKED");
    // Neither realm has a session left.
    await page.locator('[data-nation="FRA"]').click();
    await page.locator("#username").waitFor();
    expect(new URL(page.url()).origin).toBe(new URL(fra.keycloakUrl).origin);
    expect(complaints).toEqual([]);
  });
});

/** What waits in this origin's database and in this tab's storage while a page is away for the second factor. */
const keptIn = (page: Page) => page.evaluate(async () => {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const opening = indexedDB.open("dive-kept-forms");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const counting = opening.result.transaction("forms").objectStore("forms").count();
    counting.onsuccess = () => resolve(counting.result);
    counting.onerror = () => reject(counting.error);
  };
  const forms = await promise;
  opening.result.close();
  return { forms, here: Object.keys(sessionStorage) };
});

/** Signs in by a password and tries to upload what needs a second factor; ends where the code is asked for. */
async function leaveWithForm(page: Page, { username, password }: Person): Promise<void> {
  await page.goto(`${usa.backendUrl}/#/upload`);
  await page.locator('[data-nation="USA"]').click();
  await page.locator("#username").fill(username);
  await page.locator("#password").fill(password);
  await page.locator("#kc-login").click();
  await page.getByLabel("Title").fill("Bridge loads");
  await page.getByLabel("Classification").selectOption("CONFIDENTIAL");
  await page.getByLabel("France (FRA)").check();
  await page.getByLabel("Other countries").fill("gbr");
  await page.getByLabel("File").setInputFiles({ name: "loads.txt", mimeType: "text/plain", buffer: Buffer.from("Forty tonnes") });
  await page.getByRole("button", { name: "Seal and upload" }).click();
  await page.getByText("This classification needs a second factor.").first().waitFor();
  await page.getByRole("button", { name: "Confirm with a one-time code" }).click();
  await page.locator("#otp").waitFor();
}

test("a form with its file waits while the second factor is given, is gone from the browser at once, and can then be sent", LIMIT, async () => {
  await withPage(stack.ca, async (page) => {
    await leaveWithForm(page, person("USA", 4));
    await answerForms(page, usa.backendUrl, person("USA", 4));
    await page.getByRole("heading", { name: "Your form is as you left it" }).waitFor();
    expect(await keptIn(page)).toEqual({ forms: 0, here: ["dive-usa-signed-in"] });
    expect(await page.getByLabel("Title").inputValue()).toBe("Bridge loads");
    expect(await page.getByLabel("Other countries").inputValue()).toBe("GBR");
    expect(await page.locator("#marking-top").getAttribute("data-level")).toBe("CONFIDENTIAL");
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "form-kept");
    await page.getByRole("button", { name: "Seal and upload" }).click();
    await page.getByRole("link", { name: "Bridge loads" }).click();
    await page.getByText("Forty tonnes").waitFor();
    expect(await page.locator("dl").innerText()).toMatch(/USA/);
    await page.reload();
    await page.evaluate(() => void (location.hash = "#/upload"));
    await page.getByLabel("Title").waitFor();
    expect(await page.getByLabel("Title").inputValue()).toBe("");
  });
});

test("a form that waits is forgotten when the person signs out in another tab", LIMIT, async () => {
  await withPage(stack.ca, async (page) => {
    await leaveWithForm(page, person("USA", 4));
    const other = await page.context().newPage();
    await other.goto(usa.backendUrl);
    await other.locator('[data-nation="USA"]').click();
    await other.locator("#sign-out").waitFor();
    // Nothing of it is in the other tab, and what is in the database cannot be read without what is in the first.
    expect(await keptIn(other)).toEqual({ forms: 1, here: ["dive-usa-signed-in"] });
    await other.locator("#sign-out").click();
    await other.locator('[data-nation="USA"]').waitFor();
    expect((await keptIn(other)).forms).toBe(0);
  });
});

test("the state of an instance can be read at a glance, and by who cannot see it", LIMIT, async () => {
  await withPage(stack.ca, async (page: Page) => {
    await page.goto(`${usa.backendUrl}/status`);
    await page.getByRole("rowheader", { name: "FRA → USA" }).waitFor();
    // The last round of checks may be from before another test gave back what it had stopped; the next one is due within half a minute.
    const rowOf = async (name: string) => (await page.goto(`${usa.backendUrl}/status`), page.getByRole("row", { name: new RegExp(`^${name} `) }).first().textContent());
    for (const name of ["mongodb", "opa", "keycloak", "kas", "redis", "blacklistRedis", "cache", "USA → FRA"]) await expect.poll(() => rowOf(name), { timeout: 90_000, interval: 2_000 }).toContain("Up");
    expect(await page.getByRole("row", { name: /^keycloak / }).last().textContent()).toContain("Closed");
    expect(await accessibilityProblems(page)).toEqual([]);
    await picture(page, "status");
  });
});

test("a token that leaves claims out is completed by the realm, and one that the realm does not know is refused", LIMIT, async () => {
  const LIGHT = "client.use.lightweight.access.token.enabled";
  const admin = await realmAdmin(stack, "USA");
  const [client] = await admin.clients.find({ clientId: usa.clientId });
  const write = async (value: string) => (await realmAdmin(stack, "USA")).clients.update({ id: client!.id! }, { ...client, attributes: { ...client!.attributes, [LIGHT]: value } });
  await write("true");
  try {
    const { accessToken, claims } = await login({ site: usa, via: "fra-idp", ...person("FRA", 3) });
    expect([claims["uniqueID"], claims.aud]).toEqual([undefined, undefined]);
    expect(await whoami(usa, accessToken)).toMatchObject({ status: 200, body: { uniqueID: "fra:testuser-fra-3", countryOfAffiliation: "FRA", clearance: "CONFIDENTIAL", acr: "1" } });
    const out = await fetch(`${usa.backendUrl}/api/auth/logout`, { method: "POST", headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    expect(out.status).toBe(204);
    await expect.poll(async () => (await whoami(usa, accessToken)).status, { timeout: 5_000 }).toBe(401);
  } finally {
    // An empty attribute is removed by Keycloak.
    await write("");
  }
  expect(await whoami(usa, "no-token-of-anybody")).toMatchObject({ status: 401, body: { code: "DIVE_ERR_TOKEN_INACTIVE" } });
});

test("a partner's page may read a KAS's answers, and a stranger's page may not", LIMIT, async () => {
  const preflight = async (kas: string, origin: string) => {
    const { headers } = await fetch(`${kas}/kas/v2/rewrap`, {
      method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type,dpop" }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
    });
    return headers.get("access-control-allow-origin");
  };
  for (const kas of [usa.kasUrl, fra.kasUrl]) {
    for (const { backendUrl } of [usa, fra]) expect(await preflight(kas, backendUrl)).toBe(backendUrl);
    for (const stranger of ["https://localhost:1", "https://elsewhere.example", "null"]) expect(await preflight(kas, stranger)).toBeNull();
  }
});

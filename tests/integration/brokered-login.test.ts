import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { expect, inject, test } from "vitest";
import { authorizationRequest, redeem } from "../support/authorization-code.ts";
import { federationClaims, whoami } from "../support/backend.ts";
import { withPage } from "../support/browser.ts";
import { login } from "../support/login.ts";
import { REPORTS } from "../support/paths.ts";

// Proves on real containers that a partner's user signs in with the partner's password and arrives with the right claims.
const stack = inject("stack");
const usa = stack.instances["USA"]!;
const fra = stack.instances["FRA"]!;

const ways = [
  { user: "testuser-fra-3", home: fra, at: usa, via: "fra-idp" },
  { user: "testuser-usa-3", home: usa, at: fra, via: "usa-idp" },
];

test.for(ways)("$user signs in at $at.code through $via and is known there by the home country's claims", { timeout: 60_000 }, async ({ user, home, at, via }) => {
  const { password } = stack.users[home.code]![user]!;
  const { accessToken, claims, steps } = await login({ site: at, via, username: user, password });

  const expected = {
    uniqueID: `${home.code.toLowerCase()}:${user}`,
    clearance: "CONFIDENTIAL",
    countryOfAffiliation: home.code,
    acpCOI: ["NATO"],
  };
  expect(federationClaims(claims)).toEqual(expected);
  expect(claims.iss).toBe(at.issuer);
  expect([claims.aud].flat()).toContain("dive-v3-backend");
  // The password went to the home realm, nowhere else.
  expect(steps.filter((step) => step.includes(" POST "))).toEqual([`302 POST ${home.issuer}/login-actions/authenticate`]);

  const answer = await whoami(at, accessToken);
  expect(answer.status).toBe(200);
  expect(federationClaims(answer.body)).toEqual(expected);
  expect(answer.body["issuer"]).toBe(at.issuer);
});

test("a user of FRA signs in at FRA itself, without a broker", { timeout: 60_000 }, async () => {
  const { password } = stack.users["FRA"]!["testuser-fra-1"]!;
  const { accessToken } = await login({ site: fra, username: "testuser-fra-1", password });
  const { status, body } = await whoami(fra, accessToken);
  expect({ status, uniqueID: body["uniqueID"], clearance: body["clearance"] }).toEqual({
    status: 200,
    uniqueID: "fra:testuser-fra-1",
    clearance: "UNCLASSIFIED",
  });
});

test("in Chromium a FRA user clicks FRA on the hub's login page, signs in there and comes back with a code", { timeout: 180_000 }, async () => {
  const { password } = stack.users["FRA"]!["testuser-fra-3"]!;
  await mkdir(REPORTS, { recursive: true });
  await withPage(stack.ca, async (page) => {
    const request = await authorizationRequest(usa);
    await page.goto(request.url.href);
    await page.screenshot({ path: join(REPORTS, "login-usa.png") });
    await page.click("#social-fra-idp");
    await page.waitForURL((url) => url.href.startsWith(`${fra.issuer}/`));
    await page.screenshot({ path: join(REPORTS, "login-usa-via-fra.png") });
    await page.fill("#username", "testuser-fra-3");
    await page.fill("#password", password);
    await page.click("#kc-login");
    await page.waitForURL((url) => url.href.startsWith(`${request.redirectUri}?`));
    const { accessToken } = await redeem(request, new URL(page.url()));
    expect(decodeJwt(accessToken)["uniqueID"]).toBe("fra:testuser-fra-3");
    expect((await whoami(usa, accessToken)).status).toBe(200);
  });
});

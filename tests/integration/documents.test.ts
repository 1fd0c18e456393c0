import { beforeAll, expect, inject, test } from "vitest";
import { realmAdmin } from "../support/admin.ts";
import { auditRecords } from "../support/audit.ts";
import { dive } from "../support/dive.ts";
import { call, download, openSealed, sealed, storedManifest, upload, type LabelFields } from "../support/documents.ts";
import { login, type LoggedIn } from "../support/login.ts";
import type { Instance } from "../support/stack.ts";

// Proves on real containers that a labelled document is seen, downloaded and opened by whom its label permits, and by nobody else, at every step.
const stack = inject("stack");
const [usa, fra] = [stack.instances["USA"]!, stack.instances["FRA"]!];
const LIMIT = { timeout: 180_000 };
const HOUR_MS = 3_600_000;
/** What the policy allows for clocks that differ. */
const SKEW_MS = 300_000;

const signIn = (code: string, level: number, site: Instance, acr?: string) => {
  const username = `testuser-${code.toLowerCase()}-${level}`;
  const { password, totp } = stack.users[code]![username]!;
  return login({ site, username, password, ...(site.code === code ? {} : { via: `${code.toLowerCase()}-idp` }), ...(acr && { acr, totp }) });
};

const LABELS = {
  shared: { classification: "SECRET", releasabilityTo: ["USA", "FRA"] },
  usaOnly: { classification: "UNCLASSIFIED", releasabilityTo: ["USA"] },
  confidential: { classification: "CONFIDENTIAL", releasabilityTo: ["USA", "FRA"] },
  embargoed: { classification: "UNCLASSIFIED", releasabilityTo: ["USA", "FRA"], creationDate: new Date(Date.now() + HOUR_MS).toISOString() },
} as const satisfies Record<string, LabelFields>;
type Name = keyof typeof LABELS;
const names = Object.keys(LABELS) as Name[];

let american: LoggedIn;
let french: LoggedIn;
const ids = {} as Record<Name, string>;

beforeAll(async () => {
  // Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
  for (const { code, realm } of [usa, fra]) await (await realmAdmin(stack, code)).attackDetection.delAll({ realm });
  american = await signIn("USA", 4, usa, "2");
  french = await signIn("FRA", 4, usa, "2");
  for (const name of names) ids[name] = await upload(usa, american, `document ${name}`, LABELS[name]);
}, LIMIT.timeout);

/** What somebody gets of each document at the hub: as a description, in the list, sealed, and from the KAS with the sealed object in hand. */
async function allWays(who: LoggedIn): Promise<Record<Name, { described: unknown; listed: boolean; downloaded: unknown; opened: unknown }>> {
  const listed = (await call(usa.backendUrl, "/api/resources?limit=100", who)).body["resources"] as { resourceId: string }[];
  const entries = names.map(async (name) => {
    const [described, got] = [await call(usa.backendUrl, `/api/resources/${ids[name]}`, who), await download(usa, who, ids[name])];
    // Whoever is denied the download may have the sealed object from elsewhere.
    const opened = await openSealed("manifest" in got ? got : { manifest: await storedManifest(stack.name, "USA", ids[name]), payload: new Uint8Array() }, who, [usa]);
    return [name, { described: described.body["reason"] ?? described.status, listed: listed.some(({ resourceId }) => resourceId === ids[name]), downloaded: "reason" in got ? got.reason : got.status, opened }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Awaited<ReturnType<typeof allWays>>;
}
const given = (name: Name) => ({ described: 200, listed: true, downloaded: 200, opened: `document ${name}` });
const denied = (reason: string) => ({ described: reason, listed: false, downloaded: reason, opened: 403 });

test("a French user at the hub gets what is releasable to FRA, nothing of what is for the USA only, nor what is embargoed; nor does its author", LIMIT, async () => {
  expect(await allWays(french)).toEqual({ shared: given("shared"), confidential: given("confidential"), usaOnly: denied("country_not_releasable"), embargoed: denied("embargoed") });
  expect(await allWays(american)).toEqual({ shared: given("shared"), confidential: given("confidential"), usaOnly: given("usaOnly"), embargoed: denied("embargoed") });
});

test("what is embargoed is given when its time has come", LIMIT, async () => {
  const id = await upload(usa, american, "soon", { ...LABELS.embargoed, creationDate: new Date(Date.now() + SKEW_MS + 6_000).toISOString() });
  expect(await download(usa, french, id)).toMatchObject({ status: 403, reason: "embargoed" });
  await expect.poll(async () => (await download(usa, french, id)).status, { timeout: 20_000, interval: 500 }).toBe(200);
  expect(await openSealed(await sealed(usa, french, id), french, [usa])).toBe("soon");
});

test("CONFIDENTIAL needs the second factor, which the home realm asks for", LIMIT, async () => {
  const who = { site: usa, via: "fra-idp", username: "testuser-fra-3", ...stack.users["FRA"]!["testuser-fra-3"]! };
  const first = await login({ ...who });
  expect((await allWays(first)).confidential).toEqual(denied("authentication_insufficient"));
  const second = await login({ ...who, acr: "2", jar: first.jar });
  expect((await allWays(second)).confidential).toEqual(given("confidential"));
});

test("a document of FRA opens at the hub for who may, with its key from FRA's KAS, which refuses who may not by itself", LIMIT, async () => {
  const author = await signIn("FRA", 4, fra, "2");
  const id = await upload(fra, author, "from France", LABELS.shared);
  const got = await sealed(usa, american, id);
  expect(got.manifest.encryptionInformation.keyAccess[0].kas).toBe(fra.kasUrl);
  expect(await openSealed(got, american, [usa, fra])).toBe("from France");

  const lowly = await signIn("USA", 2, usa, "2");
  const refused = await download(usa, lowly, id);
  expect(refused).toMatchObject({ status: 403, reason: "clearance_insufficient" });
  const seen: string[] = [];
  expect(await openSealed(got, lowly, [usa, fra], async (url, init) => {
    const response = await fetch(url, init);
    seen.push(response.headers.get("x-request-id")!);
    return response;
  })).toBe(403);
  expect(await auditRecords(stack.name, { instance: "FRA", service: "kas" }, seen)).toMatchObject([
    { decision: "deny", reason: "clearance_insufficient", uniqueID: "usa:testuser-usa-2", resourceId: id, policyBound: true },
  ]);
  expect(await auditRecords(stack.name, { instance: "USA", service: "backend" }, ["requestId" in refused ? refused.requestId : ""])).toMatchObject([
    { event: "decision", operation: "download", decision: "deny", reason: "clearance_insufficient", resourceId: id, clearance: "RESTRICTED" },
  ]);
});

test("./dive open prints the content to who may, and says why not to who may not", LIMIT, async () => {
  const [allowed, low] = await Promise.all([
    dive(stack.name, ["open", ids.shared, "--user", "testuser-usa-5"]),
    dive(stack.name, ["open", ids.usaOnly], { env: { DIVE_TOKEN: french.accessToken }, mustSucceed: false }),
  ]);
  expect(allowed.stdout).toBe("document shared");
  expect(allowed.output).toContain(`${ids.shared}: SECRET REL TO USA, FRA`);
  expect(low.exitCode).toBe(1);
  expect(low.output).toContain("DIVE_ERR_POLICY_DENIED: The access policy does not permit this: country_not_releasable.");
  expect(low.stdout).toBe("");
});

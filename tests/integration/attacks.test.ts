import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { text } from "node:stream/consumers";
import { generateKeyPair, decodeProtectedHeader, SignJWT } from "jose";
import { beforeAll, expect, inject, test } from "vitest";
import { REWRAP_PATH } from "@dive/common/kas-client";
import type { Manifest } from "@dive/common/sealed";
import { realmAdmin } from "../support/admin.ts";
import { attack, rewrapRequest, withKeyAccess, type Attempt, type Expected } from "../support/attacks.ts";
import { auditRecords, type AuditPlace } from "../support/audit.ts";
import { call, sealed, upload, uploadForm } from "../support/documents.ts";
import { login, type LoggedIn } from "../support/login.ts";
import type { Instance } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves on real containers that each attack is refused by every service that it can be tried at, and leaves a record that says what it was.
const stack = inject("stack");
const [usa, fra] = [stack.instances["USA"]!, stack.instances["FRA"]!];
const instances = [usa, fra];
const LIMIT = { timeout: 180_000 };
const LABEL = { classification: "UNCLASSIFIED", releasabilityTo: ["USA", "FRA"] } as const;
const MIB = 1024 * 1024;

const signIn = (site: Instance, level: number, acr?: string): Promise<LoggedIn> => {
  const username = `testuser-${site.code.toLowerCase()}-${level}`;
  const { password, totp } = stack.users[site.code]![username]!;
  return login({ site, username, password, ...(acr && { acr, totp }) });
};
/** Somebody at home in each realm, with a document there that they may read, and another. */
const at = {} as Record<string, { who: LoggedIn; manifest: Manifest; other: Manifest; id: string }>;

beforeAll(async () => {
  // Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
  for (const { code, realm } of instances) await (await realmAdmin(stack, code)).attackDetection.delAll({ realm });
  for (const site of instances) {
    const who = await signIn(site, 2);
    const [id, another] = [await upload(site, who, "one", LABEL), await upload(site, who, "two", LABEL)];
    at[site.code] = { who, id, manifest: (await sealed(site, who, id)).manifest, other: (await sealed(site, who, another)).manifest };
  }
}, LIMIT.timeout);

/** Every one was refused as it should be, gave nothing away, and is in the audit trail of where it was tried. */
async function expectRefusedAndAudited(attempts: readonly Attempt[]): Promise<void> {
  const wrong = attempts.filter(({ status, expected, text }) => status !== expected || /kasWrappedKey|    at |node_modules/.test(text));
  expect(wrong.map(({ name, status, text }) => `${name}: ${status} ${text.slice(0, 200)}`)).toEqual([]);
  const places = new Map<string, AuditPlace>(attempts.map(({ place }) => [`${place.instance} ${place.service}`, place]));
  const found = await Promise.all([...places.values()].map((place) => auditRecords(stack.name, place, attempts.filter((one) => one.place.instance === place.instance && one.place.service === place.service).map(({ requestId }) => requestId))));
  const records = found.flat();
  for (const { name, requestId, record } of attempts) expect.soft(records.filter((one) => one.requestId === requestId), name).toContainEqual(expect.objectContaining(record));
}

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const rewrap = async (site: Instance, token: string, expected: Expected, change?: Parameters<typeof rewrapRequest>[1]["change"]) =>
  attack(site, "kas", REWRAP_PATH, await rewrapRequest(site, { token, manifest: at[site.code]!.manifest, ...(change && { change }) }), expected);

test("a forged token, another realm's and a revoked one, at each backend and each KAS", LIMIT, async () => {
  const { privateKey } = await generateKeyPair("RS256");
  const attempts: Attempt[] = [];
  for (const site of instances) {
    const { who, id } = at[site.code]!;
    const forge = (kid: string | undefined) => new SignJWT({ ...who.claims, clearance: "TOP_SECRET" }).setProtectedHeader({ ...decodeProtectedHeader(who.accessToken), alg: "RS256", ...(kid && { kid }) }).sign(privateKey);
    const download = (token: string, expected: Expected) => attack(site, "backend", `/api/resources/${id}/download`, bearer(token), expected);
    for (const send of [download, (token: string, expected: Expected) => rewrap(site, token, expected)]) {
      attempts.push(
        await send(await forge(undefined), { name: "a token that another key signed", status: 401, record: { decision: "deny", reason: "token_signature" } }),
        await send(await forge("another-key"), { name: "a token of an unknown key", status: 401, record: { decision: "deny", reason: "token_unknown_key" } }),
        await send((await (await realmAdmin(stack, site.code)).getAccessToken())!, { name: "the master realm's token", status: 401, record: { decision: "deny", reason: expect.stringMatching(/^token_(unknown_key|issuer)$/) } }),
      );
    }
    const foreign = at[site === usa ? "FRA" : "USA"]!.who.accessToken;
    attempts.push(await download(foreign, { name: "a partner's token", status: 401, record: { decision: "deny", reason: expect.stringMatching(/^token_(unknown_key|issuer)$/) } }));
  }
  // A session that ends at home is over at its own backend and at every KAS.
  for (const site of instances) {
    const revoked = await signIn(site, 4);
    const uniqueID = revoked.claims["uniqueID"];
    expect((await call(site.backendUrl, "/api/auth/logout", revoked, { method: "POST" })).status).toBe(204);
    const expected: Expected = { name: "a revoked token", status: 401, record: { decision: "deny", reason: "token_revoked", uniqueID } };
    for (const other of instances) {
      await expect.poll(async () => (await rewrap(other, revoked.accessToken, expected)).status, { timeout: 5_000, interval: 50 }).toBe(401);
      attempts.push(await rewrap(other, revoked.accessToken, expected));
    }
    attempts.push(await attack(site, "backend", `/api/resources/${at[site.code]!.id}`, bearer(revoked.accessToken), expected));
  }
  await expectRefusedAndAudited(attempts);
});

test("a replayed proof, a changed label, a changed binding and a swapped key, at each KAS", LIMIT, async () => {
  const attempts: Attempt[] = [];
  for (const site of instances) {
    const { who: { accessToken: token, claims }, manifest, other } = at[site.code]!;
    const expected = (name: string, reason: string): Expected => ({ name, status: 403, record: { decision: "deny", reason, policyBound: false, uniqueID: claims["uniqueID"] } });
    const genuine = await rewrapRequest(site, { token, manifest });
    const used = await attack(site, "kas", REWRAP_PATH, genuine, { name: "the genuine request", status: 200, record: {} });
    expect(used.status, used.text).toBe(200);
    const policy = JSON.parse(Buffer.from(manifest.encryptionInformation.policy, "base64").toString()) as { body: { label: object } };
    const changed = Buffer.from(JSON.stringify({ ...policy, body: { ...policy.body, label: { ...policy.body.label, releasabilityTo: ["USA", "FRA", "DEU"] } } })).toString("base64");
    attempts.push(
      await attack(site, "kas", REWRAP_PATH, genuine, { name: "a replayed proof", status: 401, record: { decision: "deny", reason: "dpop_replayed" } }),
      await rewrap(site, token, expected("a changed label", "binding_invalid"), (body) => ({ ...body, requests: [{ ...body.requests[0]!, policy: { id: "policy-0", body: changed } }] })),
      await rewrap(site, token, expected("a changed binding", "binding_invalid"), (body) => withKeyAccess(body, { policyBinding: { alg: "HS256", hash: Buffer.alloc(32, 7).toString("base64") } })),
      await rewrap(site, token, expected("another object's key", "binding_invalid"), (body) => withKeyAccess(body, keyOf(other))),
      await rewrap(site, token, expected("another instance's key", "key_unknown"), (body) => withKeyAccess(body, keyOf(at[site === usa ? "FRA" : "USA"]!.manifest))),
    );
  }
  await expectRefusedAndAudited(attempts);
});

function keyOf({ encryptionInformation: { keyAccess: [{ protectedKey, ephemeralKey, kid, alg }] } }: Manifest): Record<string, unknown> {
  return { protectedKey, kid, alg, ...(ephemeralKey === undefined ? {} : { ephemeralKey }) };
}

test("attributes that the caller supplies change nothing", LIMIT, async () => {
  const attempts: Attempt[] = [];
  const lies = { clearance: "TOP_SECRET", countryOfAffiliation: "USA", acr: "2" };
  for (const site of instances) {
    const low = at[site.code]!.who;
    const author = await signIn(site, 3, "2");
    const id = await upload(site, author, "confidential", { ...LABEL, classification: "CONFIDENTIAL" });
    const { manifest } = await sealed(site, author, id);
    const record = { decision: "deny", reason: "clearance_insufficient", resourceId: id, uniqueID: low.claims["uniqueID"] };
    const headers = { ...bearer(low.accessToken).headers, "x-clearance": "TOP_SECRET", "x-forwarded-user": "usa:testuser-usa-5", clearance: "TOP_SECRET" };
    const form = uploadForm("mine", LABEL, "x");
    const raised = new FormData();
    raised.set("clearance", "TOP_SECRET");
    for (const [field, value] of form) raised.append(field, value);
    attempts.push(
      await attack(site, "backend", `/api/resources/${id}/download?${new URLSearchParams(lies)}`, { headers }, { name: "attributes in headers and query", status: 403, record: { ...record, clearance: "RESTRICTED" } }),
      await attack(site, "backend", "/api/upload", { method: "POST", body: raised, headers }, { name: "attributes in a form", status: 400, record: { event: "refusal", reason: "upload_field" } }),
      await attack(site, "kas", REWRAP_PATH, await rewrapRequest(site, { token: low.accessToken, manifest, change: (body) => ({ ...body, subject: lies, requests: [{ ...body.requests[0]!, subject: lies, context: { acr: "2" } }] }) }), { name: "attributes in a key request", status: 403, record }),
    );
  }
  await expectRefusedAndAudited(attempts);
});

test("path traversal, and uploads that are too large or end too early", LIMIT, async () => {
  const attempts: Attempt[] = [];
  for (const site of instances) {
    const { who, id } = at[site.code]!;
    const before = (await call(site.backendUrl, "/api/resources?limit=100", who)).body["count"];
    for (const path of ["..%2f..%2f..%2fetc%2fpasswd", "%2e%2e%2f%2e%2e%2frun%2fdive%2ftls.key", `${id}%00.txt`, `${id}%2f..%2f${id}`])
      attempts.push(await attack(site, "backend", `/api/resources/${path}/download`, bearer(who.accessToken), { name: `the path ${path}`, status: 400, record: { event: "refusal", reason: "fst_err_validation", uniqueID: who.claims["uniqueID"] } }));
    const boundary = "the-boundary";
    const send = (body: string, more: Record<string, string>, expected: Expected) =>
      attack(site, "backend", "/api/upload", { method: "POST", body, headers: { ...bearer(who.accessToken).headers, "content-type": `multipart/form-data; boundary=${boundary}`, ...more } }, expected);
    const head = [["title", "cut off"], ["classification", "UNCLASSIFIED"], ["releasabilityTo", site.code]].map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("");
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="../../etc/passwd"\r\nContent-Type: text/plain\r\n\r\n`;
    attempts.push(
      await send(`${head}${file}the beginning of a file`, {}, { name: "a truncated upload", status: 400, record: { event: "refusal", reason: "upload_truncated" } }),
      await send(head, {}, { name: "a form that ends in its fields", status: 400, record: { event: "refusal", reason: expect.stringMatching(/^upload_(truncated|form)$/) } }),
      await send(`--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n${"t".repeat(5_000)}\r\n${head}${file}x\r\n--${boundary}--\r\n`, {}, { name: "a field that is too large", status: 400, record: { event: "refusal", reason: "upload_field" } }),
      await tooLarge(site, who, 102 * MIB, { name: "an upload that says it is too large", status: 413, record: { event: "refusal", reason: "upload_too_large" } }),
    );
    expect((await call(site.backendUrl, "/api/resources?limit=100", who)).body["count"]).toBe(before);
  }
  await expectRefusedAndAudited(attempts);
});

/** Says how large its body is, and is refused by that before it sends any. */
async function tooLarge(site: Instance, { accessToken }: LoggedIn, size: number, { name, status: expected, record }: Expected): Promise<Attempt> {
  const requestId = `attack-${randomUUID()}`;
  const request = https.request(`${site.backendUrl}/api/upload`, {
    method: "POST", ca: stack.ca, headers: { ...bearer(accessToken).headers, "content-type": "multipart/form-data; boundary=x", "content-length": size, "x-request-id": requestId },
  });
  request.flushHeaders();
  const [response] = (await once(request, "response", { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) })) as [IncomingMessage];
  const answer = await text(response);
  request.destroy();
  return { name: `${name} at the backend of ${site.code}`, place: { instance: site.code, service: "backend" }, requestId, status: response.statusCode!, text: answer, record, expected };
}

import { connect } from "node:net";
import { AuditUnavailableError } from "@dive/common/audit";
import { DecisionUnavailableError, type PolicyInput } from "@dive/common/opa";
import { readContainer, unseal } from "@dive/common/sealed";
import { describe, expect, it, vi } from "vitest";
import { TransfersBusyError } from "../resources/transfer-places.ts";
import { ALLOW, DENY, type TestResourceOptions } from "../testing/test-resources.ts";
import { ROUTE_POLICIES } from "./policies.ts";
import { createTestApp } from "../testing/test-app.ts";
import { form, type FormPart } from "../testing/form.ts";

const FIELDS: FormPart[] = [["title", "A report"], ["classification", "SECRET"], ["releasabilityTo", "USA"], ["releasabilityTo[]", "FRA"], ["COI", "NATO"]];

async function backend(resources: TestResourceOptions = {}, claims: Record<string, unknown> = {}, requestsPerMinute = 1_000) {
  const test = await createTestApp({ resources, requestsPerMinute });
  const headers = { authorization: `Bearer ${await test.realm.token({ clearance: "SECRET", amr: ["pwd", "otp"], acr: "2", ...claims })}`, "user-agent": "a test", "x-request-id": "request-0001" };
  const get = (url: string) => test.app.inject({ url, headers });
  const upload = async (content: string | Buffer = "the content", fields = FIELDS) => {
    const { payload, headers: type } = form([...fields, { name: "file", filename: "report.txt", mimeType: "text/plain", content }]);
    return test.app.inject({ method: "POST", url: "/api/upload", headers: { ...headers, ...type }, payload });
  };
  const post = (payload: Buffer, type: Record<string, string>) => test.app.inject({ method: "POST", url: "/api/upload", headers: { ...headers, ...type }, payload });
  return { ...test, get, upload, post, headers };
}

/** Content of a downloaded container, its key by a KAS that gives it to everybody. */
async function opened(container: Buffer, rewrap: Parameters<typeof unseal>[2]["rewrap"]) {
  const { manifest, payload } = await readContainer(container);
  const { plaintext, ...facts } = await unseal(manifest, payload, { rewrap });
  const pieces: Uint8Array[] = [];
  for await (const piece of plaintext) pieces.push(piece);
  return { ...facts, content: Buffer.concat(pieces) };
}

describe("an upload", () => {
  it("is sealed for the KAS, and opens after the download", async () => {
    const { upload, get, resources } = await backend();
    const content = Buffer.alloc(2_500_000, "0123456789");
    const answer = await upload(content);
    expect(answer.statusCode).toBe(201);
    const { resourceId } = answer.json();
    expect(answer.json()).toMatchObject({ origin: "USA", title: "A report", classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: ["NATO"], coiOperator: "ALL", size: 2_500_000, mimeType: "text/plain" });
    expect(answer.headers["location"]).toBe(`/api/resources/${resourceId}`);
    expect([...resources.chunks.keys()]).toEqual([0, 1, 2].map((index) => `${resourceId}/${index}`));
    for (const chunk of resources.chunks.values()) expect(Buffer.from(chunk).includes("0123456789")).toBe(false);

    const download = await get(`/api/resources/${resourceId}/download`);
    expect([download.statusCode, download.headers["content-type"]]).toEqual([200, "application/vnd.dive.sealed-object"]);
    expect(download.headers["content-length"]).toBe(String(download.rawPayload.byteLength));
    const object = await opened(download.rawPayload, resources.rewrap);
    expect(object.content.equals(content)).toBe(true);
    expect(object).toMatchObject({ resourceId, mimeType: "text/plain", label: { classification: "SECRET", releasabilityTo: ["USA", "FRA"] } });
  });

  it("has a place while it is stored, as a large download has while it is sent", async () => {
    const people: string[] = [];
    let held = 0;
    const take = async (person: string) => {
      people.push(person);
      held++;
      return () => void held--;
    };
    const { upload, get } = await backend({ places: { take } });
    const idOf = async (content: Buffer) => (await upload(content)).json().resourceId as string;
    const [small, large] = [await idOf(Buffer.alloc(200_000)), await idOf(Buffer.alloc(300_000))];
    expect([people.length, held]).toEqual([2, 0]);
    expect((await get(`/api/resources/${small}/download`)).statusCode).toBe(200);
    expect(people).toHaveLength(2);
    expect((await get(`/api/resources/${large}/download`)).statusCode).toBe(200);
    expect([people.length, held, new Set(people).size]).toEqual([3, 0, 1]);
  });

  it("gives back the place of a download whose reader has stopped reading", async () => {
    let held = 0;
    const take = async () => {
      held++;
      return () => void held--;
    };
    const { app, upload, headers } = await backend({ places: { take } });
    const { resourceId } = (await upload(Buffer.alloc(40_000_000))).json();
    expect(app.server.timeout).toBe(120_000);
    app.server.timeout = 200; // as if it had been two minutes
    const { port } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
    const reader = connect(Number(port), "127.0.0.1");
    reader.on("error", () => undefined); // it is cut off
    reader.pause().write(`GET /api/resources/${resourceId}/download HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${headers.authorization}\r\n\r\n`);
    await vi.waitFor(() => expect(held).toBe(1), 5_000);
    await vi.waitFor(() => expect(held).toBe(0), 10_000);
    reader.destroy();
    await app.close();
  });

  it("for which there is no place is refused, and nothing of it is stored", async () => {
    const take = () => Promise.reject(new TransfersBusyError());
    const { upload, resources } = await backend({ places: { take } });
    const answer = await upload();
    expect([answer.statusCode, answer.json().code, answer.headers["retry-after"], answer.headers["connection"]]).toEqual([503, "DIVE_ERR_TRANSFERS_BUSY", "5", "close"]);
    expect([resources.chunks.size, resources.resources.size, resources.uploads.size]).toEqual([0, 0, 0]);
  });

  it("asks the policy with every attribute, before anything is stored, and leaves nothing when it is denied", async () => {
    const { upload, resources } = await backend({ decide: async () => DENY });
    const answer = await upload();
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({ error: "Forbidden", code: "DIVE_ERR_POLICY_DENIED", reason: "country_not_releasable", requestId: "request-0001", details: { evaluation_details: { checks: { country_releasable: false } } } });
    expect(answer.body).not.toContain("hidden");
    expect([resources.chunks.size, resources.resources.size, resources.uploads.size]).toEqual([0, 0, 0]);
    expect(resources.inputs).toEqual([{
      subject: { authenticated: true, uniqueID: "fra:testuser-fra-1", clearance: "SECRET", countryOfAffiliation: "FRA", acpCOI: ["NATO-COSMIC"], issuer: expect.any(String) },
      action: { operation: "upload" },
      resource: { resourceId: expect.stringMatching(/^USA-/), classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: ["NATO"], coiOperator: "ALL", creationDate: expect.any(String), encrypted: true },
      context: { currentTime: expect.any(String), requestId: "request-0001", acr: "2", amr: ["pwd", "otp"], sourceIP: "127.0.0.1" },
    }]);
    expect(resources.records).toMatchObject([{ operation: "upload", decision: "deny", reason: "country_not_releasable", uniqueID: "fra:testuser-fra-1", userAgent: "a test" }]);
  });

  it("that is too large is 413, that ends early is 400, and neither leaves anything behind", async () => {
    const { upload, post, resources } = await backend({ largestFile: 1_500_000 });
    const tooLarge = await upload(Buffer.alloc(1_500_001));
    expect([tooLarge.statusCode, tooLarge.json().code]).toEqual([413, "DIVE_ERR_UPLOAD_TOO_LARGE"]);
    expect((await upload(Buffer.alloc(1_500_000))).statusCode).toBe(201);
    const { payload, headers } = form([...FIELDS, { name: "file", filename: "a", mimeType: "text/plain", content: Buffer.alloc(1_200_000) }]);
    const kept = resources.chunks.size;
    for (const end of [payload.byteLength - 10, 1_100_000, 300]) {
      const answer = await post(payload.subarray(0, end), headers);
      expect([end, answer.statusCode, answer.json().code]).toEqual([end, 400, expect.stringMatching(/^DIVE_ERR_UPLOAD_(TRUNCATED|FORM)$/)]);
    }
    expect([resources.chunks.size, resources.resources.size, resources.uploads.size]).toEqual([kept, 1, 0]);
  });

  it("that says how large it is is refused before it comes", async () => {
    const { post, resources } = await backend();
    const answer = await post(Buffer.alloc(0), { "content-type": "multipart/form-data; boundary=x", "content-length": String(200 * 1024 * 1024) });
    expect([answer.statusCode, answer.json().code]).toEqual([413, "DIVE_ERR_UPLOAD_TOO_LARGE"]);
    expect(resources.inputs).toEqual([]);
  });

  it("with a form that is not as it should be is 400, and nobody is asked", async () => {
    const { upload, post, headers, app, resources } = await backend();
    const without = (name: string) => FIELDS.filter((part) => !Array.isArray(part) || part[0] !== name);
    const wrong: FormPart[][] = [
      without("title"), without("classification"), [...without("classification"), ["classification", "COSMIC"]], [...FIELDS, ["owner", "me"]], [...FIELDS, ["title", "again"]],
      [...FIELDS, ["releasabilityTo", "France"]], [...FIELDS, ["releasabilityTo", "FRA"]], [...FIELDS, ["creationDate", "2026-02-31T00:00:00Z"]], [...FIELDS, ["originalCountry", "FRA"]],
      [...FIELDS, ["__proto__", "x"]], [...FIELDS, ["coiOperator", "x".repeat(5_000)]],
    ];
    for (const fields of wrong) {
      const answer = await upload("x", fields);
      expect([fields.at(-1), answer.statusCode, answer.json().code]).toEqual([fields.at(-1), 400, expect.stringMatching(/^DIVE_ERR_UPLOAD_/)]);
    }
    const fileFirst = form([{ name: "file", filename: "a", mimeType: "text/plain", content: "x" }, ...FIELDS]);
    expect((await post(fileFirst.payload, fileFirst.headers)).statusCode).toBe(400);
    const twoFiles = form([...FIELDS, ...["file", "file"].map((name) => ({ name, filename: "a", mimeType: "text/plain", content: "x" }))]);
    expect((await post(twoFiles.payload, twoFiles.headers)).statusCode).toBeGreaterThanOrEqual(400);
    const noFile = form(FIELDS);
    expect((await post(noFile.payload, noFile.headers)).statusCode).toBe(400);
    const json = await app.inject({ method: "POST", url: "/api/upload", headers, payload: { title: "x" } });
    expect([json.statusCode, json.json().code]).toEqual([400, "DIVE_ERR_UPLOAD_FORM"]);
    expect([resources.chunks.size, resources.resources.size]).toEqual([0, 0]);
  });

  it("whose content cannot be stored is an error without its text, and leaves nothing", async () => {
    const { upload, resources } = await backend({ store: { putChunk: () => Promise.reject(new Error("secret of the database")) } });
    const answer = await upload();
    expect([answer.statusCode, answer.json().code]).toEqual([500, "DIVE_ERR_INTERNAL"]);
    expect(answer.body).not.toContain("secret of the database");
    expect([resources.chunks.size, resources.resources.size, resources.uploads.size]).toEqual([0, 0, 0]);
  });
});

describe("the list", () => {
  const ofTitle = (allowed: (title: string) => boolean, titles: Map<string, string>) => async ({ action, resource }: PolicyInput) =>
    action.operation === "upload" || allowed(titles.get(resource.resourceId ?? "") ?? "") ? ALLOW : DENY;

  it("has what policy lets the caller read, newest first, page by page, and records each decision", async () => {
    const titles = new Map<string, string>();
    const { upload, get, resources } = await backend({ decide: ofTitle((title) => Number(title) % 3 === 0, titles) });
    for (let n = 1; n <= 10; n++) {
      const { resourceId } = (await upload("x", [["title", String(n)], ["classification", n > 5 ? "SECRET" : "UNCLASSIFIED"], ["releasabilityTo", "FRA"]])).json();
      titles.set(resourceId, String(n));
    }
    resources.records.length = 0;
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = (await get(`/api/resources?limit=2${cursor === undefined ? "" : `&cursor=${cursor}`}`)).json();
      expect(page.count).toBe(page.resources.length);
      seen.push(...page.resources.map(({ title }: { title: string }) => title));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(seen)).toEqual(new Set(["3", "6", "9"]));
    expect(seen).toHaveLength(3);
    expect(resources.records.filter(({ decision }) => decision === "deny")).toHaveLength(7);
    const filtered = (await get("/api/resources?classification=SECRET")).json();
    expect(filtered.resources.map(({ title }: { title: string }) => title).sort()).toEqual(["6", "9"]);
    expect(filtered).not.toHaveProperty("nextCursor");
  });

  it("refuses queries that are not as they should be", async () => {
    const { get } = await backend();
    for (const query of ["limit=0", "limit=101", "limit=x", "classification=COSMIC", "cursor=AAAA", "cursor=", "owner=me"]) {
      expect([query, (await get(`/api/resources?${query}`)).statusCode]).toEqual([query, 400]);
    }
  });
});

describe("a resource", () => {
  it("carries its marking and the obligation to those who may read it, and its id alone to others", async () => {
    const obligation = { type: "kas", action: "request_key" };
    let decision = { ...ALLOW, obligations: [obligation] };
    const { upload, get, resources } = await backend({ decide: async () => decision });
    const { resourceId } = (await upload()).json();
    expect((await get(`/api/resources/${resourceId}`)).json()).toMatchObject({ resourceId, displayMarking: "A MARKING", obligations: [obligation], kas: { url: "https://localhost:9000" } });
    expect(resources.inputs.at(-1)).toMatchObject({ action: { operation: "read" }, resource: { integrityValidated: true, kasUrl: "https://localhost:9000" } });
    expect(resources.records.at(-1)).toMatchObject({ operation: "read", decision: "permit", reason: "permitted", policyRevision: "sha256-of-the-bundle", resourceId, classification: "SECRET", requestId: "request-0001" });

    const changed = { ...resources.resources.get(resourceId)!, label: { ...resources.resources.get(resourceId)!.label, classification: "UNCLASSIFIED" as const } };
    resources.resources.set(resourceId, changed);
    decision = { ...DENY, obligations: [] };
    for (const url of [`/api/resources/${resourceId}`, `/api/resources/${resourceId}/download`]) {
      const answer = await get(url);
      expect([url, answer.statusCode]).toEqual([url, 403]);
      expect(answer.body).not.toContain("A report");
      expect(resources.inputs.at(-1)!.resource.integrityValidated).toBe(false);
    }
  });

  it("that is not there is 404, and an id that is none is 400", async () => {
    const { get } = await backend();
    const id = "USA-01900000-0000-7000-8000-000000000000";
    for (const path of [id, `${id}/download`, id.replace("USA", "FRA")]) expect([path, (await get(`/api/resources/${path}`)).json().code]).toEqual([path, "DIVE_ERR_RESOURCE_UNKNOWN"]);
    for (const path of ["1", "..%2f..%2fetc%2fpasswd", "%00", `${id}%2f0`, "$ne"]) expect([path, (await get(`/api/resources/${path}`)).statusCode]).toEqual([path, 400]);
  });

  it("is given to nobody while no decision can be had or recorded, nor with a revoked token", async () => {
    let decide: TestResourceOptions["decide"];
    let verdict = { revoked: false, stale: false, ageMs: 0 };
    let recorded = true;
    const { upload, get, resources } = await backend({
      decide: (input) => (decide ?? (async () => ALLOW))(input),
      revocation: { verdict: () => verdict },
      record: async (...facts) => {
        if (!recorded) throw new AuditUnavailableError(new Error("no database"));
        resources.records.push(...facts);
      },
    });
    const { resourceId } = (await upload()).json();
    const refused = async (status: number, code: string) => {
      for (const url of [`/api/resources/${resourceId}`, `/api/resources/${resourceId}/download`]) {
        const answer = await get(url);
        expect([url, answer.statusCode, answer.json().code]).toEqual([url, status, code]);
        if (status === 503) expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
      }
    };
    decide = () => Promise.reject(new DecisionUnavailableError(new Error("no OPA")));
    await refused(503, "DIVE_ERR_DECISION_UNAVAILABLE");
    expect(resources.records.at(-1)).toMatchObject({ operation: "download", decision: "unavailable", reason: "decision_unavailable", resourceId });
    decide = undefined;
    verdict = { revoked: true, stale: false, ageMs: 0 };
    await refused(401, "DIVE_ERR_TOKEN_REVOKED");
    expect(resources.records.at(-1)).toMatchObject({ decision: "deny", reason: "token_revoked", resourceId });
    verdict = { revoked: false, stale: true, ageMs: 9_000 };
    await refused(503, "DIVE_ERR_REVOCATIONS_STALE");
    expect(resources.records.at(-1)).toMatchObject({ decision: "unavailable", reason: "revocations_stale", resourceId });
    verdict = { revoked: false, stale: false, ageMs: 0 };
    recorded = false;
    await refused(503, "DIVE_ERR_AUDIT_UNAVAILABLE");
  });

  it("is UNCLASSIFIED or not served while revocations cannot be checked", async () => {
    let stale = false;
    const { upload, get } = await backend({ revocation: { verdict: () => ({ revoked: false, stale, ageMs: 0 }) } });
    const fields = (level: string): FormPart[] => [["title", level], ["classification", level], ["releasabilityTo", "FRA"]];
    const open = (await upload("x", fields("UNCLASSIFIED"))).json().resourceId;
    await upload("x", fields("SECRET"));
    stale = true;
    expect((await get(`/api/resources/${open}/download`)).statusCode).toBe(200);
    expect((await get("/api/resources")).json()).toMatchObject({ count: 1, unclassifiedOnly: true, resources: [{ title: "UNCLASSIFIED" }] });
    expect((await get("/api/resources?classification=SECRET")).statusCode).toBe(503);
    expect((await upload("x", fields("SECRET"))).statusCode).toBe(503);
  });
});

describe("limits, metrics and the document of the interface", () => {
  it("refuses what one person asks too often, and not another", async () => {
    const { get, app, realm } = await backend({}, {}, 3);
    for (let n = 0; n < 3; n++) expect((await get("/api/resources")).statusCode).toBe(200);
    const answer = await get("/api/whoami");
    expect([answer.statusCode, answer.json().code]).toEqual([429, "DIVE_ERR_RATE_LIMIT"]);
    expect(answer.headers["retry-after"]).toMatch(/^\d+$/);
    expect((await app.inject({ url: "/api/whoami", headers: { authorization: `Bearer ${await realm.token({ sub: "another" })}` } })).statusCode).toBe(200);
    expect((await app.inject("/live")).statusCode).toBe(200);
  });

  it("describes every route, with the policy that it has", async () => {
    const { app } = await createTestApp();
    const answer = await app.inject("/openapi.json");
    expect([answer.statusCode, answer.json().openapi]).toEqual([200, "3.1.0"]);
    const paths = answer.json().paths as Record<string, Record<string, { summary?: string; security?: unknown[]; requestBody?: { content: object } }>>;
    for (const [route, policy] of Object.entries(ROUTE_POLICIES)) {
      const [method = "", url = ""] = route.split(" ");
      // What the pages load is no interface.
      if (url === "/assets/*") continue;
      const described = paths[url.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
      expect([route, typeof described?.summary, described?.security !== undefined]).toEqual([route, "string", policy !== "public"]);
    }
    expect(Object.keys(paths)).toHaveLength(new Set(Object.keys(ROUTE_POLICIES).map((route) => route.split(" ")[1])).size - 1);
    expect(Object.keys(paths["/api/upload"]!["post"]!.requestBody!.content)).toEqual(["multipart/form-data"]);
  });

  it("counts decisions and their time", async () => {
    const { upload, metrics } = await backend();
    await upload();
    const text = await metrics.registry.metrics();
    expect(text).toContain('dive_v3_authorization_decisions_total{decision="allow",reason="permitted"} 1');
    expect(text).toContain("dive_v3_authorization_latency_seconds_count 1");
  });
});

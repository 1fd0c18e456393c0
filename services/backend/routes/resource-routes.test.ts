import { AuditUnavailableError } from "@dive/common/audit";
import { DecisionUnavailableError, type PolicyInput } from "@dive/common/opa";
import { describe, expect, it } from "vitest";
import type { FormPart } from "../testing/form.ts";
import { backend } from "../testing/resource-app.ts";
import { createTestApp } from "../testing/test-app.ts";
import { ALLOW, DENY, type TestResourceOptions } from "../testing/test-resources.ts";
import { ROUTE_POLICIES } from "./policies.ts";

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

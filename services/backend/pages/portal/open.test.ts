import { describe, expect, it, vi } from "vitest";
import { createSealingKey } from "../../../common/testing/sealing-keys.ts";
import { form } from "../../testing/form.ts";
import { createTestApp } from "../../testing/test-app.ts";
import { ApiError } from "./api.ts";
import { explain } from "./explain.ts";
import { createOpener } from "./open.ts";
import { KasError } from "../../../common/kas-client/kas-client.ts";
import { SealedObjectError } from "../../../common/sealed/sealed-error.ts";

describe("opening", () => {
  it("gives the token to no key access service but the federation's, whatever a sealed object names", async () => {
    const sealing = createSealingKey("ec:secp256r1");
    const { app, realm } = await createTestApp({ resources: { sealingKey: async () => ({ ...sealing.kas, url: "https://kas.elsewhere.example" }) } });
    const authorization = `Bearer ${await realm.token()}`;
    const { payload, headers } = form([["title", "x"], ["classification", "UNCLASSIFIED"], ["releasabilityTo", "FRA"], { name: "file", filename: "a", mimeType: "text/plain", content: Buffer.from("x") }]);
    const { resourceId } = (await app.inject({ method: "POST", url: "/api/upload", headers: { ...headers, authorization }, payload })).json();
    const sealed = (await app.inject({ url: `/api/resources/${resourceId}/download`, headers: { authorization } })).rawPayload;
    const [accessToken, fetch] = [vi.fn(async () => "token"), vi.fn()];
    const open = await createOpener({ download: async () => (async function* () { yield sealed; })() }, { accessToken }, ["https://localhost:9000"], { fetch });
    await expect(open(resourceId)).rejects.toThrow("names the KAS https://kas.elsewhere.example, which is not one of this federation");
    await expect(open("USA-another")).rejects.toMatchObject({ code: "DIVE_ERR_SEALED_RESOURCE" });
    expect([accessToken.mock.calls.length, fetch.mock.calls.length]).toEqual([0, 0]);
  });
});

describe("an error in words", () => {
  it.each([
    [new ApiError(403, { reason: "authentication_insufficient", code: "DIVE_ERR_POLICY_DENIED", requestId: "r" }), { title: "Access denied", remedy: "second-factor", requestId: "r" }],
    [new ApiError(403, { reason: "country_not_releasable" }), { text: "This document is not releasable to your nation." }],
    [new ApiError(403, { reason: "industry_cap_exceeded" }), { text: "The access policy does not permit this: industry cap exceeded." }],
    [new ApiError(401, { code: "DIVE_ERR_TOKEN_REVOKED" }), { title: "You are signed out", remedy: "sign-in" }],
    [new ApiError(404, {}), { title: "No such document" }],
    [new ApiError(503, { message: "OPA is away." }), { text: "OPA is away. Nothing is given out meanwhile.", remedy: "retry" }],
    [new ApiError(400, { message: "title is missing" }), { title: "This was not accepted", text: "title is missing" }],
    [new KasError("denied", 403), { title: "The key was refused" }],
    [new KasError("away", 0), { remedy: "retry" }],
    [new SealedObjectError("DIVE_ERR_SEALED_SEGMENT", "Segment 1 of 1 was changed."), { title: "This document does not open" }],
    [new Error("odd"), { text: "odd" }],
  ])("%s", (error, said) => {
    expect(explain(error)).toMatchObject(said);
  });
});

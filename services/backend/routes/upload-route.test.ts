import { connect } from "node:net";
import { readContainer, unseal } from "@dive/common/sealed";
import { describe, expect, it, vi } from "vitest";
import { TransfersBusyError } from "../resources/transfer-places.ts";
import { form, type FormPart } from "../testing/form.ts";
import { backend, FIELDS } from "../testing/resource-app.ts";
import { DENY } from "../testing/test-resources.ts";

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

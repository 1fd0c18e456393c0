import { form, type FormPart } from "./form.ts";
import { createTestApp } from "./test-app.ts";
import type { TestResourceOptions } from "./test-resources.ts";

/** The fields of an upload that is as it should be. */
export const FIELDS: FormPart[] = [["title", "A report"], ["classification", "SECRET"], ["releasabilityTo", "USA"], ["releasabilityTo[]", "FRA"], ["COI", "NATO"]];

/** A backend, and a person of FRA who asks it; the claims are added to that one's token. */
export async function backend(resources: TestResourceOptions = {}, claims: Record<string, unknown> = {}, requestsPerMinute = 1_000) {
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

import { createClientAgent } from "@dive/common";
import { HttpClient } from "@dive/common/federation";
import { fetchDocument } from "../../scripts/commands/open.ts";
import { signIn } from "../../scripts/documents/sign-in.ts";
import type { InstanceOutput } from "../../scripts/federation/outputs.ts";
import { whoami } from "../support/backend.ts";
import { login } from "../support/login.ts";
import type { RunningStack } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

/**
 * One of everything that services count: documents uploaded, listed, opened and denied at home and by guests, a forged token refused, a
 * token revoked. @throws when one of them does not end as it must
 */
export async function makeTraffic(stack: RunningStack): Promise<void> {
  const instances = stack.instances as unknown as Record<string, InstanceOutput>;
  const dispatcher = createClientAgent({ ca: [stack.ca] });
  await using http = new HttpClient([stack.ca], REQUEST_LIMIT_MS);
  try {
    for (const [at, home] of [["USA", "USA"], ["FRA", "FRA"], ["USA", "FRA"], ["FRA", "USA"]] as const) {
      const username = `testuser-${home.toLowerCase()}-3`;
      const { password, totp } = stack.users[home]![username]!;
      const accessToken = await signIn(http, { at: instances[at]!, home: instances[home]!, user: { username, password, totp } });
      const authorization = `Bearer ${accessToken}`;
      const call = async (path: string, init: RequestInit = {}) => fetch(`${instances[at]!.backendUrl}${path}`, { ...init, headers: { authorization, ...init.headers }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });

      const form = new FormData();
      for (const [name, value] of Object.entries({ title: "Traffic", classification: "CONFIDENTIAL", releasabilityTo: "USA" })) form.append(name, value);
      form.append("releasabilityTo", "FRA");
      form.append("file", new Blob(["content"]), "traffic.txt");
      const uploaded = await call("/api/upload", { method: "POST", body: form });
      if (uploaded.status !== 201) throw new Error(`upload at ${at} by ${username}: ${uploaded.status} ${await uploaded.text()}`);
      const { resourceId } = (await uploaded.json()) as { resourceId: string };
      await (await call("/api/resources")).arrayBuffer();
      await fetchDocument(resourceId, { at: instances[at]!, accessToken, dispatcher, kases: Object.values(instances).map(({ kasUrl }) => kasUrl) });
    }
    for (const code of ["USA", "FRA"]) {
      const instance = stack.instances[code]!;
      const { status } = await whoami(instance, "no.token.atall");
      if (status !== 401) throw new Error(`${code} answered ${status} to a forged token`);
      const username = `testuser-${code.toLowerCase()}-1`;
      const { accessToken } = await login({ site: instance, username, password: stack.users[code]![username]!.password });
      const form = new FormData();
      for (const [name, value] of Object.entries({ title: "Too high", classification: "SECRET", releasabilityTo: code })) form.append(name, value);
      form.append("file", new Blob(["content"]), "high.txt");
      const denied = await fetch(`${instance.backendUrl}/api/upload`, { method: "POST", body: form, headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
      if (denied.status !== 403) throw new Error(`${code} answered ${denied.status} to an upload above the uploader's clearance`);
      const out = await fetch(`${instance.backendUrl}/api/auth/logout`, { method: "POST", headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
      if (out.status !== 204) throw new Error(`${code} answered ${out.status} to a logout`);
    }
  } finally {
    await dispatcher.destroy();
  }
}

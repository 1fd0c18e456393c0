import { adminToken, expectStatus, HttpClient, jsonObject, ProbeError } from "@dive/common/federation";
import type { KeycloakReadyInputs } from "./provider.ts";

/** Discovery of realm master with the right issuer, then a token for the admin client. */
export async function keycloakAnswers(inputs: Omit<KeycloakReadyInputs, "triggers" | "timeoutSeconds" | "version" | "kind">, signal?: AbortSignal): Promise<void> {
  await using http = new HttpClient([inputs.caCertificate]);
  const url = `${inputs.url}/realms/master/.well-known/openid-configuration`;
  const discovery = jsonObject(expectStatus(await http.request(url, signal ? { signal } : {})));
  if (discovery.issuer !== inputs.expectedIssuer) {
    throw new ProbeError("not-yet", `${url}: issuer is ${JSON.stringify(discovery.issuer)}, expected ${JSON.stringify(inputs.expectedIssuer)}`);
  }
  await adminToken(http, inputs, signal);
}

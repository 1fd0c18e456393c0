import { bare, expectStatus, jsonObject, type HttpClient } from "./http.ts";
import { ProbeError } from "./probe-error.ts";
import type { OidcSide } from "./oidc-side.ts";

/** What {@link issuerAnswers} found. */
export interface IssuerFacts {
  /** Ids of the realm's public keys, sorted: they change when a key does. */
  readonly keyIds: readonly string[];
}

/** Discovery answers with exactly the expected issuer, its key set is not empty, and its token endpoint refuses an empty request properly. */
export async function issuerAnswers(http: HttpClient, side: Pick<OidcSide, "publicBase" | "realm" | "issuer">, signal?: AbortSignal): Promise<IssuerFacts> {
  const request = signal ? { signal } : {};
  const url = `${side.publicBase}/realms/${encodeURIComponent(side.realm)}/.well-known/openid-configuration`;
  const discovery = jsonObject(expectStatus(await http.request(url, request)));
  if (discovery.issuer !== side.issuer) {
    throw new ProbeError("not-yet", `${url}: issuer is ${JSON.stringify(discovery.issuer)}, expected ${JSON.stringify(side.issuer)}`);
  }
  const [keyIds] = await Promise.all([keysPresent(), tokenEndpointAnswers()]);
  return { keyIds };

  async function keysPresent(): Promise<string[]> {
    const answer = expectStatus(await http.request(endpoint("jwks_uri"), request));
    const { keys } = jsonObject(answer);
    if (!Array.isArray(keys) || keys.length === 0) throw new ProbeError("not-yet", `${bare(answer.url)}: the key set is empty`);
    return keys.map((key: { kid?: unknown }) => String(key.kid)).sort();
  }

  async function tokenEndpointAnswers(): Promise<void> {
    // Without a client this must be refused; the OAuth error object shows that the endpoint itself answered and not something in front of it.
    const answer = expectStatus(await http.request(endpoint("token_endpoint"), { form: {}, ...request }), [400, 401]);
    if (typeof jsonObject(answer).error !== "string") throw new ProbeError("not-yet", `${bare(answer.url)} answered ${answer.status} without an OAuth error`);
  }

  function endpoint(name: string): string {
    const value = discovery[name];
    if (typeof value !== "string" || !URL.canParse(value)) throw new ProbeError("not-yet", `${url}: ${name} is ${JSON.stringify(value) ?? "missing"}, expected a URL`);
    return value;
  }
}

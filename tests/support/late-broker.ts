import { request } from "node:https";
import { testAuthority, testServer, type TestServer } from "../../services/common/testing/test-servers.ts";

/** A Keycloak behind a proxy that hides one of its brokers for a while. */
export interface LateBroker extends TestServer {
  /** PEM of the authority that the proxy's certificate comes from. */
  readonly certificate: string;
  /** How many sign-ins have been shown a realm without the broker. */
  readonly hidden: () => number;
}

/**
 * Starts a proxy in front of a Keycloak: sign-ins that ask for the broker are passed on without saying so until `lateMs` after the first of
 * them, so that the realm answers as one that has no such broker. Everything else passes unchanged.
 */
export async function lateBroker(keycloakUrl: string, ca: string, alias: string, lateMs: number): Promise<LateBroker> {
  const authority = testAuthority();
  let appearsAt: number | undefined;
  let hidden = 0;
  const server = await testServer(authority, (incoming, answer) => {
    const url = new URL(incoming.url!, keycloakUrl);
    if (url.searchParams.get("kc_idp_hint") === alias && performance.now() < (appearsAt ??= performance.now() + lateMs)) {
      url.searchParams.delete("kc_idp_hint");
      hidden += 1;
    }
    const outgoing = request(url, { method: incoming.method, headers: incoming.headers, ca }, (response) => {
      answer.writeHead(response.statusCode!, response.headers);
      response.pipe(answer);
    });
    // As a server that is gone would: the connection breaks.
    outgoing.on("error", (error) => answer.destroy(error));
    incoming.pipe(outgoing);
  });
  return { base: server.base, certificate: authority.certificate, hidden: () => hidden, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

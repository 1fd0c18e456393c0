import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { createTestRealm } from "./realm.ts";
import { testServer, type TestAuthority, type TestServer } from "./test-servers.ts";

/** The sign-in form of a fake Keycloak without its action. */
export const LOGIN_FORM = '<form id="kc-form-login" action="x">';

/** What one fake does; each test changes a part. */
export interface FakeBehaviour {
  /** Undefined: the right one. */
  issuer?: string;
  keys?: unknown[];
  /** Every request is answered 503. */
  down: boolean;
  broker: "redirects" | "missing" | "disabled";
  /** Instead of its form. */
  loginPage?: { status: number; html: string };
  /** Claims of the tokens that it gives out; see `createTestRealm`. */
  claims: Record<string, unknown>;
  password: string;
}

/** Two servers with just enough of Keycloak for a brokered sign-in, `USA` and `FRA`, each the other's partner. */
export class FakeKeycloaks implements AsyncDisposable {
  readonly behaviour: Record<string, FakeBehaviour> = {};
  /** Every request, as `<code> <method> <path>`. */
  readonly calls: string[] = [];
  readonly #servers: Record<string, TestServer> = {};
  readonly #realms: Record<string, Awaited<ReturnType<typeof createTestRealm>>> = {};
  readonly #nonces = new Map<string, string>();

  static async start(authority: TestAuthority, name = "localhost"): Promise<FakeKeycloaks> {
    const fakes = new FakeKeycloaks();
    for (const code of ["usa", "fra"]) {
      fakes.#realms[code] = await createTestRealm();
      fakes.#servers[code] = await testServer(authority, (req, res) => void fakes.#answer(code, req, res), name);
    }
    fakes.reset();
    return fakes;
  }

  /** Everything as it should be, nothing asked yet. */
  reset(): void {
    this.calls.length = 0;
    for (const code of ["usa", "fra"]) {
      const partner = partnerOf(code);
      this.behaviour[code] = {
        down: false,
        broker: "redirects",
        claims: { uniqueID: `${partner}:probe`, countryOfAffiliation: partner.toUpperCase(), clearance: "UNCLASSIFIED", acpCOI: undefined },
        password: `password-of-${code}`,
      };
    }
  }

  /** One end of the link between the two. */
  side(code: string) {
    const base = this.#servers[code]!.base;
    return {
      code: code.toUpperCase(), publicBase: base, realm: `r-${code}`, issuer: `${base}/realms/r-${code}`, clientId: "app", redirectUri: `${base}/app`,
      brokerAlias: `${partnerOf(code)}-idp`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of Object.values(this.#servers)) await server[Symbol.asyncDispose]();
  }

  async #answer(code: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { base } = this.#servers[code]!;
    const own = this.behaviour[code]!;
    const url = new URL(req.url!, base);
    const form = new URLSearchParams(req.method === "POST" ? await text(req) : "");
    this.calls.push(`${code} ${req.method} ${url.pathname}`);
    const json = (status: number, body: unknown) => void res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    const html = (status: number, body: string) => void res.writeHead(status, { "content-type": "text/html;charset=utf-8" }).end(body);
    const redirect = (location: string, headers = {}) => void res.writeHead(303, { location, ...headers }).end();
    const partner = partnerOf(code);
    const there = this.#servers[partner]!.base;
    const realm = `/realms/r-${code}`;
    const oidc = `${realm}/protocol/openid-connect`;
    if (own.down) return json(503, { error: "down" });
    switch (url.pathname) {
      case `${realm}/.well-known/openid-configuration`: return json(200, { issuer: own.issuer ?? `${base}${realm}`, jwks_uri: `${base}${oidc}/certs`, token_endpoint: `${base}${oidc}/token` });
      case `${oidc}/certs`: return json(200, { keys: own.keys ?? this.#realms[code]!.jwks.keys });
      case `${oidc}/token`: return form.get("code") === null ? json(401, { error: "invalid_client" }) : json(200, await this.#tokens(code, form.get("code")!));
      case "/realms/master/protocol/openid-connect/token": return json(200, { access_token: `admin-${code}` });
      case `${oidc}/auth`:
        if (url.searchParams.get("client_id") === "partner") {
          const action = `${base}${realm}/login-actions/authenticate?state=${url.searchParams.get("state")}&amp;tab_id=t`;
          return own.loginPage ? html(own.loginPage.status, own.loginPage.html) : html(200, `<form class="x" action="${action}" id="kc-form-login">`);
        }
        if (own.broker !== "redirects") return html(200, LOGIN_FORM);
        this.#nonces.set(url.searchParams.get("state")!, url.searchParams.get("nonce")!);
        return redirect(`${realm}/broker?${url.searchParams}`, { "set-cookie": `S=${code}; Path=${realm}/; Secure; HttpOnly` });
      case `${realm}/broker`:
        if (req.headers.cookie !== `S=${code}`) return html(400, '<div id="kc-error-message"><p class="instruction">Cookie not found.</p></div>');
        return redirect(`${there}/realms/r-${partner}/protocol/openid-connect/auth?client_id=partner&state=${url.searchParams.get("state")}`);
      case `${realm}/login-actions/authenticate`:
        if (form.get("password") !== own.password) return html(200, '<span id="input-error-username">Invalid username or password.</span>');
        return redirect(`${there}/realms/r-${partner}/broker/${code}-idp/endpoint?state=${url.searchParams.get("state")}`);
      case `${realm}/broker/${partner}-idp/endpoint`: {
        const state = url.searchParams.get("state")!;
        return redirect(`${base}/app?${new URLSearchParams({ state, code: `code-${state}`, iss: `${base}${realm}` })}`);
      }
      case `/admin/realms/r-${code}/identity-provider/instances/${partner}-idp`:
        return own.broker === "missing" ? json(404, { error: "not found" }) : json(200, { enabled: own.broker === "redirects" });
    }
    if (req.method === "POST" && url.pathname.startsWith("/admin/") && req.headers.authorization === `Bearer admin-${code}`) return void res.writeHead(204).end();
    return json(404, { error: `no ${url.pathname}` });
  }

  async #tokens(code: string, given: string): Promise<Record<string, string>> {
    const realm = this.#realms[code]!;
    const issued = { iss: this.side(code).issuer, ...this.behaviour[code]!.claims };
    return {
      access_token: await realm.token(issued),
      id_token: await realm.token({ ...issued, typ: "ID", nonce: this.#nonces.get(given.replace(/^code-/, "")) }),
    };
  }
}

function partnerOf(code: string): string {
  return code === "usa" ? "fra" : "usa";
}

import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js";
import type { RequestOptions } from "@keycloak/keycloak-admin-client/lib/client.js";
import { createRequire } from "node:module";
import { setTimeout as wait } from "node:timers/promises";
import type * as Undici from "undici";
import type { CallContext } from "../server/resource-type.ts";
import { checkConfig, type Config } from "./config.ts";
import { explain, isPassing, neverArrived, statusOf } from "./errors.ts";

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 4_000;

interface Clients {
  readonly admin: KeycloakAdminClient;
  readonly login: KeycloakAdminClient;
}

/** One login at one Keycloak, shared by all resource calls of the plugin. Connects at the first call, never before. */
export class Session {
  readonly #config: Config;
  readonly #baseUrl: string;
  readonly #timeoutSeconds: number;
  readonly #queues = new Map<string, Promise<unknown>>();
  #clients: Promise<Clients> | undefined;
  #login: Promise<string> | undefined;
  #loggedIn = false;

  /** @throws Error when the configuration cannot work; see {@link checkConfig}. */
  constructor(config: Config) {
    checkConfig(config);
    this.#config = config;
    this.#baseUrl = base(config.url!, config);
    this.#timeoutSeconds = config.clientTimeout ?? 30;
  }

  /**
   * Does one request, logging in first where needed. A refused connection and a 401 (nothing was done yet) are always repeated,
   * other passing faults only if `repeatable`, with growing pauses until `clientTimeout` is over.
   * @throws KeycloakError saying what was wanted and what Keycloak answered.
   */
  async request<T>(context: CallContext, what: string, repeatable: boolean, call: (admin: KeycloakAdminClient) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#timeoutSeconds * 1000;
    let renewed = false;
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, MAX_DELAY_MS)) {
      context.signal.throwIfAborted();
      try {
        return await call((await this.#connect()).admin);
      } catch (error) {
        if (statusOf(error) === 401 && !renewed) {
          renewed = true;
          this.forgetLogin();
          continue;
        }
        const again = neverArrived(error) || (repeatable && isPassing(error));
        if (!again || Date.now() + delay > deadline) {
          throw explain(error, what, this.#baseUrl, this.#timeoutSeconds, this.#secrets());
        }
        await wait(delay, undefined, { signal: context.signal });
      }
    }
  }

  /** Runs `work` after all earlier work with the same key: for what Keycloak gets wrong when done side by side. */
  async alone<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#queues.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#queues.get(key) === mine) this.#queues.delete(key);
    }
  }

  /** Makes the next request log in anew. Needed after a realm is made: older tokens hold no rights there. */
  forgetLogin(): void {
    this.#loggedIn = false;
    this.#login = undefined;
  }

  #connect(): Promise<Clients> {
    this.#clients ??= this.#open().catch((error: unknown) => {
      this.#clients = undefined;
      throw error;
    });
    return this.#clients;
  }

  async #open(): Promise<Clients> {
    const { default: AdminClient } = await import("@keycloak/keycloak-admin-client");
    const requestOptions = tlsOptions(this.#config.rootCaCertificate);
    const common = { requestOptions, timeout: this.#timeoutSeconds * 1000 };
    const login = new AdminClient({ ...common, baseUrl: this.#baseUrl, realmName: this.#config.realm ?? "master" });
    const admin = new AdminClient({ ...common, baseUrl: base(this.#config.adminUrl ?? this.#config.url!, this.#config) });
    admin.registerTokenProvider({ getAccessToken: () => this.#token(login) });
    return { admin, login };
  }

  /** One login for all that wait for it. */
  async #token(login: KeycloakAdminClient): Promise<string> {
    if (this.#loggedIn && login.isTokenExpired()) this.forgetLogin();
    this.#login ??= this.#signIn(login);
    const mine = this.#login;
    try {
      return await mine;
    } catch (error) {
      if (this.#login === mine) this.forgetLogin();
      throw error;
    }
  }

  async #signIn(login: KeycloakAdminClient): Promise<string> {
    const { clientId, clientSecret, username, password, realm } = this.#config;
    const credentials = username
      ? { grantType: "password" as const, clientId: clientId!, ...(clientSecret ? { clientSecret } : {}), username, password: password! }
      : { grantType: "client_credentials" as const, clientId: clientId!, clientSecret: clientSecret! };
    try {
      await login.auth(credentials);
    } catch (error) {
      // A refused connection must stay recognisable to the retry above.
      if (neverArrived(error) || isPassing(error)) throw error;
      throw explain(error, `sign in as client ${clientId} of realm ${realm ?? "master"}`, this.#baseUrl, this.#timeoutSeconds, this.#secrets());
    }
    this.#loggedIn = true;
    return login.accessToken!;
  }

  #secrets(): string[] {
    return [this.#config.clientSecret, this.#config.password].filter((secret): secret is string => Boolean(secret));
  }
}

function base(url: string, config: Config): string {
  return (url.replace(/\/+$/, "") + (config.basePath ?? "")).replace(/\/+$/, "");
}

/**
 * The admin client calls the global `fetch`. Node's own gives its connection up after each answer 204, so that every change and removal would
 * pay for another TLS handshake, and takes a CA only through a dispatcher; undici's takes its place in this process.
 */
function tlsOptions(ca: string | undefined): RequestOptions {
  // These two alone: the whole of undici is another 5 MiB and as long again to load.
  const load = createRequire(import.meta.url);
  const { fetch } = load("undici/lib/web/fetch/index.js") as typeof Undici;
  const Agent = load("undici/lib/dispatcher/agent.js") as typeof Undici.Agent;
  globalThis.fetch = fetch as unknown as typeof globalThis.fetch;
  return { dispatcher: new Agent(ca ? { connect: { ca } } : {}) } as unknown as RequestOptions;
}

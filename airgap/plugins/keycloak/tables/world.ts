import { randomBytes } from "node:crypto";
import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js";
import type { Case, Subject } from "../../server/table-driver.ts";
import type { Bag } from "../../server/values.ts";

// The Keycloak to test on, given by tests/support/integration-setup.ts: the hub's of the stack `test`.
const { KEYCLOAK_URL: url, KEYCLOAK_CLIENT_ID: clientId, KEYCLOAK_CLIENT_SECRET: clientSecret, KEYCLOAK_CA: ca } = process.env;

const YOUNG_TOKEN_MS = 20_000;

/** A Keycloak with a realm of the run's own, in which every case makes its objects. */
export class KeycloakWorld implements AsyncDisposable {
  readonly admin: KeycloakAdminClient;
  readonly realm: string;
  /** Ids of what mappers, scopes and executions belong to. */
  readonly client: string;
  readonly scope: string;
  readonly execution: string;
  readonly flowId: string;
  /** Alias of an identity provider, and of a top-level flow that holds {@link execution}. */
  readonly broker = "partner-idp";
  readonly flow = "parent";

  private constructor(admin: KeycloakAdminClient, realm: string, ids: { client: string; scope: string; execution: string; flowId: string }) {
    this.admin = admin;
    this.realm = realm;
    this.client = ids.client;
    this.scope = ids.scope;
    this.execution = ids.execution;
    this.flowId = ids.flowId;
  }

  /** @throws Error when the environment names no Keycloak: the tests run on the stack that the integration project brings up */
  static async open(): Promise<KeycloakWorld> {
    const admin = await newAdmin();
    const realm = `table-${randomBytes(4).toString("hex")}`;
    await admin.realms.create({ realm, enabled: true });
    await admin.auth({ grantType: "client_credentials", clientId: clientId!, clientSecret: clientSecret! });
    await admin.users.updateProfile({ realm, unmanagedAttributePolicy: "ENABLED" as never, attributes: ["username", "email", "firstName", "lastName"].map((name) => ({ name, permissions: { view: ["admin"], edit: ["admin"] } })) });
    const { id: client } = await admin.clients.create({ realm, clientId: "owner" });
    const { id: scope } = await admin.clientScopes.create({ realm, name: "owner", protocol: "openid-connect" });
    await admin.identityProviders.create({ realm, alias: "partner-idp", providerId: "oidc", config: { clientId: "x", clientSecret: "x", tokenUrl: "https://p/t", authorizationUrl: "https://p/a" } });
    const { id: flowId } = (await admin.authenticationManagement.createFlow({ realm, alias: "parent", providerId: "basic-flow", topLevel: true, builtIn: false })) as { id: string };
    const { id: execution } = (await admin.authenticationManagement.addExecutionToFlow({ realm, flow: "parent", provider: "conditional-user-attribute" })) as { id: string };
    return new KeycloakWorld(admin, realm, { client, scope, execution, flowId });
  }

  /** Signs in anew. A token holds no rights in realms that are younger. */
  async signIn(): Promise<KeycloakAdminClient> {
    await this.admin.auth({ grantType: "client_credentials", clientId: clientId!, clientSecret: clientSecret! });
    this.#signedInAt = Date.now();
    return this.admin;
  }

  /** Signs in anew if the token, which lives a minute, is no longer young. */
  async renew(): Promise<KeycloakAdminClient> {
    return Date.now() - this.#signedInAt < YOUNG_TOKEN_MS ? this.admin : this.signIn();
  }

  #signedInAt = 0;
  readonly #realms = new Map<string, Promise<void>>();

  /** A realm for what a realm has one of, made when it is first asked for: making one takes its time. Removed with the world. */
  async ownRealm(name: string): Promise<string> {
    const realm = `${this.realm}-${name}`;
    if (!this.#realms.has(realm)) this.#realms.set(realm, this.#makeRealm(realm));
    await this.#realms.get(realm);
    return realm;
  }

  async #makeRealm(realm: string): Promise<void> {
    await (await this.renew()).realms.create({ realm, enabled: true });
    await (await this.signIn()).authenticationManagement.createFlow({ realm, alias: "mine", providerId: "basic-flow", topLevel: true, builtIn: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.signIn();
    for (const { realm } of await this.admin.realms.find({ briefRepresentation: true })) if (realm!.startsWith(this.realm)) await this.admin.realms.del({ realm: realm! });
  }
}

async function newAdmin(): Promise<KeycloakAdminClient> {
  if (!url || !clientId || !clientSecret) throw new Error("KEYCLOAK_URL, KEYCLOAK_CLIENT_ID and KEYCLOAK_CLIENT_SECRET are not set: run ./dive test integration");
  const { default: AdminClient } = await import("@keycloak/keycloak-admin-client");
  const admin = new AdminClient({ baseUrl: url, realmName: "master" });
  await admin.auth({ grantType: "client_credentials", clientId, clientSecret });
  return admin;
}

/** The plugin's configuration for the same Keycloak. */
export const pluginConfig = (): Bag => ({ url: url!, clientId: clientId!, clientSecret: clientSecret!, initialLogin: false, ...(ca ? { rootCaCertificate: ca } : {}) });

export type KeycloakCase = Case<KeycloakWorld>;
export type KeycloakSubject = Subject<KeycloakWorld>;

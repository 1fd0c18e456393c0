import type { KeycloakAdminClient } from "@keycloak/keycloak-admin-client/lib/client.js";
import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import type { Api } from "../api.ts";
import { crud } from "../crud.ts";
import { outside, texts } from "../fields.ts";

interface Place {
  readonly realmId: string;
  readonly clientId: string;
}

interface Scope {
  readonly id: string;
  readonly name: string;
}

type Kind = "Default" | "Optional";

const list = (api: Api, kind: Kind, { realmId, clientId }: Place): Promise<Scope[] | undefined> =>
  api.find(`read the ${kind.toLowerCase()} scopes of client ${clientId} of realm "${realmId}"`, (admin) =>
    admin.clients[`list${kind}ClientScopes`]({ id: clientId, realm: realmId }) as Promise<Scope[]>);

const one = (admin: KeycloakAdminClient, verb: "add" | "del", kind: Kind, { realmId, clientId }: Place, scope: Scope): Promise<void> =>
  admin.clients[`${verb}${kind}ClientScope`]({ id: clientId, clientScopeId: scope.id, realm: realmId });

/** Attaches exactly the wanted scopes and detaches all others: the list is authoritative. */
async function apply(api: Api, kind: Kind, place: Place, wanted: readonly string[]): Promise<void> {
  const other: Kind = kind === "Default" ? "Optional" : "Default";
  const of = `of client ${place.clientId} of realm "${place.realmId}"`;
  const present = await list(api, kind, place);
  if (!present) throw new Error(`the ${kind.toLowerCase()} scopes ${of} cannot be set: there is no such client`);
  const elsewhere = (await list(api, other, place)) ?? [];
  const all = ((await api.find(`read the client scopes of realm "${place.realmId}"`, (admin) => admin.clientScopes.find({ realm: place.realmId }))) ?? []) as Scope[];
  const missing = wanted.filter((name) => !all.some((scope) => scope.name === name));
  if (missing.length > 0) {
    throw new Error(`the ${kind.toLowerCase()} scopes ${of} name ${missing.join(", ")}, which realm does not have; it has ${all.map((scope) => scope.name).sort().join(", ")}`);
  }
  // Keycloak silently ignores a scope that is attached the other way, so it would look done and not be.
  const taken = elsewhere.filter((scope) => wanted.includes(scope.name));
  if (taken.length > 0) {
    throw new Error(`the ${kind.toLowerCase()} scopes ${of} name ${taken.map((scope) => scope.name).join(", ")}, attached already as ${other.toLowerCase()}`);
  }
  for (const scope of present.filter(({ name }) => !wanted.includes(name))) {
    await api.remove(`detach scope "${scope.name}" ${of}`, (admin) => one(admin, "del", kind, place, scope));
  }
  for (const scope of all.filter(({ name }) => wanted.includes(name) && !present.some((has) => has.name === name))) {
    await api.change(`attach scope "${scope.name}" ${of}`, (admin) => one(admin, "add", kind, place, scope));
  }
}

function scopesType<Args extends Place>(kind: Kind, property: keyof Args & string) {
  return crud<Args>({
    token: `keycloak:openid/client${kind}Scopes:Client${kind}Scopes`,
    fields: { realmId: outside(), clientId: outside(), [property]: texts(["scopes"], { required: true }) } as never,
    realmKey: "realmId",
    importFormat: "realmId/client's internal id",
    parseImport: ([realmId, clientId, ...rest]) =>
      realmId && clientId && rest.length === 0 ? { id: `${realmId}/${clientId}`, where: { realmId, clientId } as unknown as Partial<Args> } : undefined,
    describe: ({ realmId, clientId }) => `${kind.toLowerCase()} scopes of client ${clientId} of realm "${realmId}"`,
    // Both kinds are one list in Keycloak.
    lock: ({ realmId, clientId }) => `${realmId}:client-scopes:${clientId}`,
    async create(api, inputs, representation) {
      await apply(api, kind, inputs, representation["scopes"] as string[]);
      return `${inputs.realmId}/${inputs.clientId}`;
    },
    async find(api, where) {
      const scopes = await list(api, kind, where);
      return scopes && { scopes: scopes.map(({ name }) => name) };
    },
    replace: (api, inputs, _id, representation) => apply(api, kind, inputs, representation["scopes"] as string[]),
    async remove(api, where) {
      const mine = where[property] as readonly string[];
      for (const scope of ((await list(api, kind, where)) ?? []).filter(({ name }) => mine.includes(name))) {
        await api.remove(`detach scope "${scope.name}" of client ${where.clientId}`, (admin) => one(admin, "del", kind, where, scope));
      }
    },
  });
}

/** `keycloak:openid/clientDefaultScopes:ClientDefaultScopes`, authoritative; its id is `realmId/clientId`. */
export const openidClientDefaultScopes = scopesType<Plain<openid.ClientDefaultScopesArgs>>("Default", "defaultScopes");

import { setTimeout as delay } from "node:timers/promises";
import type KcAdminClient from "@keycloak/keycloak-admin-client";
import { causesOf, DiveError } from "../errors.ts";
import type { HalfMade } from "./half-made.ts";
import { removeLate } from "./late.ts";

/** How long a Keycloak that was just started may take until it lets us sign in, in milliseconds. */
const READY_TIMEOUT_MS = 90_000;
const RETRY_MS = 500;

type Inputs = Record<string, unknown>;
type Remove = (admin: KcAdminClient, inputs: Inputs, known: ReadonlySet<string>) => Promise<boolean>;

const text = (value: unknown): string => String(value ?? "");
const realmOf = (inputs: Inputs): string => text(inputs["realmId"] ?? inputs["realm"]);

/** Deletes each object that the state does not know; says whether there was one. */
async function each<T extends { id?: string }>(found: readonly T[], known: ReadonlySet<string>, remove: (id: string) => Promise<unknown>): Promise<boolean> {
  const unknown = found.flatMap(({ id }) => (id === undefined || known.has(id) ? [] : [id]));
  for (const id of unknown) await remove(id);
  return unknown.length > 0;
}

const removeIdpMapper: Remove = async (admin, inputs, known) => {
  const place = { realm: realmOf(inputs), alias: text(inputs["identityProviderAlias"]) };
  const mappers = (await admin.identityProviders.findMappers(place)).filter(({ name }) => name === inputs["name"]);
  return each(mappers, known, (id) => admin.identityProviders.delMapper({ ...place, id }));
};

const removeProtocolMapper: Remove = async (admin, inputs, known) => {
  const owner = { realm: realmOf(inputs), id: text(inputs["clientId"] ?? inputs["clientScopeId"]) };
  const room = inputs["clientId"] === undefined ? admin.clientScopes : admin.clients;
  const mappers = (await room.listProtocolMappers(owner)).filter(({ name }) => name === inputs["name"]);
  return each(mappers, known, (mapperId) => room.delProtocolMapper({ ...owner, mapperId }));
};

const removeExecution: Remove = async (admin, inputs, known) => {
  const realm = realmOf(inputs);
  const all = await admin.authenticationManagement.getExecutions({ realm, flow: text(inputs["parentFlowAlias"]) });
  const mine = all.filter((one) => (inputs["alias"] === undefined ? one.providerId === inputs["authenticator"] : one.displayName === inputs["alias"]));
  const unknown = mine.filter(({ flowId }) => flowId === undefined || !known.has(flowId));
  return each(unknown, known, (id) => admin.authenticationManagement.delExecution({ realm, id }));
};

/** How an object is found by its name. What is not named here is a setting: making it twice does no harm. */
const REMOVERS: Record<string, Remove> = {
  "keycloak:index/realm:Realm": async (admin, inputs) => {
    const realm = text(inputs["realm"]);
    if ((await admin.realms.findOne({ realm })) === undefined) return false;
    await admin.realms.del({ realm });
    return true;
  },
  "keycloak:openid/client:Client": async (admin, inputs, known) => {
    const realm = realmOf(inputs);
    return each(await admin.clients.find({ realm, clientId: text(inputs["clientId"]) }), known, (id) => admin.clients.del({ realm, id }));
  },
  "keycloak:openid/clientScope:ClientScope": async (admin, inputs, known) => {
    const realm = realmOf(inputs);
    const scopes = (await admin.clientScopes.find({ realm })).filter(({ name }) => name === inputs["name"]);
    return each(scopes, known, (id) => admin.clientScopes.del({ realm, id }));
  },
  "keycloak:index/user:User": async (admin, inputs, known) => {
    const realm = realmOf(inputs);
    return each(await admin.users.find({ realm, username: text(inputs["username"]), exact: true }), known, (id) => admin.users.del({ realm, id }));
  },
  "keycloak:index/role:Role": async (admin, inputs, known) => {
    const [realm, roleName, id] = [realmOf(inputs), text(inputs["name"]), inputs["clientId"]];
    const role = typeof id === "string" ? await admin.clients.findRole({ realm, id, roleName }) : await admin.roles.findOneByName({ realm, name: roleName });
    return each(role === undefined || role === null ? [] : [role], known, (found) => admin.roles.delById({ realm, id: found }));
  },
  "keycloak:oidc/identityProvider:IdentityProvider": async (admin, inputs) => {
    const [realm, alias] = [realmOf(inputs), text(inputs["alias"])];
    const found = (await admin.identityProviders.find({ realm })).some((broker) => broker.alias === alias);
    if (found) await admin.identityProviders.del({ realm, alias });
    return found;
  },
  "keycloak:authentication/flow:Flow": async (admin, inputs, known) => {
    const realm = realmOf(inputs);
    const flows = (await admin.authenticationManagement.getFlows({ realm })).filter(({ alias }) => alias === inputs["alias"]);
    return each(flows, known, (flowId) => admin.authenticationManagement.deleteFlow({ realm, flowId }));
  },
  "keycloak:authentication/subflow:Subflow": removeExecution,
  "keycloak:authentication/execution:Execution": removeExecution,
};

/** The remover for a type, or undefined when it names no object of its own. */
export function removerFor(type: string): Remove | undefined {
  if (/IdentityProviderMapper$|IdentityProvideMapper$/.test(type)) return removeIdpMapper;
  if (/ProtocolMapper$/.test(type)) return removeProtocolMapper;
  return REMOVERS[type];
}

/** Deletes half-made realms, clients, users, brokers, mappers and flows through the admin API. */
export async function removeFromKeycloak({ provider, objects, known }: HalfMade, note: (line: string) => void): Promise<void> {
  const wanted = objects.flatMap((object) => {
    const remove = removerFor(object.type);
    return remove === undefined ? [] : [{ ...object, remove }];
  });
  if (wanted.length === 0) return;
  const admin = await signIn(provider);
  await removeLate(wanted, async ({ remove, type, urn, inputs }) => {
    const removed = await remove(admin, inputs, known);
    if (removed) note(`half-made ${type} ${urn.split("::").at(-1)} removed`);
    return removed;
  });
}

async function signIn(provider: Inputs): Promise<KcAdminClient> {
  const [{ default: AdminClient }, { Agent, Dispatcher1Wrapper }] = await Promise.all([import("@keycloak/keycloak-admin-client"), import("undici")]);
  const ca = provider["rootCaCertificate"];
  // Node's own fetch speaks the dispatcher protocol of an older undici than the installed one: the wrapper translates.
  const dispatcher = typeof ca === "string" ? new Dispatcher1Wrapper(new Agent({ connect: { ca } })) : undefined;
  const admin = new AdminClient({
    baseUrl: `${text(provider["url"])}${text(provider["basePath"])}`,
    realmName: text(provider["realm"] ?? "master"),
    ...(dispatcher === undefined ? {} : { requestOptions: { dispatcher } as unknown as RequestInit }),
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      await admin.auth({ grantType: "client_credentials", clientId: text(provider["clientId"]), clientSecret: text(provider["clientSecret"]) });
      return admin;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new DiveError(`Keycloak at ${text(provider["url"])} did not let client ${text(provider["clientId"])} sign in within ${READY_TIMEOUT_MS / 1000} s: ${causesOf(error)}`, undefined, { cause: error });
      }
      await delay(RETRY_MS);
    }
  }
}

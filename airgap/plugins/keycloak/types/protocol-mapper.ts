import type ProtocolMapperRepresentation from "@keycloak/keycloak-admin-client/lib/defs/protocolMapperRepresentation.js";
import type { ResourceType } from "../../server/resource-type.ts";
import { crud } from "../crud.ts";
import { flagText, outside, text, type Field, type Representation } from "../fields.ts";
import type { Session } from "../session.ts";

/** What all official protocol mappers have in common. */
export interface MapperArgs {
  readonly realmId: string;
  readonly name?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientScopeId?: string | undefined;
}

/** A place in a mapper's configuration. */
export const config = (key: string): string[] => ["config", key];

/** The tokens a mapper writes to; all by default. */
export const addTo = {
  addToIdToken: flagText(config("id.token.claim"), { default: true }),
  addToAccessToken: flagText(config("access.token.claim"), { default: true }),
};

/** Also the userinfo answer. */
export const addToUserinfo = flagText(config("userinfo.token.claim"), { default: true });

/** Also the answer of token introspection. */
export const addToTokenIntrospection = flagText(config("introspection.token.claim"), { default: true });

/** The claim a mapper writes. */
export const claim = {
  claimName: text(config("claim.name"), { required: true }),
  claimValueType: text(config("jsonType.label"), { default: "String", oneOf: ["String", "JSON", "long", "int", "boolean"] }),
};

type Parent = { readonly kind: "client" | "client-scope"; readonly id: string };

const parentOf = ({ clientId, clientScopeId }: MapperArgs): Parent =>
  clientId ? { kind: "client", id: clientId } : { kind: "client-scope", id: clientScopeId! };

/** One of Keycloak's OpenID Connect mappers, with a type of its own in the official package's module `openid`. */
export function openidProtocolMapper<Args extends MapperArgs>(
  type: string,
  mapper: string,
  own: Partial<Record<Exclude<keyof Args, keyof MapperArgs> & string, Field>>,
): ResourceType<Session, Args, any> {
  return protocolMapper<Args>(`keycloak:openid/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`, { protocol: "openid-connect", protocolMapper: mapper }, own);
}

/** A protocol mapper, attached to a client or to a client scope. `fixed` is what every mapper of this type has in its representation. */
export function protocolMapper<Args extends MapperArgs>(
  token: string,
  fixed: Representation,
  own: Partial<Record<Exclude<keyof Args, keyof MapperArgs> & string, Field>>,
): ResourceType<Session, Args, any> {
  const named = (inputs: Args): string => {
    const { kind, id } = parentOf(inputs);
    return `protocol mapper "${inputs.name}" of ${kind} ${id} of realm "${inputs.realmId}"`;
  };
  return crud<Args>({
    token,
    fields: {
      realmId: outside(),
      clientId: outside({ replaces: true }),
      clientScopeId: outside({ replaces: true }),
      // The official provider updates it in place, which Keycloak ignores.
      name: text(["name"], { replaces: true }),
      ...own,
    } as never,
    autonamed: "name",
    realmKey: "realmId",
    importFormat: "realmId/client/clientId/mapperId or realmId/client-scope/clientScopeId/mapperId",
    parseImport([realmId, kind, parent, id, ...rest]) {
      if (!realmId || !parent || !id || rest.length > 0 || (kind !== "client" && kind !== "client-scope")) return undefined;
      const where = { realmId, ...(kind === "client" ? { clientId: parent } : { clientScopeId: parent }) };
      return { id, where: where as unknown as Partial<Args> };
    },
    describe: named,
    check: ({ clientId, clientScopeId }) =>
      Boolean(clientId) === Boolean(clientScopeId) ? [{ property: "clientScopeId", reason: "give either clientId or clientScopeId, and not both" }] : [],
    async create(api, inputs, representation) {
      const { kind, id } = parentOf(inputs);
      const body = { ...fixed, ...representation };
      const query = { id, realm: inputs.realmId };
      await api.add(`create ${named(inputs)}`, (admin) =>
        kind === "client" ? admin.clients.addProtocolMapper(query, body) : admin.clientScopes.addProtocolMapper(query, body));
      // The admin client does not hand out the location of the new mapper.
      const all = await api.find(`find ${named(inputs)}`, (admin) =>
        kind === "client" ? admin.clients.listProtocolMappers(query) : admin.clientScopes.listProtocolMappers(query));
      const made = all?.find(({ name }: ProtocolMapperRepresentation) => name === inputs.name);
      if (!made?.id) throw new Error(`${named(inputs)} was created but is not in Keycloak's list`);
      return made.id;
    },
    find(api, where, mapperId) {
      const { kind, id } = parentOf(where);
      const query = { id, mapperId, realm: where.realmId };
      return api.find(`read ${named(where)}`, (admin) =>
        (kind === "client" ? admin.clients.findProtocolMapperById(query) : admin.clientScopes.findProtocolMapper(query)) as Promise<Representation | undefined>);
    },
    async replace(api, inputs, mapperId, representation) {
      const { kind, id } = parentOf(inputs);
      const query = { id, mapperId, realm: inputs.realmId };
      const body = representation as ProtocolMapperRepresentation;
      await api.change(`update ${named(inputs)}`, (admin) =>
        kind === "client" ? admin.clients.updateProtocolMapper(query, body) : admin.clientScopes.updateProtocolMapper(query, body));
    },
    remove(api, where, mapperId) {
      const { kind, id } = parentOf(where);
      const query = { id, mapperId, realm: where.realmId };
      return api.remove(`delete ${named(where)}`, (admin) =>
        kind === "client" ? admin.clients.delProtocolMapper(query) : admin.clientScopes.delProtocolMapper(query));
    },
  });
}

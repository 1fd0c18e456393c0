import type { ResourceType } from "../../server/resource-type.ts";
import type { Api } from "../api.ts";
import { crud, ownedKeys } from "../crud.ts";
import { entries, outside, text, type Field, type Representation } from "../fields.ts";
import type { Session } from "../session.ts";

/** What all official identity provider mappers have in common. */
export interface MapperArgs {
  readonly realm: string;
  readonly identityProviderAlias: string;
  readonly name?: string | undefined;
  readonly extraConfig?: Record<string, string> | undefined;
}

const named = (inputs: MapperArgs): string =>
  `mapper "${inputs.name}" of identity provider "${inputs.identityProviderAlias}" of realm "${inputs.realm}"`;

/**
 * One kind of identity provider mapper. `mapperType` names Keycloak's mapper; `%s` in it stands for the provider's id, such as `oidc`.
 * Keycloak inherits the provider's sync mode unless `extraConfig.syncMode` says otherwise.
 */
export function identityProviderMapper<Args extends MapperArgs>(
  token: string,
  own: Partial<Record<Exclude<keyof Args, keyof MapperArgs> & string, Field>>,
  mapperType: (inputs: Args) => string,
): ResourceType<Session, Args, any> {
  const places = new Set(Object.values(own as Record<string, Field>).map(({ place }) => place));
  const free = entries(["config"]);
  const extraConfig: Field = {
    ...free,
    // An import takes every key that no property of its own covers, as officially.
    read: (representation, known) =>
      known ? free.read(representation, known) : Object.fromEntries(Object.entries((representation["config"] ?? {}) as object).filter(([key]) => !places.has(`config.${key}`))),
  };
  const fields = {
    realm: outside(),
    identityProviderAlias: outside(),
    name: text(["name"], { replaces: true }),
    ...own,
    extraConfig,
  } as Record<string, Field>;
  return crud<Args>({
    token,
    fields: fields as never,
    autonamed: "name",
    realmKey: "realm",
    importFormat: "realm/identityProviderAlias/mapperId",
    parseImport: ([realm, identityProviderAlias, id, ...rest]) =>
      realm && identityProviderAlias && id && rest.length === 0 ? { id, where: { realm, identityProviderAlias } as unknown as Partial<Args> } : undefined,
    describe: named,
    check: (inputs) => ownedKeys(fields, "config", inputs.extraConfig),
    async create(api, inputs, representation) {
      const { realm, identityProviderAlias: alias } = inputs;
      const body = { ...representation, identityProviderAlias: alias, identityProviderMapper: await resolved(api, inputs, mapperType(inputs)) };
      const made = await api.add(`create ${named(inputs)}`, (admin) => admin.identityProviders.createMapper({ alias, realm, identityProviderMapper: body }));
      return made.id;
    },
    find: (api, where, id) =>
      api.find(`read ${named(where)}`, (admin) =>
        admin.identityProviders.findOneMapper({ alias: where.identityProviderAlias, id, realm: where.realm }) as Promise<Representation | undefined>),
    async replace(api, inputs, id, representation) {
      const body = { ...representation, identityProviderMapper: await resolved(api, inputs, mapperType(inputs)) };
      const query = { alias: inputs.identityProviderAlias, id, realm: inputs.realm };
      await api.change(`update ${named(inputs)}`, (admin) => admin.identityProviders.updateMapper(query, body));
    },
    remove: (api, where, id) =>
      api.remove(`delete ${named(where)}`, (admin) =>
        admin.identityProviders.delMapper({ alias: where.identityProviderAlias, id, realm: where.realm })),
  });
}

async function resolved(api: Api, { realm, identityProviderAlias: alias }: MapperArgs, type: string): Promise<string> {
  if (!type.includes("%s")) return type;
  const provider = await api.find(`read identity provider "${alias}" of realm "${realm}"`, (admin) => admin.identityProviders.findOne({ alias, realm }));
  if (!provider?.providerId) throw new Error(`a mapper needs its identity provider, but realm "${realm}" has none with alias "${alias}"`);
  return type.replaceAll("%s", provider.providerId);
}

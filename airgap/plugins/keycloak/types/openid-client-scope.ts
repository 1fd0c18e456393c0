import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud, ownedKeys } from "../crud.ts";
import { countText, entries, flagText, outside, text, type Field, type Representation } from "../fields.ts";

type Args = Plain<openid.ClientScopeArgs>;

const screenText = text(["attributes", "consent.screen.text"]);

/** A text for the consent screen also makes the scope appear there, as in the official provider. */
const consentScreenText: Field = {
  ...screenText,
  write(representation, value) {
    screenText.write(representation, value);
    representation["attributes"]["display.on.consent.screen"] = String(value !== "");
  },
};

const fields: Partial<Record<keyof Args & string, Field>> = {
  realmId: outside(),
  name: text(["name"]),
  description: text(["description"]),
  consentScreenText,
  includeInTokenScope: flagText(["attributes", "include.in.token.scope"], { default: true }),
  includeInOpenidProviderMetadata: flagText(["attributes", "include.in.openid.provider.metadata"]),
  guiOrder: countText(["attributes", "gui.order"]),
  extraConfig: entries(["attributes"], {}, ""),
};

const named = (inputs: Args): string => `client scope "${inputs.name}" of realm "${inputs.realmId}"`;

/** `keycloak:openid/clientScope:ClientScope`; its id is Keycloak's, imports are `realmId/id`. */
export const openidClientScope = crud<Args>({
  token: "keycloak:openid/clientScope:ClientScope",
  fields,
  autonamed: "name",
  realmKey: "realmId",
  importFormat: "realmId/client scope id",
  parseImport: ([realmId, id, ...rest]) => (realmId && id && rest.length === 0 ? { id, where: { realmId } } : undefined),
  describe: named,
  check: (inputs) => ownedKeys(fields as Record<string, Field>, "attributes", inputs.extraConfig),
  async create(api, inputs, representation) {
    // Keycloak shows a scope on the consent screen unless told otherwise.
    const attributes = { "display.on.consent.screen": "false", ...(representation["attributes"] as object | undefined) };
    const body = { protocol: "openid-connect", ...representation, attributes, realm: inputs.realmId };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.clientScopes.create(body))).id;
  },
  find: (api, where, id) =>
    api.find(`read client scope ${id} of realm "${where.realmId}"`, (admin) =>
      admin.clientScopes.findOne({ id, realm: where.realmId }) as Promise<Representation | undefined>),
  async replace(api, inputs, id, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.clientScopes.update({ id, realm: inputs.realmId }, representation));
  },
  remove: (api, where, id) => api.remove(`delete ${named(where)}`, (admin) => admin.clientScopes.del({ id, realm: where.realmId })),
});

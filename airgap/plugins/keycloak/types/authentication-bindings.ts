import type { authentication } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { chosen, outside, text, type Representation } from "../fields.ts";

type Args = Plain<authentication.BindingsArgs>;

/** The flows of a realm as Keycloak makes it: what the official provider binds again when the resource is deleted. */
const BUILT_IN = {
  browserFlow: "browser",
  registrationFlow: "registration",
  directGrantFlow: "direct grant",
  resetCredentialsFlow: "reset credentials",
  clientAuthenticationFlow: "clients",
  dockerAuthenticationFlow: "docker auth",
  firstBrokerLoginFlow: "first broker login",
} as const satisfies Partial<Record<keyof Args, string>>;

const names = Object.keys(BUILT_IN) as (keyof typeof BUILT_IN)[];

/** `keycloak:authentication/bindings:Bindings`: a realm has exactly one, so create sets it; its id is the realm's name. It cannot be imported. */
export const authenticationBindings = crud<Args>({
  token: "keycloak:authentication/bindings:Bindings",
  fields: { realmId: outside(), ...(Object.fromEntries(names.map((name) => [name, text([name], chosen)])) as Record<keyof typeof BUILT_IN, ReturnType<typeof text>>) },
  computed: names,
  realmKey: "realmId",
  importFormat: "(none: the official provider imports no bindings)",
  parseImport: () => undefined,
  describe: (inputs) => `flow bindings of realm "${inputs.realmId}"`,
  lock: (inputs) => `${inputs.realmId}:bindings`,
  async create(api, inputs, representation) {
    await api.change(`bind the flows of realm "${inputs.realmId}"`, (admin) => admin.realms.update({ realm: inputs.realmId }, representation));
    return inputs.realmId;
  },
  find: (api, where) =>
    api.find(`read the flow bindings of realm "${where.realmId}"`, async (admin) => {
      const realm = (await admin.realms.findOne({ realm: where.realmId })) as Representation | undefined;
      return realm && Object.fromEntries(names.map((name) => [name, realm[name]]));
    }),
  async replace(api, inputs, _id, representation) {
    await api.change(`bind the flows of realm "${inputs.realmId}"`, (admin) => admin.realms.update({ realm: inputs.realmId }, representation));
  },
  remove: (api, where) => api.remove(`bind the built-in flows of realm "${where.realmId}"`, (admin) => admin.realms.update({ realm: where.realmId }, BUILT_IN)),
  outputs: async (_api, _inputs, found) => found,
});

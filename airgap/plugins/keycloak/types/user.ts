import type { UserArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { entries, flag, lowerText, outside, text, texts, type Field, type Representation } from "../fields.ts";

type Args = Plain<UserArgs>;

const plain = entries(["attributes"]);

/** Several values of one attribute are joined by `##` in the official schema. */
const attributes: Field = {
  ...plain,
  write(representation, value) {
    const lists = Object.fromEntries(Object.entries(value as Record<string, string>).map(([key, joined]) => [key, joined.split("##")]));
    plain.write(representation, lists);
  },
  read(representation, known) {
    const all = (representation["attributes"] ?? {}) as Record<string, string[]>;
    const keys = Object.keys((known as object | undefined) ?? all).filter((key) => all[key] !== undefined);
    return Object.fromEntries(keys.map((key) => [key, [...all[key]!].sort().join("##")]));
  },
};

/** Set when the user is made and never again, as in the official provider: a user who changed it keeps what he chose. */
const initialPassword: Field = {
  type: { object: { value: { type: "string", required: true, secret: true }, temporary: { type: "boolean", default: false } } },
  secret: true,
  writeOnly: true,
  createOnly: true,
  write(representation, { value, temporary }) {
    representation["credentials"] = [{ type: "password", value, temporary: temporary ?? false }];
  },
  read: (_representation, known) => known,
};

/** `keycloak:index/user:User`; its id is Keycloak's, imports are `realmId/userId`. */
export const user = crud<Args>({
  token: "keycloak:index/user:User",
  fields: {
    realmId: outside(),
    username: text(["username"], { required: true, replaces: true }),
    enabled: flag(["enabled"], { default: true }),
    email: lowerText(["email"]),
    emailVerified: flag(["emailVerified"], { default: false }),
    firstName: text(["firstName"]),
    lastName: text(["lastName"]),
    requiredActions: texts(["requiredActions"]),
    attributes,
    initialPassword,
  },
  realmKey: "realmId",
  importFormat: "realmId/userId",
  parseImport: ([realmId, id, ...rest]) => (realmId && id && rest.length === 0 ? { id, where: { realmId } } : undefined),
  check: ({ username }) => (username === username.toLowerCase() ? [] : [{ property: "username", reason: `must be all lowercase; given: ${JSON.stringify(username)}` }]),
  describe: (inputs) => `user "${inputs.username}" of realm "${inputs.realmId}"`,
  async create(api, inputs, representation) {
    const what = `create user "${inputs.username}" in realm "${inputs.realmId}"`;
    return (await api.add(what, (admin) => admin.users.create({ ...representation, realm: inputs.realmId }))).id;
  },
  find: (api, where, id) =>
    api.find(`read user ${id} of realm "${where.realmId}"`, (admin) => admin.users.findOne({ id, realm: where.realmId }) as Promise<Representation | undefined>),
  async replace(api, inputs, id, representation) {
    const { credentials: _once, ...rest } = representation;
    await api.change(`update user "${inputs.username}" of realm "${inputs.realmId}"`, (admin) => admin.users.update({ id, realm: inputs.realmId }, rest));
  },
  remove: (api, where, id) => api.remove(`delete user "${where.username}" of realm "${where.realmId}"`, (admin) => admin.users.del({ id, realm: where.realmId })),
});

import type { RealmUserProfileArgs } from "@pulumi/keycloak";
import type { UserProfileConfig } from "@keycloak/keycloak-admin-client/lib/defs/userProfileMetadata.js";
import type { Plain } from "../../server/unwrap.ts";
import type { Api } from "../api.ts";
import { crud } from "../crud.ts";
import { outside, text, type Field, type Representation } from "../fields.ts";
import { readAttribute, readGroup, writeAttribute, writeGroup } from "./user-profile-mapping.ts";

type Args = Plain<RealmUserProfileArgs>;

const names = { type: { array: "string" }, unordered: true } as const;
const words = { type: { map: "string" } } as const;

const attributes: Field = {
  type: {
    array: {
      object: {
        name: { type: "string", required: true },
        displayName: { type: "string" },
        group: { type: "string" },
        multiValued: { type: "boolean", default: false },
        defaultValue: { type: "string" },
        enabledWhenScopes: names,
        requiredForRoles: names,
        requiredForScopes: names,
        permissions: { type: { object: { views: { ...names, required: true }, edits: { ...names, required: true } } } },
        validators: { type: { array: { object: { name: { type: "string", required: true }, config: words } } }, unordered: true },
        annotations: words,
      },
    },
  },
  empty: [],
  write: (representation, value) => void (representation["attributes"] = value.map(writeAttribute)),
  read: (representation) => (representation["attributes"] as Representation[] | undefined)?.map(readAttribute),
};

const groups: Field = {
  type: {
    array: {
      object: {
        name: { type: "string", required: true },
        displayHeader: { type: "string" },
        displayDescription: { type: "string" },
        annotations: words,
      },
    },
  },
  empty: [],
  write: (representation, value) => void (representation["groups"] = value.map(writeGroup)),
  read: (representation) => (representation["groups"] as Representation[] | undefined)?.map(readGroup),
};

const policy = text(["unmanagedAttributePolicy"], { oneOf: ["DISABLED", "ENABLED", "ADMIN_EDIT", "ADMIN_VIEW"], default: "DISABLED" });

/** Keycloak says DISABLED by leaving the policy out, and does not know the word. */
const unmanagedAttributePolicy: Field = {
  ...policy,
  write(representation, value) {
    if (value === "DISABLED") delete representation["unmanagedAttributePolicy"];
    else policy.write(representation, value);
  },
  read: (representation) => policy.read(representation) ?? "DISABLED",
};

/** The least that Keycloak accepts: what the official provider leaves behind when the resource is deleted. */
const LEAST: UserProfileConfig = { attributes: [{ name: "username" }, { name: "email" }], groups: [] };

async function put(realm: string, profile: Representation, what: string, api: Api): Promise<void> {
  await api.change(what, (admin) => admin.users.updateProfile({ ...profile, realm }));
}

/** `keycloak:index/realmUserProfile:RealmUserProfile`: a realm has exactly one, so create sets it; its id is the realm's name. */
export const realmUserProfile = crud<Args>({
  token: "keycloak:index/realmUserProfile:RealmUserProfile",
  fields: { realmId: outside(), attributes, groups, unmanagedAttributePolicy },
  realmKey: "realmId",
  importFormat: "(none: the official provider imports no user profile)",
  parseImport: () => undefined,
  describe: (inputs) => `user profile of realm "${inputs.realmId}"`,
  lock: (inputs) => `${inputs.realmId}:user-profile`,
  async create(api, inputs, representation) {
    await put(inputs.realmId, representation, `set the user profile of realm "${inputs.realmId}"`, api);
    return inputs.realmId;
  },
  find: (api, where) =>
    api.find(`read the user profile of realm "${where.realmId}"`, (admin) => admin.users.getProfile({ realm: where.realmId }) as Promise<Representation>),
  replace: (api, inputs, _id, representation) => put(inputs.realmId, representation, `update the user profile of realm "${inputs.realmId}"`, api),
  async remove(api, where) {
    const what = `reset the user profile of realm "${where.realmId}"`;
    await api.remove(what, (admin) => admin.users.updateProfile({ ...LEAST, realm: where.realmId }));
  },
});

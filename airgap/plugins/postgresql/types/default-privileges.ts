import type { DefaultPrivilegesArgs } from "@pulumi/postgresql";
import type { Client } from "pg";
import type { ResourceType } from "../../server/resource-type.ts";
import type { Plain } from "../../server/unwrap.ts";
import { heldPrivileges, optionFailures, privilegeFailures, roleExists, samePrivileges } from "../acl.ts";
import type { Session } from "../session.ts";
import { execute, grantee, identifier, rows } from "../sql.ts";

type Args = Plain<DefaultPrivilegesArgs>;
type State = Args;

/** `pg_default_acl.defaclobjtype` by object type. */
const LETTERS: Readonly<Record<string, string>> = { table: "r", sequence: "S" };

/**
 * Exactly these privileges of one role on what another role will create in a database, everywhere or in one schema.
 * Id: role, database, schema (or `noschema`), owner and object type, joined by `_`.
 */
export const defaultPrivileges: ResourceType<Session, Args, State> = {
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  inputs: {
    role: { type: "string", required: true, replaces: true },
    database: { type: "string", required: true, replaces: true },
    owner: { type: "string", required: true, replaces: true },
    schema: { type: "string", replaces: true },
    objectType: { type: "string", required: true, replaces: true, oneOf: Object.keys(LETTERS) },
    privileges: { type: { array: "string" }, required: true, unordered: true },
    withGrantOption: { type: "boolean", default: false, replaces: true },
  },
  computed: [],
  // Officially not, so that there the delete of the old takes away what the new one has just given.
  deleteBeforeReplace: true,

  check: ({ role, objectType, privileges, withGrantOption }) => [...privilegeFailures(objectType, privileges), ...optionFailures(role, withGrantOption)],

  async create(session, inputs, { signal }) {
    await setDefaults(session, inputs, signal);
    const { role, database, schema, owner, objectType } = inputs;
    return { id: [role, database, schema ?? "noschema", owner, objectType].join("_"), state: inputs };
  },

  async read(session, id, state, { signal }) {
    if (state.role === undefined || state.database === undefined) throw new Error(`default privileges cannot be imported: their id ${JSON.stringify(id)} does not tell its parts apart`);
    const args = state as Args;
    return session.unlessDatabaseGone(() => session.run(args.database, signal, async (client) => {
      if (!(await stillThere(client, args))) return undefined;
      const acls = `SELECT 'default' AS name, defaclacl AS acl FROM pg_default_acl
        WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = $2) AND defaclobjtype = $3
          AND defaclnamespace = coalesce((SELECT oid FROM pg_namespace WHERE nspname = $4), 0)`;
      const held = await heldPrivileges(client, `reading ${describe(args)}`, acls, args.role, [args.owner, LETTERS[args.objectType], args.schema ?? null]);
      const { privileges, grantable } = held.get("default") ?? { privileges: [], grantable: false };
      // As officially: none at all are no default privileges, unless that is what is wanted.
      if (privileges.length === 0 && args.privileges.length > 0) return undefined;
      const now = { privileges: samePrivileges(privileges, args.privileges) ? args.privileges : privileges, ...(privileges.length > 0 ? { withGrantOption: grantable } : {}) };
      return { id, state: { ...args, ...now }, inputs: { ...args, ...now } };
    }));
  },

  async update(session, _id, inputs, _old, _changed, { signal }) {
    await setDefaults(session, inputs, signal);
    return inputs;
  },

  async delete(session, _id, state, { signal }) {
    await session.unlessDatabaseGone(() => session.transaction(state.database, signal, async (client) => {
      if (await stillThere(client, state)) await execute(client, `revoking ${describe(state)}`, `${prefix(state)} REVOKE ALL ON ${state.objectType.toUpperCase()}S FROM ${grantee(state.role)}`);
    }));
  },
};

async function setDefaults(session: Session, inputs: Args, signal: AbortSignal): Promise<void> {
  await session.transaction(inputs.database, signal, async (client) => {
    const doing = `setting ${describe(inputs)}`;
    const on = `ON ${inputs.objectType.toUpperCase()}S`;
    await execute(client, doing, `${prefix(inputs)} REVOKE ALL ${on} FROM ${grantee(inputs.role)}`);
    if (inputs.privileges.length === 0) return;
    await execute(client, doing, `${prefix(inputs)} GRANT ${[...inputs.privileges].sort().join(", ")} ${on} TO ${grantee(inputs.role)}${inputs.withGrantOption ? " WITH GRANT OPTION" : ""}`);
  });
}

function prefix({ owner, schema }: Args): string {
  return `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(owner)}${schema ? ` IN SCHEMA ${identifier(schema)}` : ""}`;
}

async function stillThere(client: Client, { role, owner, schema }: Args): Promise<boolean> {
  if (!(await roleExists(client, role)) || !(await roleExists(client, owner))) return false;
  return !schema || (await rows(client, `looking for schema ${schema}`, "SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).length > 0;
}

function describe({ role, owner, objectType, database }: Args): string {
  return `default privileges of ${role} on ${objectType}s that ${owner} makes in database ${database}`;
}

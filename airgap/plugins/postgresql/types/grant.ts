import type { GrantArgs } from "@pulumi/postgresql";
import type { ResourceType } from "../../server/resource-type.ts";
import type { Plain } from "../../server/unwrap.ts";
import { PRIVILEGES, heldPrivileges, optionFailures, privilegeFailures, roleExists, samePrivileges } from "../acl.ts";
import { aclQuery, grantTarget, targetExists } from "../grant-target.ts";
import type { Session } from "../session.ts";
import { execute, grantee, rows } from "../sql.ts";

type Args = Plain<GrantArgs>;
type State = Args;

/**
 * Exactly these privileges of one role on a database, a schema, or some or all tables or sequences of a schema: others that it
 * holds there are revoked, as officially. Id: role, database, schema, object type and objects, joined by `_`.
 */
export const grant: ResourceType<Session, Args, State> = {
  token: "postgresql:index/grant:Grant",
  inputs: {
    role: { type: "string", required: true, replaces: true },
    database: { type: "string", required: true, replaces: true },
    schema: { type: "string", replaces: true },
    objectType: { type: "string", required: true, replaces: true, oneOf: Object.keys(PRIVILEGES) },
    objects: { type: { array: "string" }, replaces: true, unordered: true },
    privileges: { type: { array: "string" }, required: true, unordered: true },
    withGrantOption: { type: "boolean", default: false, replaces: true },
  },
  computed: [],
  deleteBeforeReplace: true,

  check({ role, objectType, schema, objects = [], privileges, withGrantOption }) {
    const failures = [...privilegeFailures(objectType, privileges), ...optionFailures(role, withGrantOption)];
    if (objectType !== "database" && !schema) failures.push({ property: "schema", reason: `is required for objectType ${objectType}` });
    if ((objectType === "database" || objectType === "schema") && objects.length > 0) {
      failures.push({ property: "objects", reason: `must be empty for objectType ${objectType}; given: ${objects.join(", ")}` });
    }
    return failures;
  },

  async create(session, inputs, { signal }) {
    await setPrivileges(session, inputs, signal);
    return { id: grantId(inputs), state: inputs };
  },

  async read(session, id, state, { signal }) {
    if (state.role === undefined || state.database === undefined) throw new Error(`a grant cannot be imported: its id ${JSON.stringify(id)} does not tell its parts apart`);
    const args = state as Args;
    return session.unlessDatabaseGone(() => session.run(args.database, signal, async (client) => {
      if (!(await roleExists(client, args.role)) || !(await targetExists(client, args))) return undefined;
      const { sql, parameters } = aclQuery(args);
      const held = await heldPrivileges(client, `reading ${describe(args)}`, sql, args.role, parameters);
      const wanted = args.objects?.length ? args.objects : [...held.keys()];
      // One object that differs is enough to grant again; nothing to look at (no table yet) is no difference.
      const differing = wanted.map((name) => held.get(name) ?? { privileges: [], grantable: false })
        .find(({ privileges, grantable }) => !samePrivileges(privileges, args.privileges) || (privileges.length > 0 && grantable !== (args.withGrantOption === true)));
      const now = differing === undefined ? {} : { privileges: differing.privileges, ...(differing.privileges.length > 0 ? { withGrantOption: differing.grantable } : {}) };
      return { id, state: { ...args, ...now }, inputs: { ...args, ...now } };
    }));
  },

  async update(session, _id, inputs, _old, _changed, { signal }) {
    await setPrivileges(session, inputs, signal);
    return inputs;
  },

  async delete(session, _id, state, { signal }) {
    await session.unlessDatabaseGone(() => session.transaction(state.database, signal, async (client) => {
      if (!(await roleExists(client, state.role)) || !(await targetExists(client, state))) return;
      const objects = await remaining(client, state);
      if (objects === undefined) return;
      await execute(client, `revoking ${describe(state)}`, `REVOKE ALL PRIVILEGES ON ${grantTarget({ ...state, objects })} FROM ${grantee(state.role)}`);
    }));
  },
};

async function setPrivileges(session: Session, inputs: Args, signal: AbortSignal): Promise<void> {
  await session.transaction(inputs.database, signal, async (client) => {
    const target = grantTarget(inputs);
    const doing = `granting ${describe(inputs)}`;
    await execute(client, doing, `REVOKE ALL PRIVILEGES ON ${target} FROM ${grantee(inputs.role)}`);
    if (inputs.privileges.length === 0) return;
    const option = inputs.withGrantOption ? " WITH GRANT OPTION" : "";
    await execute(client, doing, `GRANT ${[...inputs.privileges].sort().join(", ")} ON ${target} TO ${grantee(inputs.role)}${option}`);
  });
}

/** Of the named objects those that still exist; undefined when none is left to revoke anything on. */
async function remaining(client: Parameters<typeof rows>[0], state: State): Promise<string[] | undefined> {
  if (!state.objects?.length) return [];
  const { sql, parameters } = aclQuery(state);
  const existing = new Set((await rows<{ name: string }>(client, `reading ${describe(state)}`, `SELECT o.name::text AS name FROM (${sql}) o WHERE $1::text IS NOT NULL`, [state.role, ...parameters])).map(({ name }) => name));
  const left = state.objects.filter((name) => existing.has(name));
  return left.length > 0 ? left : undefined;
}

function describe({ role, database, schema, objectType }: Args): string {
  return `privileges of ${role} on ${objectType}${schema ? ` of schema ${schema}` : ""} in database ${database}`;
}

function grantId({ role, database, schema, objectType, objects = [] }: Args): string {
  return [role, database, ...(objectType === "database" ? [] : [schema]), objectType, ...[...objects].sort()].join("_");
}

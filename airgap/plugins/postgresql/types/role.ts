import type { RoleArgs } from "@pulumi/postgresql";
import type { Client } from "pg";
import type { ResourceType } from "../../server/resource-type.ts";
import type { Plain } from "../../server/unwrap.ts";
import { attributeClauses } from "../role-attributes.ts";
import { readRole } from "../role-read.ts";
import { settingStatements } from "../role-settings.ts";
import type { Session } from "../session.ts";
import { execute, identifier, rows } from "../sql.ts";

type Args = Plain<RoleArgs>;
type State = Args & { name: string };

/**
 * A role. An existing one is an error. The password is sent as a SCRAM verifier and never read back. A delete hands what the role owns in the
 * configured database to the provider's user and drops its privileges there, then the role, as officially. Id: its first name.
 */
export const role: ResourceType<Session, Args, State> = {
  token: "postgresql:index/role:Role",
  inputs: {
    name: { type: "string" },
    password: { type: "string", secret: true, writeOnly: true },
    encryptedPassword: { type: "boolean", default: true, writeOnly: true },
    login: { type: "boolean", default: false },
    superuser: { type: "boolean", default: false },
    createDatabase: { type: "boolean", default: false },
    createRole: { type: "boolean", default: false },
    inherit: { type: "boolean", default: true },
    replication: { type: "boolean", default: false },
    bypassRowLevelSecurity: { type: "boolean", default: false },
    connectionLimit: { type: "number", default: -1 },
    validUntil: { type: "string", default: "infinity" },
    roles: { type: { array: "string" }, unordered: true },
    searchPaths: { type: { array: "string" } },
    statementTimeout: { type: "number", default: 0 },
    idleInTransactionSessionTimeout: { type: "number", default: 0 },
  },
  computed: [],
  autonamed: "name",

  check({ encryptedPassword, searchPaths = [] }) {
    const failures = [];
    if (encryptedPassword === false) failures.push({ property: "encryptedPassword", reason: "must be true: PostgreSQL stores no clear passwords since version 10; given: false" });
    searchPaths.forEach((path, index) => {
      if (path.includes(", ")) failures.push({ property: `searchPaths[${index}]`, reason: `must not contain ", "; given: ${JSON.stringify(path)}` });
    });
    return failures;
  },

  async create(session, inputs, { signal }) {
    const name = inputs.name!;
    const clauses = await attributeClauses(inputs);
    await session.transaction(session.home, signal, async (client) => {
      const doing = `creating role ${name}`;
      await execute(client, doing, `CREATE ROLE ${identifier(name)} WITH ${clauses.join(" ")}`);
      for (const sql of settingStatements(name, inputs)) await execute(client, doing, sql);
      for (const member of inputs.roles ?? []) await execute(client, doing, `GRANT ${identifier(member)} TO ${identifier(name)}`);
    });
    return { id: name, state: { ...inputs, name } };
  },

  async read(session, id, state, { signal }) {
    const name = state.name ?? id;
    const now = await session.run(session.home, signal, (client) => readRole(client, name, state));
    return now && { id, state: { ...state, ...now, name }, inputs: { ...now, name } };
  },

  async update(session, _id, inputs, old, changed, { signal }) {
    const name = inputs.name!;
    const clauses = await attributeClauses(inputs, changed);
    await session.transaction(session.home, signal, async (client) => {
      const doing = `changing role ${old.name}`;
      if (name !== old.name) await execute(client, doing, `ALTER ROLE ${identifier(old.name)} RENAME TO ${identifier(name)}`);
      if (clauses.length > 0) await execute(client, doing, `ALTER ROLE ${identifier(name)} WITH ${clauses.join(" ")}`);
      for (const sql of settingStatements(name, inputs, changed)) await execute(client, doing, sql);
      if (changed.includes("roles")) await changeMemberships(client, doing, name, old.roles ?? [], inputs.roles ?? []);
    });
    return { ...inputs, name };
  },

  async delete(session, id, state, { signal }) {
    const name = state.name ?? id;
    await session.transaction(session.home, signal, async (client) => {
      const doing = `dropping role ${name}`;
      const [exists] = await rows(client, doing, "SELECT 1 FROM pg_roles WHERE rolname = $1", [name]);
      if (!exists) return;
      await execute(client, doing, `REASSIGN OWNED BY ${identifier(name)} TO CURRENT_USER`);
      await execute(client, doing, `DROP OWNED BY ${identifier(name)}`);
      await execute(client, doing, `DROP ROLE ${identifier(name)}`);
    });
  },
};

async function changeMemberships(client: Client, doing: string, name: string, old: readonly string[], now: readonly string[]): Promise<void> {
  for (const left of old.filter((one) => !now.includes(one))) await execute(client, doing, `REVOKE ${identifier(left)} FROM ${identifier(name)}`);
  for (const joined of now.filter((one) => !old.includes(one))) await execute(client, doing, `GRANT ${identifier(joined)} TO ${identifier(name)}`);
}

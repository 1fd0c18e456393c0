import type { SchemaArgs } from "@pulumi/postgresql";
import type { ResourceType } from "../../server/resource-type.ts";
import type { Plain } from "../../server/unwrap.ts";
import type { Session } from "../session.ts";
import { execute, identifier, rows } from "../sql.ts";

type Args = Plain<SchemaArgs>;
type State = Args & { name: string; database: string; owner: string };

/**
 * A schema of one database. As officially, an existing one is taken over unless `ifNotExists` is false, and a delete fails on a schema
 * that is not empty unless `dropCascade` is true. Id: `<database>.<name>`.
 */
export const schema: ResourceType<Session, Args, State> = {
  token: "postgresql:index/schema:Schema",
  inputs: {
    name: { type: "string" },
    database: { type: "string", computed: true, replaces: true },
    owner: { type: "string", computed: true },
    ifNotExists: { type: "boolean", default: true, writeOnly: true },
    dropCascade: { type: "boolean", default: false, writeOnly: true },
  },
  computed: ["database", "owner"],
  autonamed: "name",

  async create(session, inputs, { signal }) {
    const database = inputs.database ?? session.home;
    const name = inputs.name!;
    await session.transaction(database, signal, async (client) => {
      const doing = `creating schema ${name} in database ${database}`;
      const owner = inputs.owner ? ` AUTHORIZATION ${identifier(inputs.owner)}` : "";
      await execute(client, doing, `CREATE SCHEMA ${inputs.ifNotExists === false ? "" : "IF NOT EXISTS "}${identifier(name)}${owner}`);
      // One that existed keeps its owner otherwise.
      if (inputs.owner) await execute(client, doing, `ALTER SCHEMA ${identifier(name)} OWNER TO ${identifier(inputs.owner)}`);
    });
    return { id: `${database}.${name}`, state: await present(session, inputs, database, name, signal) };
  },

  async read(session, id, state, { signal }) {
    const [database, name] = state.database && state.name ? [state.database, state.name] : splitId(id);
    const owner = await session.unlessDatabaseGone(() => ownerOf(session, database, name, signal));
    if (owner === undefined) return undefined;
    return { id, state: { ...state, database, name, owner }, inputs: { database, name, owner } };
  },

  async update(session, _id, inputs, old, changed, { signal }) {
    const name = inputs.name!;
    await session.transaction(old.database, signal, async (client) => {
      const doing = `changing schema ${old.name} in database ${old.database}`;
      if (name !== old.name) await execute(client, doing, `ALTER SCHEMA ${identifier(old.name)} RENAME TO ${identifier(name)}`);
      if (changed.includes("owner") && inputs.owner) await execute(client, doing, `ALTER SCHEMA ${identifier(name)} OWNER TO ${identifier(inputs.owner)}`);
    });
    return present(session, inputs, old.database, name, signal);
  },

  async delete(session, _id, { database, name, dropCascade }, { signal }) {
    await session.unlessDatabaseGone(() => session.transaction(database, signal, (client) =>
      execute(client, `dropping schema ${name} of database ${database}`, `DROP SCHEMA IF EXISTS ${identifier(name)} ${dropCascade ? "CASCADE" : "RESTRICT"}`)));
  },
};

async function present(session: Session, inputs: Args, database: string, name: string, signal: AbortSignal): Promise<State> {
  const owner = await ownerOf(session, database, name, signal);
  if (owner === undefined) throw new Error(`schema ${name} of database ${database} was made and is gone again`);
  return { ...inputs, database, name, owner };
}

async function ownerOf(session: Session, database: string, name: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await session.run(database, signal, (client) =>
    rows<{ owner: string }>(client, `reading schema ${name} of database ${database}`, "SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1", [name]));
  return found[0]?.owner;
}

function splitId(id: string): [string, string] {
  const dot = id.indexOf(".");
  if (dot < 1) throw new Error(`the id of a schema is <database>.<name>, got ${JSON.stringify(id)}`);
  return [id.slice(0, dot), id.slice(dot + 1)];
}

import type { DatabaseArgs } from "@pulumi/postgresql";
import type { Client } from "pg";
import type { ResourceType } from "../../server/resource-type.ts";
import type { Plain } from "../../server/unwrap.ts";
import type { Session } from "../session.ts";
import { execute, identifier, literal, rows } from "../sql.ts";

type Args = Plain<DatabaseArgs>;
type State = Args & { name: string; owner: string; tablespaceName: string; isTemplate: boolean };

interface Row {
  owner: string;
  encoding: string;
  lcCollate: string;
  lcCtype: string;
  tablespaceName: string;
  connectionLimit: number;
  allowConnections: boolean;
  isTemplate: boolean;
}

/** The official default, which is not PostgreSQL's: template0 holds nothing of this machine. */
const DEFAULT_TEMPLATE = "template0";

const READ = `
  SELECT pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS "lcCollate", d.datctype AS "lcCtype",
         t.spcname AS "tablespaceName", d.datconnlimit AS "connectionLimit", d.datallowconn AS "allowConnections", d.datistemplate AS "isTemplate"
  FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = $1`;

/**
 * A database, with the official defaults: copied from `template0`, encoding UTF8, collation C; `DEFAULT` takes the template's.
 * An existing one is an error. A delete ends the database's connections first (PostgreSQL 13 or newer). Id: its name.
 */
export const database: ResourceType<Session, Args, State> = {
  token: "postgresql:index/database:Database",
  inputs: {
    name: { type: "string" },
    owner: { type: "string", computed: true },
    template: { type: "string", computed: true, replaces: true, writeOnly: true },
    encoding: { type: "string", computed: true, replaces: true },
    lcCollate: { type: "string", computed: true, replaces: true },
    lcCtype: { type: "string", computed: true, replaces: true },
    connectionLimit: { type: "number", default: -1 },
    allowConnections: { type: "boolean", default: true },
    isTemplate: { type: "boolean", computed: true },
    alterObjectOwnership: { type: "boolean", default: false, writeOnly: true },
  },
  computed: ["owner", "template", "encoding", "lcCollate", "lcCtype", "tablespaceName", "isTemplate"],
  autonamed: "name",

  async create(session, inputs, { signal }) {
    const name = inputs.name!;
    await session.run(session.home, signal, (client) => execute(client, `creating database ${name}`, createStatement(inputs)));
    return { id: name, state: await present(session, inputs, name, signal) };
  },

  async read(session, id, state, { signal }) {
    const name = state.name ?? id;
    const row = await rowOf(session, name, signal);
    if (row === undefined) return undefined;
    const now = { ...keepDefault(state, row), template: state.template ?? DEFAULT_TEMPLATE };
    return { id, state: { ...state, ...now, name }, inputs: { ...now, name } };
  },

  async update(session, _id, inputs, old, changed, { signal }) {
    const name = inputs.name!;
    await session.run(session.home, signal, async (client) => {
      const alter = (sql: string) => execute(client, `changing database ${old.name}`, `ALTER DATABASE ${sql}`);
      if (name !== old.name) await alter(`${identifier(old.name)} RENAME TO ${identifier(name)}`);
      const target = identifier(name);
      if (changed.includes("owner") && inputs.owner) await alter(`${target} OWNER TO ${inputs.owner === "DEFAULT" ? "CURRENT_USER" : identifier(inputs.owner)}`);
      if (changed.includes("connectionLimit")) await alter(`${target} CONNECTION LIMIT ${Number(inputs.connectionLimit)}`);
      if (changed.includes("allowConnections")) await alter(`${target} ALLOW_CONNECTIONS ${inputs.allowConnections === true}`);
      if (changed.includes("isTemplate")) await alter(`${target} IS_TEMPLATE ${inputs.isTemplate === true}`);
    });
    if (changed.includes("owner") && inputs.alterObjectOwnership && inputs.owner && inputs.owner !== "DEFAULT") {
      await session.transaction(name, signal, (client) =>
        execute(client, `handing the objects of database ${name} over`, `REASSIGN OWNED BY ${identifier(old.owner)} TO ${identifier(inputs.owner!)}`));
    }
    return present(session, inputs, name, signal);
  },

  async delete(session, id, state, { signal }) {
    const name = state.name ?? id;
    await session.run(session.home, signal, (client) => drop(client, name, state.isTemplate));
  },
};

async function drop(client: Client, name: string, isTemplate: boolean | undefined): Promise<void> {
  const doing = `dropping database ${name}`;
  const [exists] = await rows(client, doing, "SELECT 1 FROM pg_database WHERE datname = $1", [name]);
  if (!exists) return;
  if (isTemplate) await execute(client, doing, `ALTER DATABASE ${identifier(name)} IS_TEMPLATE false`);
  await execute(client, doing, `DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
}

function createStatement(inputs: Args): string {
  const { name, owner, template = DEFAULT_TEMPLATE, encoding = "UTF8", lcCollate = "C", lcCtype = "C", connectionLimit, allowConnections, isTemplate } = inputs;
  const text = (value: string) => (value === "DEFAULT" ? "DEFAULT" : literal(value));
  return [
    `CREATE DATABASE ${identifier(name!)}`,
    owner && owner !== "DEFAULT" ? `OWNER ${identifier(owner)}` : "",
    `TEMPLATE ${identifier(template === "DEFAULT" || template === "" ? DEFAULT_TEMPLATE : template)}`,
    `ENCODING ${text(encoding || "UTF8")}`,
    `LC_COLLATE ${text(lcCollate || "C")}`,
    `LC_CTYPE ${text(lcCtype || "C")}`,
    `ALLOW_CONNECTIONS ${allowConnections !== false}`,
    `CONNECTION LIMIT ${Number(connectionLimit ?? -1)}`,
    isTemplate === undefined ? "" : `IS_TEMPLATE ${isTemplate}`,
  ].filter((part) => part !== "").join(" ");
}

async function rowOf(session: Session, name: string, signal: AbortSignal): Promise<Row | undefined> {
  const found = await session.run(session.home, signal, (client) => rows<Row & Record<string, unknown>>(client, `reading database ${name}`, READ, [name]));
  return found[0];
}

async function present(session: Session, inputs: Args, name: string, signal: AbortSignal): Promise<State> {
  const row = await rowOf(session, name, signal);
  if (row === undefined) throw new Error(`database ${name} was made and is gone again`);
  return { template: DEFAULT_TEMPLATE, ...inputs, ...keepDefault(inputs, row), name };
}

/** `DEFAULT` and "" stand for whatever it became: taking the value over would show a change for ever. */
function keepDefault(said: Partial<Args>, row: Row): Row {
  const kept: Record<string, unknown> = { ...row };
  for (const name of ["owner", "encoding", "lcCollate", "lcCtype"] as const) {
    if (said[name] === "DEFAULT" || said[name] === "") kept[name] = said[name];
  }
  return kept as unknown as Row;
}

import type { RoleArgs } from "@pulumi/postgresql";
import type { Client } from "pg";
import type { Plain } from "../server/unwrap.ts";
import { readSettings } from "./role-settings.ts";
import { rows } from "./sql.ts";

type Args = Plain<RoleArgs>;

interface Row extends Record<string, unknown> {
  config: string[];
  roles: string[];
  validUntil: string;
  validUntilEpoch: number | null;
}

const READ = `
  SELECT r.rolcanlogin AS login, r.rolsuper AS superuser, r.rolcreatedb AS "createDatabase", r.rolcreaterole AS "createRole",
         r.rolinherit AS inherit, r.rolreplication AS replication, r.rolbypassrls AS "bypassRowLevelSecurity", r.rolconnlimit AS "connectionLimit",
         coalesce(r.rolvaliduntil::text, 'infinity') AS "validUntil", nullif(extract(epoch FROM r.rolvaliduntil), 'infinity')::float8 AS "validUntilEpoch",
         coalesce(r.rolconfig, '{}') AS config,
         coalesce((SELECT array_agg(g.rolname::text ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '{}') AS roles
  FROM pg_roles r WHERE r.rolname = $1`;

/** What the server has for a role, without its password; undefined when there is none. `said` is the state, for values with many spellings. */
export async function readRole(client: Client, name: string, said: Partial<Args>): Promise<Partial<Args> | undefined> {
  const [row] = await rows<Row>(client, `reading role ${name}`, READ, [name]);
  if (row === undefined) return undefined;
  const { config, validUntilEpoch, ...attributes } = row;
  const now: Partial<Args> = { ...attributes, ...readSettings(config), validUntil: sameMoment(said.validUntil, validUntilEpoch) ? said.validUntil! : row.validUntil };
  // Where nobody spoke of a list, an empty one is nothing.
  for (const list of ["roles", "searchPaths"] as const) if (said[list] === undefined && now[list]?.length === 0) delete now[list];
  return now;
}

function sameMoment(said: string | undefined, epochSeconds: number | null): boolean {
  if (said === undefined) return false;
  if (/^(infinity|null)?$/i.test(said)) return epochSeconds === null;
  return epochSeconds !== null && Date.parse(said) === epochSeconds * 1000;
}

import type { ProviderDefinition } from "../server/resource-type.ts";
import { configProperties, type Config } from "./config.ts";
import { Session } from "./session.ts";
import { database } from "./types/database.ts";
import { grant } from "./types/grant.ts";
import { role } from "./types/role.ts";
import { schema } from "./types/schema.ts";

/** The stand-in for the official `postgresql` plugin: the resource types that DIVE uses, over `pg`. */
export const provider: ProviderDefinition<Session, Config> = {
  name: "postgresql",
  config: configProperties,
  configure: (config) => new Session(config),
  types: [role, database, schema, grant],
};

import type { ProviderArgs } from "@pulumi/postgresql";
import type { Property } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";

/** The provider's configuration in plain values, by the official names. */
export type Config = Plain<ProviderArgs>;

/**
 * What the stand-in understands of the official configuration, with the official defaults. `connectTimeout` is in seconds.
 * `sslrootcert` is the path of a PEM file. `superuser` and `expectedVersion` change nothing here: officially the first decides whether
 * password hashes are read back, which is never done here, and the second stands in for a server that cannot be asked.
 */
export const configProperties: Readonly<Partial<Record<keyof Config & string, Property>>> = {
  host: { type: "string", required: true },
  port: { type: "number", default: 5432 },
  username: { type: "string", default: "postgres" },
  password: { type: "string", secret: true },
  database: { type: "string", default: "postgres" },
  sslmode: { type: "string", default: "require", oneOf: ["disable", "require", "verify-ca", "verify-full"] },
  sslrootcert: { type: "string" },
  connectTimeout: { type: "number", default: 180 },
  maxConnections: { type: "number", default: 20 },
  superuser: { type: "boolean", default: true },
  expectedVersion: { type: "string" },
};

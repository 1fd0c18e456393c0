import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";
import { readMigrations } from "./migrations.ts";

/** Arguments of {@link OrchestrationSchema}. */
export interface OrchestrationSchemaArgs {
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  /** The database; its schema `orchestration` must be there and belong to `username`. */
  database: pulumi.Input<string>;
  /** The schema's owner. */
  username: pulumi.Input<string>;
  /** Secret. */
  password: pulumi.Input<string>;
  /** The role whose transactions are read only by default, a setting that no provider has; it makes it for itself. */
  reader: pulumi.Input<string>;
  /** Secret. */
  readerPassword: pulumi.Input<string>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
  /** Seconds until connecting is given up, 1-3600. Default 120. */
  timeoutSeconds?: pulumi.Input<number>;
}

/**
 * The tables of the orchestration database, by the versioned migrations beside this file. A new migration is an update; deleting the
 * resource leaves the tables, which go with the database.
 */
export class OrchestrationSchema extends DynamicResource {
  /** Number of the last migration. */
  declare public readonly schemaVersion: pulumi.Output<number>;
  /** Tables before and after the last run that applied a migration. */
  declare public readonly tablesBefore: pulumi.Output<number>;
  declare public readonly tablesAfter: pulumi.Output<number>;

  constructor(name: string, args: OrchestrationSchemaArgs, opts?: pulumi.CustomResourceOptions) {
    const migrations = readMigrations().map(({ number, name, sha256 }) => ({ number, name, sha256 }));
    const props = {
      ...args,
      version: 1,
      password: pulumi.secret(args.password),
      readerPassword: pulumi.secret(args.readerPassword),
      timeoutSeconds: args.timeoutSeconds ?? 120,
      migrations,
      schemaVersion: undefined,
      tablesBefore: undefined,
      tablesAfter: undefined,
    };
    super("./dynamic/orchestration-schema/provider.ts", "OrchestrationSchema", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password", "readerPassword"] }));
  }
}

import { isDeepStrictEqual } from "node:util";
import type * as pulumi from "@pulumi/pulumi";
import { isUnknown } from "../verification.ts";
import { isGone, loginRules, withConnection, type DatabaseLogin } from "./connection.ts";
import { countTables, migrate, readHistory } from "./migrate.ts";
import { readMigrations, type MigrationId } from "./migrations.ts";
import { limitReader } from "./reader.ts";

/** The inputs as the engine sends them. */
export interface OrchestrationSchemaInputs extends DatabaseLogin {
  readonly reader: string;
  readonly readerPassword: string;
  readonly timeoutSeconds: number;
  /** The files as the program saw them. */
  readonly migrations: readonly MigrationId[];
  readonly version: number;
}

/** The inputs and what came of them. */
export interface OrchestrationSchemaOutputs extends OrchestrationSchemaInputs {
  readonly schemaVersion: number;
  readonly tablesBefore: number;
  readonly tablesAfter: number;
}

/** What a change of calls for another run. The rest (time limits) is taken over by the next one. */
const DECISIVE = ["version", "host", "port", "database", "username", "password", "reader", "readerPassword", "caCertificate", "migrations"] as const satisfies readonly (keyof OrchestrationSchemaInputs)[];

/** The dynamic provider of OrchestrationSchema. */
export const provider: Required<Omit<pulumi.dynamic.ResourceProvider<OrchestrationSchemaInputs, OrchestrationSchemaOutputs>, "configure">> = {
  check: async (_olds, news) => ({ inputs: news, failures: isUnknown(news) ? [] : failuresOf(news) }),

  diff: async (_id, olds, news) => ({ changes: DECISIVE.some((name) => !isDeepStrictEqual(olds[name], news[name])) }),

  create: async (inputs) => ({ id: `${inputs.database}.orchestration`, outs: await run(inputs) }),

  // An answer without an id tells the engine that the schema is gone, as after the loss of the data volume.
  read: async (id, props) => {
    try {
      const [migrations, tables] = await withConnection(props!, 0, async (client) => [await readHistory(client), await countTables(client)] as const);
      if (migrations.length === 0) return {};
      return { id, props: { ...props!, migrations, schemaVersion: migrations.length, tablesAfter: tables } };
    } catch (error) {
      if (isGone(error)) return {};
      throw error;
    }
  },

  update: async (_id, olds, news) => ({ outs: await run(news, olds) }),

  delete: async () => undefined,
};

async function run(inputs: OrchestrationSchemaInputs, olds?: OrchestrationSchemaOutputs): Promise<OrchestrationSchemaOutputs> {
  const { applied, migrations, tablesBefore, tablesAfter } = await withConnection(inputs, inputs.timeoutSeconds, (client) => migrate(client, readMigrations()));
  await withConnection({ ...inputs, username: inputs.reader, password: inputs.readerPassword }, inputs.timeoutSeconds, limitReader);
  return { ...inputs, migrations, schemaVersion: migrations.length, tablesBefore: applied.length === 0 ? (olds?.tablesBefore ?? tablesBefore) : tablesBefore, tablesAfter };
}

function failuresOf(inputs: OrchestrationSchemaInputs): pulumi.dynamic.CheckFailure[] {
  return loginRules(inputs).text("reader", inputs.reader).text("readerPassword", inputs.readerPassword).integer("timeoutSeconds", inputs.timeoutSeconds, 1, 3600).failures;
}

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import type { Access, Connection } from "../../scripts/deployment-record/database.ts";
import { connect } from "../../scripts/deployment-record/database.ts";
import { ownIdentity } from "../../scripts/deployment-record/identity.ts";
import { deploymentsMigration } from "../../scripts/deployment-record/migration-sql.ts";
import type { RecorderOptions } from "../../scripts/deployment-record/recorder.ts";
import { testPostgres, type TestServer } from "./postgres-server.ts";

/** A PostgreSQL with the database of the deployment record in it, as a stack's instance has it. */
export interface OrchestrationServer extends TestServer {
  readonly access: Access;
  readonly ca: string;
}

const PASSWORD = "password-of-the-test-roles";

/** Starts one: roles, database, schema and the record's migration, run by the owner. */
export async function orchestrationServer(): Promise<OrchestrationServer> {
  const server = await testPostgres();
  const ca = readFileSync(server.caFile, "utf8");
  const login = (username: string) => ({ username, password: PASSWORD });
  const access: Access = { host: "localhost", port: server.port, database: "orchestration", owner: login("orchestration"), service: login("orchestration_service"), reader: login("orchestration_reader") };
  const admin = new pg.Client({ host: "localhost", port: server.port, user: "postgres", password: server.password, database: "postgres", ssl: { ca } });
  await admin.connect();
  for (const { username } of [access.owner, access.service, access.reader]) await admin.query(`CREATE ROLE ${username} LOGIN PASSWORD '${PASSWORD}'`);
  await admin.query("ALTER ROLE orchestration_reader SET default_transaction_read_only = on");
  await admin.query("CREATE DATABASE orchestration OWNER orchestration");
  await admin.end();
  const owner = await connect(access, "owner", ca);
  await owner.query("CREATE SCHEMA orchestration; GRANT USAGE ON SCHEMA orchestration TO orchestration_reader, orchestration_service");
  await owner.query(deploymentsMigration());
  await owner.end();
  return { ...server, access, ca };
}

/** A connection as owner. */
export const asOwner = ({ access, ca }: Pick<OrchestrationServer, "access" | "ca">): Promise<Connection> => connect(access, "owner", ca);

/** What a recorder of hub USA needs for an `up`. */
export async function recorderOptions({ access, ca }: Pick<OrchestrationServer, "access" | "ca">, stateDir: string): Promise<RecorderOptions> {
  const offset = Date.now() - performance.now();
  return {
    run: randomUUID(), stack: "dev", operation: "up", topology: { hub: "USA", spokes: [] }, parents: new Map(),
    own: await ownIdentity("dev", "/a/clone"),
    stateDir,
    access: async () => ({ USA: access }),
    connect: (to) => connect(to, "owner", ca),
    byHand: async () => ({ deployments: [], taken: async () => undefined }),
    now: () => Math.round(offset + performance.now()),
    onRefused: () => undefined,
    tickMs: 50,
    endLimitMs: 1000,
  };
}

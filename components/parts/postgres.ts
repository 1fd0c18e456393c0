/** PostgreSQL of an instance: the server, its readiness, and the roles, databases, schemas and grants in it. */
import * as pulumi from "@pulumi/pulumi";
import * as postgresql from "@pulumi/postgresql";
import { OrchestrationSchema } from "../../dynamic/orchestration-schema/resource.ts";
import { ServiceReady } from "../../dynamic/service-ready/resource.ts";
import { containerPorts } from "../endpoints.ts";
import { Workload } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";
import { generatedPassword } from "./password.ts";

/** A role that signs in. */
export interface DatabaseRole {
  readonly username: string;
  readonly password: pulumi.Output<string>;
}

/** The record of an instance's deployments, links and circuits, and who signs in to it. */
export interface OrchestrationPart {
  /** Where the machine that runs the program reaches it. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Owns the tables: migrations and `./dive`. */
  readonly owner: DatabaseRole;
  /** The backend's: writes what it measures. Statements of at most 5 s. */
  readonly service: DatabaseRole;
  /** Reads only: queries and the exporter. Statements of at most 5 s. */
  readonly reader: DatabaseRole;
  /** Complete when every table is there. */
  readonly ready: pulumi.Resource;
}

/** What other parts need of the server. */
export interface PostgresPart {
  readonly workload: Workload;
  readonly keycloakPassword: pulumi.Output<string>;
  /** Complete when Keycloak may connect. */
  readonly keycloakDatabase: postgresql.Database;
  readonly orchestration: OrchestrationPart;
}

const superuser = "postgres";

/** Over the network only with TLS and a password; inside the container only as the operating system's own user. */
const hostBasedAuthentication = `
local   all all                peer
hostssl all all 0.0.0.0/0      scram-sha-256
hostssl all all ::/0           scram-sha-256
`.trimStart();

/** Makes the server and what lives in it. */
export function makePostgres(context: PartContext): PostgresPart {
  const { site, name, parent } = context;
  const superuserPassword = generatedPassword(`${name}-postgres-password`, { parent });
  const workload = new Workload(
    `${name}-postgres`,
    {
      site,
      service: "postgres",
      image: context.images.postgres,
      user: "999:0",
      command: [
        "postgres",
        "-c", "ssl=on",
        "-c", "ssl_cert_file=/run/dive/tls.crt",
        "-c", "ssl_key_file=/run/dive/tls.key",
        "-c", "ssl_min_protocol_version=TLSv1.3",
        "-c", "hba_file=/run/dive/pg_hba.conf",
        "-c", "password_encryption=scram-sha-256",
      ],
      environment: { POSTGRES_PASSWORD_FILE: "/run/dive/postgres-password", PGDATA: "/var/lib/postgresql/data/pgdata" },
      files: {
        ...tlsFiles(context, serverCertificate(context, "postgres")),
        "postgres-password": { content: superuserPassword },
        "pg_hba.conf": { content: hostBasedAuthentication, mode: "0644" },
      },
      dataPath: "/var/lib/postgresql/data",
      tmpfs: { "/tmp": "size=64m,mode=1777", "/var/run/postgresql": "size=1m,mode=1777" },
      networks: [context.privateNetwork],
      ports: [{ internal: containerPorts.postgres, external: site.ports.postgres }],
      memoryMib: 512,
      health: { test: ["CMD", "pg_isready", "-q", "-U", superuser], startPeriodSeconds: 30 },
      stopTimeoutSeconds: 30,
    },
    { parent },
  );
  const ready = new ServiceReady(
    `${name}-postgres-ready`,
    {
      kind: "postgresql",
      host: site.publicHost,
      port: site.ports.postgres,
      username: superuser,
      password: superuserPassword,
      database: "postgres",
      caCertificate: context.authority.certificatePem,
      triggers: [workload.container.id],
    },
    { parent },
  );
  const provider = new postgresql.Provider(
    `${name}-postgresql`,
    {
      host: site.publicHost,
      port: site.ports.postgres,
      username: superuser,
      password: superuserPassword,
      database: "postgres",
      sslmode: "verify-full",
      sslrootcert: context.authority.certificateFile,
      connectTimeout: 15,
    },
    // Not dependent on `ready`, so that the plugin starts meanwhile: it connects with the first resource, and those depend.
    { parent },
  );
  // What lives in the data volume goes with it: destroying it needs no DROP against a server that is going, too.
  const inData: pulumi.CustomResourceOptions = { parent, provider, dependsOn: [ready], deletedWith: workload.dataVolume! };

  const keycloakPassword = generatedPassword(`${name}-postgres-keycloak-password`, { parent });
  const keycloakRole = new postgresql.Role(`${name}-role-keycloak`, { name: "keycloak", login: true, password: keycloakPassword, roles: ["keycloak_schema"] }, inData);
  const keycloakDatabase = new postgresql.Database(
    `${name}-database-keycloak`,
    { name: "keycloak", owner: keycloakRole.name, template: "keycloak_template", encoding: "UTF8", lcCollate: "C.UTF-8", lcCtype: "C.UTF-8" },
    inData,
  );
  return { workload, keycloakPassword, keycloakDatabase, orchestration: makeOrchestration(context, inData) };
}

/** Longest statement of the roles that answer others, in milliseconds. */
const STATEMENT_LIMIT_MS = 5_000;

/** The database in which deployments, links and circuit breakers keep their state, with its roles and tables. */
function makeOrchestration(context: PartContext, inData: pulumi.CustomResourceOptions): OrchestrationPart {
  const { site, name, parent } = context;
  const role = (suffix: string, username: string, statementTimeout?: number) => {
    const password = generatedPassword(`${name}-postgres-${suffix}-password`, { parent });
    const made = new postgresql.Role(`${name}-role-${suffix}`, { name: username, login: true, password, ...(statementTimeout === undefined ? {} : { statementTimeout }) }, inData);
    return { username, password, role: made };
  };
  const owner = role("orchestration", "orchestration");
  const service = role("orchestration-service", "orchestration_service", STATEMENT_LIMIT_MS);
  const reader = role("orchestration-reader", "orchestration_reader", STATEMENT_LIMIT_MS);
  const database = new postgresql.Database(
    `${name}-database-orchestration`,
    { name: "orchestration", owner: owner.role.name, template: "template0", encoding: "UTF8", lcCollate: "C.UTF-8", lcCtype: "C.UTF-8" },
    inData,
  );
  const schema = new postgresql.Schema(`${name}-schema-orchestration`, { name: "orchestration", database: database.name, owner: owner.role.name }, inData);
  const usage = (suffix: string, { role }: { role: postgresql.Role }) =>
    new postgresql.Grant(
      `${name}-grant-${suffix}`,
      { role: role.name, database: database.name, schema: schema.name, objectType: "schema", privileges: ["USAGE"] },
      inData,
    );
  const grants = [usage("orchestration-service", service), usage("orchestration-reader", reader)];
  const access = { host: site.publicHost, port: site.ports.postgres, database: "orchestration" };
  const ready = new OrchestrationSchema(
    `${name}-orchestration-schema`,
    {
      ...access,
      username: owner.username,
      password: owner.password,
      reader: reader.username,
      readerPassword: reader.password,
      caCertificate: context.authority.certificatePem,
    },
    { parent, dependsOn: grants, ...(inData.deletedWith ? { deletedWith: inData.deletedWith } : {}) },
  );
  const login = ({ username, password }: DatabaseRole): DatabaseRole => ({ username, password });
  return { ...access, owner: login(owner), service: login(service), reader: login(reader), ready };
}

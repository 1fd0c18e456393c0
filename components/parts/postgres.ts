/** PostgreSQL of an instance: the server, its readiness, and the roles, databases, schemas and grants in it. */
import * as pulumi from "@pulumi/pulumi";
import * as postgresql from "@pulumi/postgresql";
import { ServiceReady } from "../../dynamic/service-ready/resource.ts";
import { containerPorts, publicHost } from "../endpoints.ts";
import { Workload } from "../workload.ts";
import { serverCertificate, tlsFiles, type PartContext } from "./context.ts";
import { generatedPassword } from "./password.ts";

/** What other parts need of the server. */
export interface PostgresPart {
  readonly workload: Workload;
  readonly keycloakPassword: pulumi.Output<string>;
  /** Complete when Keycloak may connect. */
  readonly keycloakDatabase: postgresql.Database;
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
      host: publicHost,
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
      host: publicHost,
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
  makeOrchestrationDatabase(name, inData);
  return { workload, keycloakPassword, keycloakDatabase };
}

/** The database in which deployments and circuit breakers keep their state, with an owner and a reader; neither signs in yet. */
function makeOrchestrationDatabase(name: string, inData: pulumi.CustomResourceOptions): void {
  const owner = new postgresql.Role(`${name}-role-orchestration`, { name: "orchestration", login: false }, inData);
  const reader = new postgresql.Role(`${name}-role-orchestration-reader`, { name: "orchestration_reader", login: false }, inData);
  const database = new postgresql.Database(
    `${name}-database-orchestration`,
    { name: "orchestration", owner: owner.name, template: "template0", encoding: "UTF8", lcCollate: "C.UTF-8", lcCtype: "C.UTF-8" },
    inData,
  );
  const schema = new postgresql.Schema(`${name}-schema-orchestration`, { name: "orchestration", database: database.name, owner: owner.name }, inData);
  new postgresql.Grant(
    `${name}-grant-orchestration-reader`,
    { role: reader.name, database: database.name, schema: schema.name, objectType: "schema", privileges: ["USAGE"] },
    inData,
  );
}

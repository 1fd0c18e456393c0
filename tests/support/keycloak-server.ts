import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import pg from "pg";
import { keycloakAnswers } from "../../dynamic/service-ready/keycloak.ts";
import { testAuthority } from "../../services/common/testing/test-servers.ts";
import { type TestServer, testPostgres } from "./postgres-server.ts";

/** A Keycloak of one test on a PostgreSQL of its own, both on 127.0.0.1 with TLS. */
export interface TestKeycloak extends AsyncDisposable {
  readonly url: string;
  /** Client credentials of the realm master's admin. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The database server; the test may use it, too. */
  readonly postgres: TestServer;
}

const START_LIMIT_MS = 240_000;
const POLL_MS = 500;
const SECRET = "secret-of-the-test-admin";

/**
 * Starts a server from the project's Keycloak image (DIVE_IMAGES, which `./dive test` sets), configured as the stack configures its own.
 *
 * @throws when DIVE_IMAGES names no image, or with the server's log when it does not answer in time
 */
export async function testKeycloak(): Promise<TestKeycloak> {
  const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { keycloak?: string }).keycloak;
  if (image === undefined) throw new Error("DIVE_IMAGES names no keycloak image: run the tests by ./dive test service");
  await using started = new AsyncDisposableStack();
  const postgres = started.use(await testPostgres(["localhost", "127.0.0.1", "postgres"]));
  await makeDatabase(postgres);
  const network = `dive-test-${randomUUID().slice(0, 8)}`;
  await execa("docker", ["network", "create", "--label", "dive.test=keycloak-server", network]);
  started.defer(async () => void (await execa("docker", ["network", "rm", network])));
  const { stdout: database } = await execa("docker", ["ps", "--quiet", "--filter", "label=dive.test=postgres-server", "--filter", `publish=${postgres.port}`]);
  await execa("docker", ["network", "connect", "--alias", "postgres", network, database]);
  started.defer(async () => void (await execa("docker", ["network", "disconnect", "--force", network, database])));

  const folder = mkdtempSync(join(tmpdir(), "dive-keycloak-"));
  started.defer(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  const port = await freePort();
  const url = `https://localhost:${port}`;
  const authority = testAuthority();
  const { cert, key } = authority.issue(["localhost"]);
  const { stdout: databaseCa } = await execa("cat", [postgres.caFile]);
  const files = { "tls.crt": cert, "tls.key": key, "database.crt": databaseCa, "keycloak.conf": configuration(url, postgres.password) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 });
  const { stdout: id } = await execa("docker", [
    "run", "--detach", "--user", "1000:0", "--label", "dive.test=keycloak-server", "--network", network, "--publish", `127.0.0.1:${port}:8443`,
    "--volume", `${folder}:/run/dive:ro`, image, "--config-file=/run/dive/keycloak.conf", "start", "--optimized",
  ]);
  started.defer(async () => void (await execa("docker", ["rm", "--force", "--volumes", id])));

  const server = { url, clientId: "dive-admin", clientSecret: SECRET, ca: authority.certificate, postgres };
  await untilReady(server, id);
  const end = started.move();
  return { ...server, [Symbol.asyncDispose]: () => end.disposeAsync() };
}

async function untilReady({ url, clientId, clientSecret, ca }: Omit<TestKeycloak, typeof Symbol.asyncDispose>, id: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return await keycloakAnswers({ url, expectedIssuer: `${url}/realms/master`, clientId, clientSecret, caCertificate: ca });
    } catch (cause) {
      const { stdout: running } = await execa("docker", ["inspect", "--format", "{{.State.Running}}", id]);
      if (running !== "true" || Date.now() > deadline) {
        const { all: log } = await execa("docker", ["logs", "--tail", "40", id], { all: true });
        throw new Error(`Keycloak did not answer; its log: ${log}`, { cause });
      }
      await delay(POLL_MS);
    }
  }
}

async function makeDatabase({ port, password, caFile }: TestServer): Promise<void> {
  const { stdout: ca } = await execa("cat", [caFile]);
  const client = new pg.Client({ host: "localhost", port, user: "postgres", password, database: "postgres", ssl: { ca } });
  await client.connect();
  try {
    await client.query("CREATE DATABASE keycloak");
  } finally {
    await client.end();
  }
}

const configuration = (url: string, password: string): string => `db-url=jdbc:postgresql://postgres:5432/keycloak?sslmode=verify-full&sslrootcert=/run/dive/database.crt
db-username=postgres
db-password=${password}
db-pool-max-size=8
bootstrap-admin-client-id=dive-admin
bootstrap-admin-client-secret=${SECRET}
hostname=${url}
http-enabled=false
https-port=8443
https-certificate-file=/run/dive/tls.crt
https-certificate-key-file=/run/dive/tls.key
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

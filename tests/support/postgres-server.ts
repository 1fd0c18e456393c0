import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { testAuthority } from "../../dynamic/test-servers.ts";

/** A PostgreSQL of one test, on 127.0.0.1 with TLS. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** Of the superuser `postgres`. */
  readonly password: string;
  /** Path of the authority's certificate. */
  readonly caFile: string;
  /** Everything the server has logged, every statement included. */
  log(): string;
}

/** How long a server may take to answer, in ms. */
const START_LIMIT_MS = 120_000;
const POLL_MS = 200;

/**
 * Starts a server from the project's PostgreSQL image (DIVE_IMAGES, which `./dive test` sets). Its data is in memory and goes with it.
 *
 * @param names DNS names and addresses in the server's certificate
 * @param overrides the server's settings beside those of every test
 * @param more further arguments of `docker run`
 * @throws when DIVE_IMAGES names no image, or with the server's log when it does not answer in time
 */
export async function testPostgres(names: readonly string[] = ["localhost", "127.0.0.1"], overrides: Readonly<Record<string, string>> = {}, more: readonly string[] = []): Promise<TestServer> {
  const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { postgres?: string }).postgres;
  if (image === undefined) throw new Error("DIVE_IMAGES names no postgres image: run the tests by ./dive test service");
  const folder = mkdtempSync(join(tmpdir(), "dive-postgres-"));
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  const authority = testAuthority();
  const { cert, key } = authority.issue(names);
  const password = "password-of-the-test-server";
  const file = (name: string, text: string, mode: number) => writeFileSync(join(folder, name), text, { mode });
  file("ca.crt", authority.certificate, 0o644);
  file("tls.crt", cert, 0o644);
  file("tls.key", key, 0o640);
  file("password", password, 0o640);
  file("pg_hba.conf", "local all all trust\nhostssl all all 0.0.0.0/0 scram-sha-256\n", 0o644);
  const settings = { ssl: "on", ssl_cert_file: "/run/dive/tls.crt", ssl_key_file: "/run/dive/tls.key", hba_file: "/run/dive/pg_hba.conf", fsync: "off", log_statement: "all", max_connections: "20", ...overrides };
  const { stdout: id } = await execa("docker", [
    "run", "--detach", "--rm", "--user", "999:0", "--label", "dive.test=postgres-server", "--publish", "127.0.0.1::5432",
    "--volume", `${folder}:/run/dive:ro`, "--tmpfs", "/var/lib/postgresql/data:uid=999,gid=0,mode=0700", "--tmpfs", "/var/run/postgresql:mode=1777",
    "--env", "POSTGRES_PASSWORD_FILE=/run/dive/password", "--env", "PGDATA=/var/lib/postgresql/data/pgdata", ...more,
    image, "postgres", ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ]);
  const log = () => execFileSync("sh", ["-c", 'docker logs "$1" 2>&1', "sh", id], { encoding: "utf8" });
  const end = async () => {
    await execa("docker", ["rm", "--force", "--volumes", id]);
    rmSync(folder, { recursive: true });
  };
  const deadline = Date.now() + START_LIMIT_MS;
  // Over TCP: the server that makes the cluster answers on the socket only.
  while ((await execa("docker", ["exec", id, "pg_isready", "--quiet", "--host=127.0.0.1"], { reject: false })).exitCode !== 0) {
    if (Date.now() > deadline) {
      const said = log();
      await end();
      throw new Error(`PostgreSQL did not answer within ${START_LIMIT_MS / 1000} s; its log: ${said}`);
    }
    await delay(POLL_MS);
  }
  const { stdout: published } = await execa("docker", ["port", id, "5432/tcp"]);
  return { port: Number(published.split("\n")[0]!.split(":").at(-1)), password, caFile: join(folder, "ca.crt"), log, [Symbol.asyncDispose]: end };
}

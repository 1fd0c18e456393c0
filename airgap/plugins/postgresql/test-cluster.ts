import { execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { testAuthority } from "../../../dynamic/test-servers.ts";

const run = promisify(execFile);

/** A private PostgreSQL cluster of one test, on 127.0.0.1 with TLS. */
export interface TestCluster extends AsyncDisposable {
  readonly port: number;
  /** Of the superuser `postgres`. */
  readonly password: string;
  /** Path of the authority's certificate. */
  readonly caFile: string;
  /** Everything the server has logged. */
  log(): string;
}

/**
 * Starts a cluster from Debian's binaries, which must be installed. As root it runs as the user `postgres`, or `nobody`: PostgreSQL refuses root.
 * @param names DNS names and addresses in the server's certificate
 */
export async function testCluster(names: readonly string[] = ["localhost", "127.0.0.1"]): Promise<TestCluster> {
  const bin = binaries();
  const owner = process.getuid!() === 0 ? await unprivileged() : {};
  const folder = mkdtempSync(join(tmpdir(), "dive-pg-"));
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid!);
    return path;
  };
  chmodSync(folder, 0o700);
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid!);
  const authority = testAuthority();
  const { cert, key } = authority.issue(names);
  const [caFile, certFile, keyFile] = [file("ca.crt", authority.certificate), file("tls.crt", cert), file("tls.key", key)];
  const hba = file("pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n");
  const password = "cluster-password";
  const data = join(folder, "data");
  const options = { ...owner, cwd: folder };
  await run(join(bin, "initdb"), ["-D", data, "-U", "postgres", "-A", "scram-sha-256", "--pwfile", file("password", password), "-E", "UTF8", "--locale=C", "--no-sync"], options);
  const port = await freePort();
  const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", hba_file: hba, ssl: "on", ssl_cert_file: certFile, ssl_key_file: keyFile, fsync: "off", log_statement: "all", max_connections: 20 };
  const server = spawn(join(bin, "postgres"), ["-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])], { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    server.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("ready to accept connections")) resolve();
    });
    server.once("exit", (code) => reject(new Error(`postgres ended with ${code}: ${log}`)));
    server.once("error", reject);
  });
  return {
    port, password, caFile,
    log: () => log,
    async [Symbol.asyncDispose]() {
      server.kill("SIGINT"); // PostgreSQL's fast shutdown
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

function binaries(): string {
  const base = "/usr/lib/postgresql";
  const [newest] = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) throw new Error(`no PostgreSQL server under ${base}: install the package postgresql`);
  return join(base, newest, "bin");
}

async function unprivileged(): Promise<{ uid?: number; gid?: number }> {
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const found = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  if (!found) throw new Error("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody");
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

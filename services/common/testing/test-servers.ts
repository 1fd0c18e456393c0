import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate authority made for one test run. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  readonly certificate: string;
  /** A server certificate for these DNS names and IP addresses, with its key, PEM. */
  issue(names: readonly string[]): { cert: string; key: string };
}

/** Makes an authority by the `openssl` command; its certificates are valid for a day. */
export function testAuthority(): TestAuthority {
  const root = inFolder((folder) => request(folder, "/CN=Test root", ["-addext", "keyUsage=critical,keyCertSign"]));
  return {
    certificate: root.cert,
    issue: (names) => inFolder((folder, write) => {
      const san = names.map((name) => `${/^[\d.]+$/.test(name) ? "IP" : "DNS"}:${name}`).join(",");
      const ca = ["-CA", write("ca.crt", root.cert), "-CAkey", write("ca.key", root.key)];
      return request(folder, `/CN=${names[0]}`, [...ca, "-addext", `subjectAltName=${san}`, "-addext", "basicConstraints=critical,CA:FALSE"]);
    }),
  };
}

function request(folder: string, subject: string, extra: readonly string[]): { cert: string; key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "1", "-subj", subject, "-keyout", key, "-out", cert, ...extra];
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}

function inFolder<T>(work: (folder: string, write: (name: string, text: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "dive-test-"));
  try {
    return work(folder, (name, text) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An HTTPS server of one test. */
export interface TestServer extends AsyncDisposable {
  /** e.g. `https://localhost:40123` */
  readonly base: string;
}

/** Starts an HTTPS server on a free port of 127.0.0.1, called `localhost` unless told otherwise. */
export async function testServer(authority: TestAuthority, listener: RequestListener, name = "localhost"): Promise<TestServer> {
  const server: Server = createServer(authority.issue([name]), listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    base: `https://${name}:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { testAuthority } from "../testing/test-servers.ts";
import { serverName } from "./server-name.ts";

const authority = testAuthority();

/** Connects as PostgreSQL's client does, over a socket that is there, and answers the error if the certificate is not good for `host`. */
async function errorFor(names: readonly string[], host: string): Promise<string | undefined> {
  const server = createServer(authority.issue(names), (socket) => void socket.on("error", () => undefined).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await new Promise((resolve) => {
      const socket = connectTcp((server.address() as AddressInfo).port, "127.0.0.1");
      const client = connect({ socket, ca: authority.certificate, ...serverName(host) }, () => (client.destroy(), resolve(undefined)));
      client.on("error", (error) => resolve((error as NodeJS.ErrnoException).code));
    });
  } finally {
    server.close();
  }
}

test.each([["db", ["db"]], ["10.0.0.7", ["10.0.0.7", "localhost"]]])("a certificate for %s is good for it", async (host, names) => {
  expect(await errorFor(names, host)).toBeUndefined();
});

test.each([["db", ["other"]], ["10.0.0.7", ["localhost", "10.0.0.8"]], ["10.0.0.7", ["localhost"]]])("another's is not good for %s", async (host, names) => {
  expect(await errorFor(names, host)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

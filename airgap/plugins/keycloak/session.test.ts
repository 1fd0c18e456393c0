import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createTls } from "node:https";
import type { AddressInfo } from "node:net";
import { webcrypto } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import type { CallContext } from "../server/resource-type.ts";
import { Session } from "./session.ts";

const context: CallContext = { urn: "u", signal: new AbortController().signal, timeoutSeconds: 0 };
const servers: Server[] = [];

async function listen(server: Server, port = 0): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const token = (seconds: number): string => `h.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds })).toString("base64url")}.s`;

/** A Keycloak that knows one realm; `answer` may step in before it. */
function fake(logins: { count: number }, lifetime = 60, answer?: (url: string) => number | undefined): RequestListener {
  return (request, response) => {
    const status = answer?.(request.url!);
    response.setHeader("content-type", "application/json");
    if (status !== undefined) {
      response.statusCode = status;
      response.end("{}");
    } else if (request.url!.endsWith("/token")) {
      logins.count++;
      response.end(JSON.stringify({ access_token: token(lifetime) }));
    } else {
      response.end(JSON.stringify({ realm: "master" }));
    }
  };
}

const settings = { clientId: "c", clientSecret: "s3cret", realm: "master", clientTimeout: 5 };
const readRealm = (session: Session, repeatable = true): Promise<unknown> =>
  session.request(context, "read the realm", repeatable, (admin) => admin.realms.findOne({ realm: "master" }));

describe("Session", () => {
  it("does not connect before the first request", async () => {
    const logins = { count: 0 };
    const port = await listen(createPlain(fake(logins)));
    new Session({ ...settings, url: `http://127.0.0.1:${port}` });
    expect(logins.count).toBe(0);
  });

  it("logs in once for requests side by side, and again for a token about to expire", async () => {
    const logins = { count: 0 };
    const port = await listen(createPlain(fake(logins)));
    const session = new Session({ ...settings, url: `http://127.0.0.1:${port}` });
    await Promise.all([readRealm(session), readRealm(session), readRealm(session)]);
    await readRealm(session);
    expect(logins.count).toBe(1);

    const short = { count: 0 };
    const other = new Session({ ...settings, url: `http://127.0.0.1:${await listen(createPlain(fake(short, 1)))}` });
    await readRealm(other);
    await readRealm(other);
    expect(short.count).toBe(2);
  });

  it("logs in anew after one 401, and gives up after two", async () => {
    const logins = { count: 0 };
    let refusals = 1;
    const port = await listen(createPlain(fake(logins, 60, (url) => (url.includes("/admin/") && refusals-- > 0 ? 401 : undefined))));
    const session = new Session({ ...settings, url: `http://127.0.0.1:${port}` });
    await expect(readRealm(session)).resolves.toEqual({ realm: "master" });
    expect(logins.count).toBe(2);
    refusals = 2;
    await expect(readRealm(session)).rejects.toThrow("could not read the realm at Keycloak");
  });

  it("waits for a server that is not up yet, even with a create", async () => {
    const probe = createPlain(fake({ count: 0 }));
    const port = await listen(probe);
    await new Promise((resolve) => probe.close(resolve));
    const session = new Session({ ...settings, url: `http://127.0.0.1:${port}` });
    const pending = readRealm(session, false);
    const late = new Promise((resolve) => setTimeout(resolve, 400)).then(() => listen(createPlain(fake({ count: 0 })), port));
    await expect(pending).resolves.toEqual({ realm: "master" });
    await late;
  });

  it("repeats a reset only for what may be done twice", async () => {
    let resets = 1;
    const logins = { count: 0 };
    const good = fake(logins);
    const port = await listen(createPlain((request, response) => (request.url!.includes("/admin/") && resets-- > 0 ? request.socket.destroy() : good(request, response))));
    const session = new Session({ ...settings, url: `http://127.0.0.1:${port}` });
    await expect(readRealm(session)).resolves.toEqual({ realm: "master" });
    resets = 1;
    await expect(readRealm(session, false)).rejects.toThrow("could not read the realm");
  });

  it("trusts the given CA and nothing else", async () => {
    const { cert, key } = await selfSigned();
    const port = await listen(createTls({ cert, key }, fake({ count: 0 })));
    const url = `https://127.0.0.1:${port}`;
    await expect(readRealm(new Session({ ...settings, url, rootCaCertificate: cert }))).resolves.toEqual({ realm: "master" });
    await expect(readRealm(new Session({ ...settings, url }))).rejects.toThrow(/self-signed certificate/);
    await expect(readRealm(new Session({ ...settings, url, rootCaCertificate: (await selfSigned()).cert }))).rejects.toThrow(/certificate/);
  });

  it("runs work of one key in order, also after a failure", async () => {
    const session = new Session({ ...settings, url: "http://127.0.0.1:1" });
    const order: string[] = [];
    const slow = session.alone("k", async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push("slow");
      throw new Error("broke");
    });
    const next = session.alone("k", async () => void order.push("next"));
    const other = session.alone("other", async () => void order.push("other"));
    await expect(slow).rejects.toThrow("broke");
    await Promise.all([next, other]);
    expect(order).toEqual(["other", "slow", "next"]);
  });

  it.each([
    [{ url: "nonsense" }, 'url must be an absolute URL, got "nonsense"'],
    [{ initialLogin: true }, "initialLogin: true is not supported"],
    [{ clientSecret: undefined }, "give clientSecret (client credentials), or username and password"],
    [{ clientTimeout: 0 }, "clientTimeout must be a number of seconds above 0, got 0"],
  ])("refuses the configuration %j", (wrong, message) => {
    expect(() => new Session({ ...settings, url: "http://127.0.0.1:1", ...wrong })).toThrow(message);
  });
});

async function selfSigned(): Promise<{ cert: string; key: string }> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=127.0.0.1",
    keys: keys as CryptoKeyPair,
    signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` };
}

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestCa } from "../testing/certificates.ts";
import { loadCACertificates, splitCertificates } from "./ca-certificates.ts";
import { createClientAgent } from "./client-agent.ts";

const [own, partner] = await Promise.all([createTestCa(), createTestCa()]);
const folder = mkdtempSync(join(tmpdir(), "ca-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe("loadCACertificates", () => {
  it("reads several files with several certificates, each once", () => {
    const bundle = file("bundle.pem", `# partners\n${own.cert}\n${partner.cert}\n`);
    expect(loadCACertificates(bundle, file("own.pem", own.cert))).toHaveLength(2);
  });

  it("names the file that is not there, is empty, broken, or holds a key", async () => {
    expect(() => loadCACertificates("/nowhere/ca.crt")).toThrow("CA file /nowhere/ca.crt: ENOENT");
    expect(() => loadCACertificates(file("empty.pem", ""))).toThrow(/CA file .*empty\.pem: holds no PEM certificate/);
    expect(() => loadCACertificates(file("broken.pem", own.cert.replace(/MII/, "AAA")))).toThrow(/CA file .*broken\.pem: /);
    expect(() => splitCertificates((partner.cert + "\n") + "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----")).toThrow(
      "block 2 is a PRIVATE KEY, only CERTIFICATE is allowed",
    );
  });
});

describe("createClientAgent", () => {
  let address: string;
  let close: () => void;
  beforeAll(async () => {
    const { cert, key } = await own.leaf("server");
    const server = createServer({ cert, key, ca: own.cert, requestCert: true, rejectUnauthorized: true }, (_request, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `localhost:${(server.address() as AddressInfo).port}`;
    close = () => server.close();
  });
  afterAll(() => close());

  async function get(host: string, ca: readonly string[], client?: { cert: string; key: string }): Promise<string> {
    const dispatcher = createClientAgent({ ca, ...(client === undefined ? {} : { client }) });
    try {
      return await (await request(`https://${host}/`, { dispatcher })).body.text();
    } finally {
      await dispatcher.destroy();
    }
  }

  it("speaks to a server of our CA with a client certificate of our CA", async () => {
    expect(await get(address, [own.cert], await own.leaf("backend-client"))).toBe("hello");
  });

  it("refuses a server of another CA, and one whose certificate names another host", async () => {
    const client = await own.leaf("backend-client");
    await expect(get(address, [partner.cert], client)).rejects.toThrow(/certificate|issuer/);
    await expect(get(address.replace("localhost", "127.0.0.2"), [own.cert], client)).rejects.toThrow();
  });

  it("is refused without a client certificate, and with one of another CA", async () => {
    await expect(get(address, [own.cert])).rejects.toThrow();
    await expect(get(address, [own.cert], await partner.leaf("backend-client"))).rejects.toThrow();
  });
});

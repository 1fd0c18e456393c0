import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { sitesOf } from "../../components/endpoints.ts";
import { readPolicies, signedBundle, withTables, type BundleFiles } from "../../components/policy-bundle.ts";
import { instanceSpif, instanceTable } from "../../components/policy-instance.ts";
import { parseTopology } from "../../config.ts";
import { ROOT } from "../support/paths.ts";
import { opaProgram } from "./opa.ts";

/** A key that signs bundles, and what OPA verifies them with, PEM. */
export interface SigningKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a throw-away key. */
export function signingKey(): SigningKey {
  return generateKeyPairSync("rsa", { modulusLength: 2048, privateKeyEncoding: { type: "pkcs1", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
}

/** The files of the bundle of hub USA with spokes FRA and DEU, as the program makes them. */
export function hubFiles(): BundleFiles {
  const hub = sitesOf(parseTopology({ hub: { code: "USA" }, spokes: [{ code: "FRA" }, { code: "DEU" }] }, "policy-test", ROOT)).hub!;
  return withTables(readPolicies(join(ROOT, "policies", "authz")), { instance: instanceTable(hub), spif: instanceSpif(hub) });
}

/** A running OPA, on 127.0.0.1 without TLS. */
export interface OpaServer extends AsyncDisposable {
  readonly url: string;
  /** Lines it has logged so far. */
  log(): readonly Record<string, unknown>[];
}

const START_LIMIT_MS = 30_000;
const POLL_MS = 50;

/**
 * Starts OPA on a bundle.
 * @throws Error with what OPA said when it ends or does not answer in 30 s
 */
export async function startOpa(bundle: Buffer, publicKey: string): Promise<OpaServer> {
  const folder = mkdtempSync(join(tmpdir(), "dive-opa-"));
  writeFileSync(join(folder, "bundle.tar.gz"), bundle);
  writeFileSync(join(folder, "key.pub"), publicKey);
  const port = await freePort();
  const opa = execa(
    await opaProgram(),
    [
      "run", "--server", `--addr=127.0.0.1:${port}`, `--verification-key=${join(folder, "key.pub")}`, "--signing-alg=RS256",
      "--set=decision_logs.console=true", "--log-format=json", "--skip-version-check", "--optimize-store-for-read-speed", "--bundle", join(folder, "bundle.tar.gz"),
    ],
    { reject: false, all: true, buffer: false },
  );
  let output = "";
  opa.all.on("data", (chunk: Buffer) => (output += chunk.toString()));
  let ended = false;
  void opa.then(() => (ended = true));
  const stop = async () => {
    opa.kill();
    await opa;
    rmSync(folder, { recursive: true });
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await healthy(url))) {
    if (ended || Date.now() > deadline) {
      await stop();
      throw new Error(`OPA did not start: ${output}`);
    }
    await delay(POLL_MS);
  }
  return { url, log: () => output.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>), [Symbol.asyncDispose]: stop };
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health?bundles`, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false; // not listening yet: the caller's deadline ends the wait
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

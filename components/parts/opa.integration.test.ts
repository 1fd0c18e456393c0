/** OPA's image with the arguments and files that an instance gives it: who is answered, and that a bundle it cannot verify stops it. */
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, it } from "vitest";
import { testAuthority } from "@dive/common/testing/test-servers";
import { ROOT } from "../../tests/support/paths.ts";
import { parseTopology } from "../../config.ts";
import { sitesOf } from "../endpoints.ts";
import { readPolicies, revisionOf, signedBundle, withTables } from "../policy-bundle.ts";
import { instanceSpif, instanceTable } from "../policy-instance.ts";
import { configurationFor, policyArguments, policyFiles, serverArguments } from "./opa.ts";

const START_LIMIT_MS = 60_000;
const POLL_MS = 200;
const hub = sitesOf(parseTopology({ hub: { code: "USA" }, spokes: [{ code: "FRA" }] }, "opa-test", ROOT)).hub!;
const files = withTables(readPolicies(join(ROOT, "policies", "authz")), { instance: instanceTable(hub), spif: instanceSpif(hub) });
const signingKey = () =>
  generateKeyPairSync("rsa", { modulusLength: 3072, privateKeyEncoding: { type: "pkcs1", format: "pem" }, publicKeyEncoding: { type: "spki", format: "pem" } });
const key = signingKey();
const authority = testAuthority();
const server = authority.issue(["localhost", "127.0.0.1"]);
const client = authority.issue(["dive-hub-backend-client"]);
const other = authority.issue(["dive-hub-backend"]);
const folders: string[] = [];
const containers: string[] = [];

/** Starts a container with a bundle, as the program's workload does; without waiting. */
async function run(bundle: Buffer): Promise<string> {
  const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { opa?: string }).opa;
  if (image === undefined) throw new Error("DIVE_IMAGES names no opa image: run the tests by ./dive test service");
  const folder = mkdtempSync(join(tmpdir(), "dive-opa-image-"));
  folders.push(folder);
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  const file = (name: string, content: string | Buffer, mode: number) => writeFileSync(join(folder, name), content, { mode });
  file("ca.crt", authority.certificate, 0o644);
  file("tls.crt", server.cert, 0o644);
  file("tls.key", server.key, 0o640);
  file(policyFiles.bundle, bundle, 0o644);
  file(policyFiles.configuration, configurationFor(files), 0o644);
  file(policyFiles.verificationKey, key.publicKey, 0o644);
  const { stdout } = await execa("docker", [
    "run", "--detach", "--user=1000:0", "--read-only", "--tmpfs=/tmp:size=16m,mode=1777", "--cap-drop=ALL", "--memory=256m", "--label=dive.test=opa",
    "--publish=127.0.0.1::8181", `--volume=${folder}:/run/dive:ro`, `--volume=${folder}:/run/dive-live:ro`, image, ...serverArguments, ...policyArguments,
  ]);
  containers.push(stdout);
  return stdout;
}

let url: string;
let container: string;
const agent = (identity?: { cert: string; key: string }) => new Agent({ connect: { ca: authority.certificate, ...identity } });
const ask = async (path: string, body: unknown, identity?: { cert: string; key: string }) => {
  const dispatcher = agent(identity);
  try {
    const response = await request(`${url}${path}`, { dispatcher, method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    return { status: response.statusCode, body: (await response.body.json()) as Record<string, any> };
  } finally {
    await dispatcher.close();
  }
};

beforeAll(async () => {
  container = await run(await signedBundle(files, key.privateKey));
  const { stdout } = await execa("docker", ["port", container, "8181/tcp"]);
  url = `https://127.0.0.1:${stdout.split("\n")[0]!.split(":").at(-1)}`;
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      if ((await ask("/v1/data/dive/authz", {}, client)).status === 200) return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`OPA did not answer: ${await logOf(container)}`, { cause: error });
    }
    await delay(POLL_MS);
  }
});

afterAll(async () => {
  if (containers.length > 0) await execa("docker", ["rm", "--force", "--volumes", ...containers]);
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function logOf(id: string): Promise<string> {
  return (await execa("docker", ["logs", id], { all: true })).all;
}

const input = {
  ...(JSON.parse(readFileSync(join(ROOT, "policies", "authz", "cases", "base.json"), "utf8")) as Record<string, Record<string, unknown>>),
};

it("answers a client with a decision, its revision and its marking", async () => {
  const { status, body } = await ask("/v1/data/dive/authz", { input }, client);
  expect(status).toBe(200);
  expect(Object.keys(body["result"] as object)).toEqual(["decision"]);
  const { decision } = body["result"] as { decision: Record<string, any> };
  expect([decision["allow"], decision["reason"]]).toEqual([true, "permitted"]);
  expect(decision["evaluation_details"].policy).toEqual({ instance: "USA", revision: revisionOf(files) });
  expect(decision["evaluation_details"].resource.displayMarking).toBe("NATO CONFIDENTIAL COI NATO REL TO USA, FRA");
  expect(decision["obligations"]).toHaveLength(1);
});

it("answers nobody else, and nothing else", async () => {
  await expect(ask("/v1/data/dive/authz", { input })).rejects.toThrow();
  for (const [path, identity] of [["/v1/data/dive/authz", other], ["/v1/data/dive/rules", client], ["/v1/data/tables", client], ["/v1/data/system", client], ["/v1/query", client]] as const)
    expect((await ask(path, { input }, identity)).status, path).toBe(401);
});

it("logs the decision without whom it was about", async () => {
  await expect.poll(async () => (await logOf(container)).includes('"msg":"Decision Log"')).toBe(true);
  const log = await logOf(container);
  expect(log).toContain('"requestId":"request-1"');
  expect(log).not.toContain("fra:analyst");
  expect(log).not.toContain("192.0.2.1");
});

it("ends when the bundle is not what was signed", async () => {
  const bundle = await signedBundle({ ...files, "decision.rego": files["decision.rego"]!.replace("default allow := false", "default allow := true") }, signingKey().privateKey);
  const id = await run(bundle);
  const { stdout } = await execa("docker", ["wait", id], { timeout: START_LIMIT_MS });
  expect(stdout).not.toBe("0");
  expect(await logOf(id)).toMatch(/verification error|signature/i);
});

it("takes over a new bundle without a restart, verified", async () => {
  const before = await started(container);
  const folder = folders[0]!;
  const another = { ...files, "tables/instance/data.json": JSON.stringify({ ...(JSON.parse(files["tables/instance/data.json"]!) as object), code: "XYZ" }) };
  writeFileSync(join(folder, policyFiles.bundle), await signedBundle(another, key.privateKey));
  writeFileSync(join(folder, policyFiles.configuration), configurationFor(another));
  const instance = async () => {
    try {
      return (await ask("/v1/data/dive/authz", { input }, client)).body["result"]?.decision.evaluation_details.policy;
    } catch {
      return undefined; // between two servers of the same process; polled
    }
  };
  await expect.poll(instance, { timeout: START_LIMIT_MS }).toEqual({ instance: "XYZ", revision: revisionOf(another) });
  expect(await started(container)).toBe(before);
});

async function started(id: string): Promise<string> {
  const { stdout } = await execa("docker", ["inspect", "--format", "{{.State.StartedAt}} {{.RestartCount}}", id]);
  return stdout;
}

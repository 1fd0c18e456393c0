import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Client } from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, it } from "vitest";
import { isAlive } from "../../scripts/recovery/processes.ts";
import { messages as languageMessages, services as languageServices } from "../language-host/protocol.ts";
import { Empty, Struct, grpc, messages, services } from "../plugins/server/protocol.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const insecure = grpc.credentials.createInsecure();

let folder: string;
let host: ChildProcess;
let input: Writable;
let ports: Map<string, string>;
const clients: Client[] = [];

/** Connects as the engine does: each client has a connection of its own. */
function connect<T extends Client>(Service: new (address: string, ...rest: any[]) => T, name: string): T {
  const client = new Service(`127.0.0.1:${ports.get(name)}`, insecure, { "grpc.use_local_subchannel_pool": 1 });
  clients.push(client);
  return client;
}

function call(client: Client, method: string, request: unknown): Promise<any> {
  const calls = client as unknown as Record<string, (request: unknown, done: (error: Error | null, response: unknown) => void) => void>;
  return new Promise((resolve, reject) => calls[method]!(request, (error, response) => (error === null ? resolve(response) : reject(error))));
}

function configure(args: Record<string, string> = {}): InstanceType<typeof messages.ConfigureRequest> {
  const request = new messages.ConfigureRequest();
  request.setArgs(Struct.fromJavaScript(args));
  return request;
}

function password(): InstanceType<typeof messages.CreateRequest> {
  const request = new messages.CreateRequest();
  request.setUrn("urn:pulumi:test::host::random:index/randomPassword:RandomPassword::it");
  request.setProperties(Struct.fromJavaScript({ length: 24 }));
  return request;
}

/** A program whose SDK is a stub that does what it is told. */
async function program(then: string): Promise<InstanceType<typeof languageMessages.RunRequest>> {
  await mkdir(join(folder, "node_modules/@pulumi/pulumi/cmd/run"), { recursive: true });
  await writeFile(join(folder, "package.json"), "{}");
  await writeFile(join(folder, "node_modules/@pulumi/pulumi/cmd/run/index.js"), then);
  const info = new languageMessages.ProgramInfo();
  info.setProgramDirectory(folder);
  info.setOptions(Struct.fromJavaScript({ typescript: false }));
  const request = new languageMessages.RunRequest();
  request.setInfo(info);
  return request;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dive-plugin-host-"));
  host = spawn(process.execPath, [main, "nodejs", "random", "tls"], { stdio: ["pipe", "pipe", "inherit"] });
  input = host.stdin!;
  const [line] = (await once(createInterface(host.stdout!), "line")) as [string];
  ports = new Map(line.split(",").map((one) => one.split(":") as [string, string]));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  if (host.exitCode === null && host.signalCode === null) {
    const exited = once(host, "exit");
    host.kill("SIGKILL");
    await exited;
  }
  await rm(folder, { recursive: true });
});

it("tells the port of each that it was asked for, and serves connections that come at once", async () => {
  expect([...ports.keys()]).toEqual(["nodejs", "random", "tls"]);
  const random = connect(services.ResourceProviderClient, "random");
  await call(random, "configure", configure());
  const made = await call(random, "create", password());
  expect(made.getProperties().toJavaScript()).toMatchObject({ length: 24 });
  expect((await call(connect(services.ResourceProviderClient, "tls"), "getPluginInfo", new Empty())).getVersion()).toMatch(/^5\./);
});

it("keeps each connection's configuration to itself", async () => {
  const configured = connect(services.ResourceProviderClient, "random");
  const other = connect(services.ResourceProviderClient, "random");
  await call(configured, "configure", configure());
  await expect(call(other, "create", password())).rejects.toThrow("used before it was configured");
  await call(configured, "create", password());
});

it("starts programs with the environment that it is told", async () => {
  input.write(`${JSON.stringify({ TOLD: "so" })}\n`);
  const written = join(folder, "told");
  const run = await program(`require("node:fs").writeFileSync(${JSON.stringify(written)}, process.env.TOLD)`);
  await call(connect(languageServices.LanguageRuntimeClient, "nodejs"), "run", run);
  expect(await readFile(written, "utf8")).toBe("so");
});

it.each([
  ["has loaded", async () => call(connect(services.ResourceProviderClient, "tls"), "getPluginInfo", new Empty()).then(() => clients.pop()!.close())],
  ["still loads", async () => undefined],
])("ends with its starter when it %s", async (_when, until) => {
  await until();
  input.end();
  await once(host, "exit");
  expect(host.exitCode).toBe(0);
});

it("ends what it has started when it is told to end", async () => {
  const lines = createInterface(host.stdout!);
  connect(languageServices.LanguageRuntimeClient, "nodejs").run(await program("console.log(process.pid); setInterval(() => {}, 1e6)"), () => undefined);
  const [pid] = (await once(lines, "line")) as [string];
  const gone = once(host, "exit");
  host.kill("SIGTERM");
  await gone;
  await expect.poll(() => isAlive(Number(pid)), { timeout: 20_000 }).toBe(false);
});

it("outlives its starter while an engine is connected, and then ends what that one has started", async () => {
  const run = await program("console.log(process.pid); setInterval(() => {}, 1e6)");
  const lines = createInterface(host.stdout!);
  const engine = connect(languageServices.LanguageRuntimeClient, "nodejs");
  const running = engine.run(run, () => undefined);
  const [pid] = (await once(lines, "line")) as [string];
  input.end();
  const random = connect(services.ResourceProviderClient, "random");
  await call(random, "configure", configure());
  await call(random, "create", password());
  random.close();
  // Long enough to have ended with the first of its two connections, which it would do at once.
  for (let i = 0; i < 20; i++) await call(engine, "getPluginInfo", new Empty());
  const gone = once(host, "exit");
  // As an engine that was killed: its connection ends with the call that is under way.
  running.cancel();
  engine.close();
  await gone;
  expect(host.exitCode).toBe(0);
  await expect.poll(() => isAlive(Number(pid)), { timeout: 20_000 }).toBe(false);
});

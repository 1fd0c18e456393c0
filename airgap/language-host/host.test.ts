import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Struct } from "../plugins/server/protocol.ts";
import { Empty, grpc, messages, sdkVersion, services } from "./protocol.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const ENGINE = "127.0.0.1:1";

/** A program whose SDK is a stub: it writes down how it was started. */
const program = mkdtempSync(join(tmpdir(), "dive-host-"));
const write = (path: string, content: string): void => {
  mkdirSync(dirname(join(program, path)), { recursive: true });
  writeFileSync(join(program, path), content);
};
const started = (): { argv: string[]; node: string[]; cwd: string; env: Record<string, string> } => JSON.parse(readFileSync(join(program, "started.json"), "utf8"));
const stub = (then: string): string => `
  const { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, POLICY } = process.env;
  require("fs").writeFileSync(${JSON.stringify(join(program, "started.json"))}, JSON.stringify({ argv: process.argv.slice(2), node: process.execArgv, cwd: process.cwd(), env: { PULUMI_CONFIG, PULUMI_CONFIG_SECRET_KEYS, PULUMI_NODEJS_TYPESCRIPT, POLICY } }));
  ${then}`;

let host: ChildProcess;
let client: Record<string, (request: unknown, done: (error: Error | null, response: any) => void) => void> & { close(): void; runPlugin(request: unknown): NodeJS.ReadableStream };

const call = (method: string, request: unknown = new messages.AboutRequest()): Promise<any> =>
  new Promise((resolve, reject) => client[method]!(request, (error, response) => (error === null ? resolve(response) : reject(error))));

function info(options: Record<string, string | boolean> = {}): InstanceType<typeof messages.ProgramInfo> {
  const about = new messages.ProgramInfo();
  about.setRootDirectory(program);
  about.setProgramDirectory(program);
  about.setEntryPoint("index.ts");
  about.setOptions(Struct.fromJavaScript(options));
  return about;
}

beforeAll(async () => {
  write("package.json", JSON.stringify({ dependencies: { "@pulumi/docker": "*", pg: "*" } }));
  write("node_modules/@pulumi/docker/package.json", JSON.stringify({ name: "@pulumi/docker", version: "5.2.0", pulumi: { resource: true, name: "docker" } }));
  write("node_modules/pg/package.json", JSON.stringify({ name: "pg", version: "8.0.0" }));
  write("node_modules/@pulumi/pulumi/cmd/run/index.js", stub("process.exitCode = Number(JSON.parse(PULUMI_CONFIG)['dive:exit'] ?? 0);"));
  write("node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js", stub("console.log('4711'); console.error('of the pack'); process.exitCode = 3;"));
  host = spawn(process.execPath, [main, ENGINE], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = (await once(createInterface(host.stdout as NodeJS.ReadableStream), "line")) as [string];
  client = new services.LanguageRuntimeClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as typeof client;
}, 60_000);

afterAll(async () => {
  client.close();
  const exited = once(host, "exit");
  host.kill("SIGINT");
  await exited;
  rmSync(program, { recursive: true });
});

describe("the language host over gRPC", { timeout: 30_000 }, () => {
  it("says which SDK it belongs to, and about its Node", async () => {
    expect((await call("getPluginInfo", new Empty())).getVersion()).toBe(sdkVersion);
    expect((await call("about")).toObject()).toMatchObject({ executable: process.execPath, version: process.version });
  });

  it("lists the plugins that the program's installed packages name", async () => {
    const request = new messages.GetRequiredPackagesRequest();
    request.setInfo(info());
    const packages = (await call("getRequiredPackages", request)).getPackagesList().map((one: { toObject(): object }) => one.toObject());
    expect(packages).toMatchObject([{ kind: "resource", name: "docker", version: "v5.2.0" }]);
  });

  it("runs main of Pulumi.yaml as runtime.options say, with configuration and what of it is secret", async () => {
    const request = new messages.RunRequest();
    request.setInfo(info({ typescript: false, nodeargs: "--max-old-space-size=64" }));
    request.setMonitorAddress("127.0.0.1:2");
    request.setProject("dive");
    request.setStack("dev");
    request.getConfigMap().set("dive:hub", "USA");
    request.setConfigsecretkeysList(["dive:password"]);
    expect((await call("run", request)).toObject()).toMatchObject({ error: "", bail: false });
    expect(started()).toMatchObject({
      argv: expect.arrayContaining(["--monitor", "127.0.0.1:2", "--engine", ENGINE, "--stack", "dev", "index.ts"]) as string[],
      node: ["--max-old-space-size=64"],
      cwd: program,
      env: { PULUMI_CONFIG: '{"dive:hub":"USA"}', PULUMI_CONFIG_SECRET_KEYS: '["dive:password"]', PULUMI_NODEJS_TYPESCRIPT: "false" },
    });
    request.getConfigMap().set("dive:exit", "5");
    expect((await call("run", request)).getError()).toBe("Program exited with non-zero exit code: 5");
  });

  it("refuses an option that it would ignore", async () => {
    const request = new messages.RunRequest();
    request.setInfo(info({ packagemanager: "yarn" }));
    await expect(call("run", request)).rejects.toMatchObject({ details: expect.stringContaining("runtime.options.packagemanager is not supported") as string });
  });

  it("runs a policy pack and streams its output and exit status", async () => {
    const request = new messages.RunPluginRequest();
    request.setInfo(info({ typescript: false }));
    request.setKind("analyzer");
    request.setName("guardrails");
    request.setArgsList(["127.0.0.1:3"]);
    request.setEnvList(["POLICY=a=b"]);
    const parts: { stdout: string; stderr: string; code: number }[] = [];
    const stream = client.runPlugin(request);
    stream.on("data", (part) => parts.push({ stdout: Buffer.from(part.getStdout_asU8()).toString(), stderr: Buffer.from(part.getStderr_asU8()).toString(), code: part.getExitcode() }));
    await once(stream, "end");
    expect(parts.map(({ stdout }) => stdout).join("")).toBe("4711\n");
    expect(parts.map(({ stderr }) => stderr).join("")).toBe("of the pack\n");
    expect(parts.at(-1)!.code).toBe(3);
    expect(started()).toMatchObject({ argv: ["127.0.0.1:3", program], cwd: program, env: { POLICY: "a=b" } });
  });

  it.each(["getRequiredPlugins", "installDependencies", "generateProgram", "pack"])("answers UNIMPLEMENTED to %s, by name", async (method) => {
    const definition = (services.LanguageRuntimeService as unknown as Record<string, { requestType: new () => unknown; responseStream: boolean }>)[method]!;
    const answered = definition.responseStream
      ? once((client as unknown as Record<string, (request: unknown) => NodeJS.ReadableStream>)[method]!(new definition.requestType()), "end")
      : call(method, new definition.requestType());
    await expect(answered).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED, details: expect.stringContaining(method) as string });
  });
});

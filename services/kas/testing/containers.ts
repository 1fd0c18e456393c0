import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";

/** One of the stack's services, alone in a container of one test, published on 127.0.0.1. */
export interface TestContainer extends AsyncDisposable {
  readonly port: number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** How a container is started. */
export interface TestContainerOptions {
  /** Name of the image in DIVE_IMAGES. */
  readonly image: "redis" | "mongodb" | "opa" | "kas";
  readonly user: string;
  readonly internalPort: number;
  readonly command: readonly string[];
  /** Files below /run/dive. */
  readonly files: Readonly<Record<string, string>>;
  /** Path of its data, which outlives a stop. Default: it keeps none. */
  readonly data?: string;
}

/** The reference of an image of the project. @throws {Error} when `./dive test` has not set it */
export function testImage(name: TestContainerOptions["image"]): string {
  const reference = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as Record<string, string | undefined>)[name];
  if (reference === undefined) throw new Error(`DIVE_IMAGES names no ${name} image: run the tests by ./dive test service`);
  return reference;
}

/** Starts it; whether it answers is for the test to see. It keeps its port when it is stopped and started. */
export async function startContainer({ image, user, internalPort, command, files, data }: TestContainerOptions): Promise<TestContainer> {
  const folder = mkdtempSync(join(tmpdir(), `dive-${image}-`));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  // mkdtemp makes it 0700, and the servers are not root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const { stdout: id } = await execa("docker", [
    "run", "--detach", "--user", user, "--label", "dive.test=kas", "--publish", `127.0.0.1:${port}:${internalPort}`,
    "--volume", `${folder}:/run/dive:ro`, "--tmpfs", "/tmp:mode=1777", ...(data === undefined ? [] : ["--volume", data]), testImage(image), ...command,
  ]);
  return {
    port,
    stop: async () => void (await execa("docker", ["stop", "--time", "1", id])),
    start: async () => void (await execa("docker", ["start", id])),
    async [Symbol.asyncDispose]() {
      await execa("docker", ["rm", "--force", "--volumes", id]);
      rmSync(folder, { recursive: true });
    },
  };
}

/** A port that nobody listens on: taken once and given back. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

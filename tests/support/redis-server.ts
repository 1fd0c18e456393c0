import { mkdtempSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { Redis, type RedisOptions } from "ioredis";

/** A Redis of one test, on 127.0.0.1, with an access control list and an append-only file. */
export interface TestRedis extends AsyncDisposable {
  readonly port: number;
  /** A client of a user of the list; the test ends it. */
  client(username: string, password: string, options?: RedisOptions): Redis;
  /** Stops the server at once, as by a power cut; its data stays. */
  kill(): Promise<void>;
  /** Starts the server again on the same port, and waits until it answers. */
  start(): Promise<void>;
}

const START_LIMIT_MS = 30_000;
const POLL_MS = 50;

/**
 * Starts a server from the project's Redis image (DIVE_IMAGES, which `./dive test` sets), with the blacklist's settings but for TLS.
 * @param acl text of the access control list; a user `probe` that may only PING is added
 * @throws when DIVE_IMAGES names no image, or when the server does not answer in time
 */
export async function testRedis(acl: string): Promise<TestRedis> {
  const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { redis?: string }).redis;
  if (image === undefined) throw new Error("DIVE_IMAGES names no redis image: run the tests by ./dive test service");
  const folder = mkdtempSync(join(tmpdir(), "dive-redis-"));
  chmodSync(folder, 0o755); // mkdtemp makes it 0700, and the server is not root
  writeFileSync(join(folder, "users.acl"), `${acl}user probe on nopass resetkeys resetchannels -@all +ping\n`);
  writeFileSync(join(folder, "redis.conf"), "aclfile /run/dive/users.acl\nappendonly yes\nappendfsync always\nmaxmemory-policy noeviction\n");
  const port = await freePort();
  const { stdout: id } = await execa("docker", [
    "run", "--detach", "--user", "999:0", "--label", "dive.test=redis-server", "--publish", `127.0.0.1:${port}:6379`,
    "--volume", `${folder}:/run/dive:ro`, "--volume", "/data", "--tmpfs", "/tmp", image, "redis-server", "/run/dive/redis.conf",
  ]);
  const answering = async () => {
    const deadline = Date.now() + START_LIMIT_MS;
    while ((await execa("docker", ["exec", id, "redis-cli", "--user", "probe", "--pass", "", "--no-auth-warning", "ping"], { reject: false })).stdout !== "PONG") {
      if (Date.now() > deadline) throw new Error(`Redis did not answer within ${START_LIMIT_MS / 1000} s: ${(await execa("docker", ["logs", id], { all: true })).all}`);
      await delay(POLL_MS);
    }
  };
  const end = async () => {
    await execa("docker", ["rm", "--force", "--volumes", id]);
    rmSync(folder, { recursive: true });
  };
  try {
    await answering();
  } catch (error) {
    await end();
    throw error;
  }
  return {
    port,
    client: (username, password, options = {}) => new Redis({ host: "127.0.0.1", port, username, password, enableReadyCheck: false, disableClientInfo: true, ...options }),
    kill: async () => void (await execa("docker", ["kill", id])),
    start: async () => {
      await execa("docker", ["start", id]);
      await answering();
    },
    [Symbol.asyncDispose]: end,
  };
}

/** A port of 127.0.0.1 that nobody uses, for what must keep it: Docker would choose another one each time that a container starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { once } from "node:events";
import { describeError, type Logger } from "../index.ts";
import { Redis, type RedisOptions } from "ioredis";
import { serverName } from "../tls/server-name.ts";

/** Settings of {@link createRedisConnection}. */
export interface RedisConnectionOptions {
  /** Name in logs and health ("blacklistRedis"). */
  readonly name: string;
  /** `rediss://[user@]<host>:<port>`. Without a user the password is the default user's. */
  readonly url: string;
  readonly password: string;
  /** Trusted authorities, PEM; the server's certificate must name the URL's host. */
  readonly ca: readonly string[];
  readonly logger: Logger;
  /** Longest wait for the answer to a command, ms. Default: 5000. */
  readonly commandTimeoutMs?: number;
}

/** A connection to a Redis, made in the background and kept. */
export interface RedisConnection {
  readonly client: Redis;
  /** Starts connecting; retried for ever, every 2 s at the latest. */
  start(): void;
  /** Resolves when Redis answers PING; waits for a connection that is being made, until the signal. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** How every connection behaves, wherever it leads. */
export const connectionBehaviour = {
  enableOfflineQueue: false,
  // INFO and CLIENT are not among the commands that a partner's user may run; PING tells of loading as well.
  enableReadyCheck: false,
  disableClientInfo: true,
  maxRetriesPerRequest: 0,
  // Whoever subscribes does it again at "ready". ioredis would not look at the result: one that fails would end the process.
  autoResubscribe: false,
} as const satisfies RedisOptions;

/**
 * Makes the connection; commands fail at once while it is not there, instead of queueing up. What was cut off is not sent again after a
 * reconnect: a claim that Redis had taken (a DPoP proof's, a logout token's) would be found used, and a good request refused as a replay.
 */
export function createRedisConnection({ name, url, password, ca, logger, commandTimeoutMs = 5_000 }: RedisConnectionOptions): RedisConnection {
  const { hostname, port, username } = new URL(url);
  const client = new Redis({
    host: hostname,
    port: Number(port || 6379),
    username: username === "" ? "default" : decodeURIComponent(username),
    password,
    tls: { ca: [...ca], ...serverName(hostname), minVersion: "TLSv1.2" },
    ...connectionBehaviour,
    lazyConnect: true,
    connectTimeout: 5_000,
    commandTimeout: commandTimeoutMs,
    retryStrategy: (attempt) => Math.min(250 * 2 ** Math.min(attempt, 3), 2_000),
  });
  let lastFailure: string | undefined;
  client.on("ready", () => {
    lastFailure = undefined;
    logger.info({ component: name, event: "connected" }, "connected");
  });
  client.on("error", (error) => {
    const failure = describeError(error);
    // Each retry fails in the same way: say it once.
    if (failure !== lastFailure) logger.warn({ component: name, event: "disconnected", error: failure }, "not connected");
    lastFailure = failure;
  });

  return {
    client,
    start() {
      // A failed first attempt is also an "error" event, which logs it; retryStrategy goes on.
      client.connect().catch((error: unknown) => {
        lastFailure ??= describeError(error);
      });
    },
    async ping(signal) {
      // `once` rejects on the client's "error" event, so a refused connection ends the wait.
      if (client.status === "connecting" || client.status === "connect") await once(client, "ready", { signal });
      if (client.status !== "ready") throw new Error(lastFailure ?? `not connected (${client.status})`);
      await client.ping();
    },
    async close() {
      client.disconnect();
    },
  };
}

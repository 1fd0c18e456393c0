import { keepTrying, type Logger, type ServiceMetrics, type TlsIdentity } from "../index.ts";
import { MongoClient } from "mongodb";
import { watchAvailability } from "./mongodb-availability.ts";
import { watchPool } from "./mongodb-pool.ts";

/** Settings of {@link createMongoConnection}. */
export interface MongoOptions {
  /** `mongodb://<host>:<port>/<database>`; no credentials in it, access is by client certificate. */
  readonly url: string;
  /** Name of the service in the server's log ("dive-backend"). */
  readonly appName: string;
  readonly identity: TlsIdentity;
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
}

/** The connection to MongoDB, made in the background and kept. */
export interface MongoConnection {
  readonly client: MongoClient;
  /** Starts connecting; a database that is down is retried for ever and shows in health meanwhile. */
  start(): void;
  /** Resolves when the database answers a ping. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** Makes the connection with the pool of the design; nothing is opened before `start`. */
export function createMongoConnection({ url, appName, identity, logger, metrics }: MongoOptions): MongoConnection {
  const client = new MongoClient(url, {
    tls: true,
    ca: [...identity.ca],
    ...identity.client,
    retryWrites: true,
    writeConcern: { w: "majority" },
    maxPoolSize: 50,
    minPoolSize: 5,
    serverSelectionTimeoutMS: 5_000,
    connectTimeoutMS: 5_000,
    // Half of the default: a server that came back is noticed sooner.
    heartbeatFrequencyMS: 5_000,
    appName,
  });
  const stop = new AbortController();
  const state = watchAvailability(client, logger, stop.signal);
  watchPool(client, metrics);

  return {
    client,
    start() {
      const connect = async () => void (await client.connect());
      void keepTrying(connect, { name: "mongodb", signal: stop.signal, logger });
    },
    async ping(signal) {
      // A server known to be away is given a short time to be back, so that the answer can say why it is away.
      const limit = state.lastFailure() === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(1_000)]);
      try {
        await client.db("admin").command({ ping: 1 }, { signal: limit });
      } catch (error) {
        // The driver says "server selection timed out"; why each attempt failed is what helps.
        const failure = state.lastFailure();
        throw failure === undefined ? error : new Error(failure, { cause: error });
      }
    },
    async close() {
      stop.abort();
      await client.close();
    },
  };
}

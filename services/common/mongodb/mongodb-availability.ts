import { describeError, type Logger } from "../index.ts";
import type { MongoClient } from "mongodb";

/** What the driver knows about its server. */
export interface MongoAvailability {
  /** Why the server could not be reached the last time, in one line; `undefined` while it can. */
  lastFailure(): string | undefined;
}

/** Logs `connected` and `disconnected` as the driver's view of the server changes, each once; silent after `closing`. */
export function watchAvailability(client: MongoClient, logger: Logger, closing: AbortSignal): MongoAvailability {
  let connected = false;
  let failure: string | undefined;
  // The topology, not the heartbeats: an error of a command is seen there at once, a heartbeat only seconds later.
  client.on("topologyDescriptionChanged", ({ newDescription }) => {
    if (closing.aborted) return;
    const servers = [...newDescription.servers.values()];
    const reachable = servers.some((server) => server.type !== "Unknown");
    const error = servers.find((server) => server.error !== null)?.error;
    failure = reachable || error === null || error === undefined ? undefined : describeError(error);
    if (reachable && !connected) logger.info({ component: "mongodb", event: "connected" }, "connected");
    if (!reachable && connected) logger.warn({ component: "mongodb", event: "disconnected", error: failure }, "disconnected");
    connected = reachable;
  });
  return { lastFailure: () => failure };
}

import { keepTrying, refill, type Logger } from "../index.ts";
import { createRedisConnection } from "../redis/index.ts";
import type { Registry } from "prom-client";
import type { Federation, Origin } from "./authority.ts";
import type { Revocation, RevokedThing } from "./entry.ts";
import { publishRevocations } from "./metrics.ts";
import { RevocationReader } from "./reader.ts";
import { RevocationView, STALENESS_BOUND_MS, type RevocationCheck } from "./view.ts";
import { RevocationWriter, type RevocationRequest } from "./writer.ts";

/** Longest that a command may take, ms: a read that hangs must have failed well before the view is stale. */
const COMMAND_TIMEOUT_MS = 2_000;

/** Between two rounds of attempts to have the users read again, ms. */
const RELOAD_ROUND_MS = 5_000;

/** Settings of {@link createRevocations}. */
export interface RevocationsOptions {
  /** Own code, in any case. */
  readonly own: string;
  /** Everyone who writes to the blacklist, the own instance included. */
  readonly federation: Omit<Federation, "own">;
  /** The blacklist: `rediss://<own code>@<host>:<port>`, and the password there. */
  readonly url: string;
  readonly password: string;
  readonly ca: readonly string[];
  readonly logger: Logger;
  readonly registry: Registry;
}

/** Revocations as a service has them: with its connections to the blacklist, its metrics, and the right to revoke. */
export interface Revocations extends RevocationCheck {
  readonly view: RevocationView;
  /** @throws {RevocationUnavailableError} when it is not certain to be stored */
  revoke(thing: RevokedThing, request: RevocationRequest): Promise<Revocation>;
  /** Resolves when the blacklist answers and everything in it is known here. */
  ping(signal: AbortSignal): Promise<void>;
  /** Others write to the blacklist from now on: a new origin's revocations are read from the first, one that left is heard no more. */
  setOrigins(origins: readonly Origin[]): void;
  /** Has the blacklist read its list of users again, as soon as it can be reached. Only the hub's user may. */
  reloadUsers(): void;
  start(): void;
  close(): Promise<void>;
}

/**
 * Wires view, reader and writer; nothing is opened before `start`, and until the streams were read once everything is stale.
 * @throws {Error} when the own instance is not one of the origins
 */
export function createRevocations({ own, federation, url, password, ca, logger, registry }: RevocationsOptions): Revocations {
  const origin = own.toLowerCase();
  const known = [...federation.origins];
  const origins = known.map((each) => each.origin);
  if (!origins.includes(origin)) throw new Error(`REVOCATION_FEDERATION names ${origins.join(", ")}, and not ${origin}, this instance`);
  const shared = { url, password, ca, logger, commandTimeoutMs: COMMAND_TIMEOUT_MS };
  const commands = createRedisConnection({ ...shared, name: "blacklistRedis" });
  // A connection that has subscribed can do nothing else.
  const channels = createRedisConnection({ ...shared, name: "blacklistChannels" });
  const view = new RevocationView({ ...federation, origins: known, own: origin });
  const reader = new RevocationReader({ view, redis: commands.client, subscriber: channels.client, origins, logger });
  const writer = new RevocationWriter({ redis: commands.client, origin, view });
  let reloading = new AbortController();
  const made = publishRevocations(view, registry);
  return {
    view,
    verdict: (claims) => view.verdict(claims),
    async revoke(thing, request) {
      const revocation = await writer.revoke(thing, request);
      made(revocation.kind);
      return revocation;
    },
    async ping(signal) {
      await commands.ping(signal);
      // An answer alone is not health: what counts is whether the view is fresh. Reading now also ends the first second after a start.
      if (view.ageMs > STALENESS_BOUND_MS) await reader.catchUp();
    },
    setOrigins(others) {
      refill(known, others);
      refill(origins, others.map((each) => each.origin));
      reader.originsChanged();
    },
    reloadUsers() {
      reloading.abort();
      reloading = new AbortController();
      const attempt = async () => void (await commands.client.call("ACL", "LOAD"));
      void keepTrying(attempt, { name: "blacklistUsers", roundDelayMs: RELOAD_ROUND_MS, signal: reloading.signal, logger });
    },
    start() {
      for (const connection of [commands, channels]) connection.start();
      reader.start();
    },
    async close() {
      reader.stop();
      reloading.abort();
      await Promise.all([commands.close(), channels.close()]);
    },
  };
}

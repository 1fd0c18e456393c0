import { describeError, systemClock, type Clock, type Logger } from "@dive/common";
import type { Redis } from "ioredis";
import { channelOf, parseRevocation, streamOf } from "./entry.ts";
import type { RevocationView } from "./view.ts";

/** How often the streams are read, ms: also how long a revocation takes when the channel is cut. Well below the staleness bound. */
const POLL_MS = 1_000;
/** Entries taken by one read; more are read at once by the next. */
const BATCH = 1_000;
/** How often expired revocations are dropped, ms. */
const FORGET_MS = 60_000;

/** Settings of {@link RevocationReader}. */
export interface RevocationReaderOptions {
  readonly view: RevocationView;
  /** For reading streams: must fail rather than queue while it is not connected, and have a command timeout below the staleness bound. */
  readonly redis: Redis;
  /** A connection of its own, since one that has subscribed can do nothing else. It must not subscribe again by itself: nobody would hear that it failed. */
  readonly subscriber: Redis;
  /** Every origin, lower case. When the list changes, {@link RevocationReader.originsChanged} has to be called. */
  readonly origins: readonly string[];
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * Keeps a {@link RevocationView} up to date from the streams, which only their origin can write. A message on a channel is no more than
 * the call to read them at once, since every user of the blacklist may publish on every channel; whatever messages were lost is read a
 * second later. A read that came to the streams' end also proves how fresh the view is: that is the heartbeat, and it needs no writer
 * to be alive.
 */
export class RevocationReader {
  readonly #options: RevocationReaderOptions;
  readonly #lastIds: Map<string, string>;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #forget: NodeJS.Timeout | undefined;
  #failing = false;
  #reading = false;
  #again = false;

  constructor(options: RevocationReaderOptions) {
    this.#options = options;
    this.#lastIds = new Map(options.origins.map((origin) => [origin, "0-0"]));
  }

  /** Begins reading; what is not connected yet is tried again every second. */
  start(): void {
    const { redis, subscriber, view } = this.#options;
    subscriber.on("message", () => void this.#poll());
    // Each connection anew: it begins without channels.
    subscriber.on("ready", () => void this.#subscribe());
    if (subscriber.status === "ready") void this.#subscribe();
    redis.on("ready", () => void this.#poll());
    this.#forget = setInterval(() => view.forgetExpired(), FORGET_MS);
    this.#forget.unref();
    void this.#poll();
  }

  /** Hears the channels of the origins as they are now, and reads at once. A stream that is new is read from its beginning. */
  originsChanged(): void {
    if (this.#options.subscriber.status === "ready") void this.#subscribe();
    void this.#poll();
  }

  /** Ends reading; connections are the caller's to close. */
  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    clearInterval(this.#forget);
  }

  async #subscribe(): Promise<void> {
    const { subscriber, origins, logger } = this.#options;
    try {
      await subscriber.subscribe(...origins.map(channelOf));
    } catch (error) {
      // The streams still bring everything, within a second; the next "ready" subscribes again.
      logger.warn({ component: "revocations", event: "not_subscribed", error: describeError(error) }, "no channel for revocations");
    }
  }

  /** Reads at once, or once more when the read in progress has ended: so a flood of messages is a few reads. */
  async #poll(): Promise<void> {
    if (this.#reading) return void (this.#again = true);
    clearTimeout(this.#timer);
    this.#reading = true;
    do {
      this.#again = false;
      await this.#tryToCatchUp();
    } while (this.#again && !this.#stopped.signal.aborted);
    this.#reading = false;
    if (!this.#stopped.signal.aborted) this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
  }

  async #tryToCatchUp(): Promise<void> {
    try {
      await this.catchUp();
      if (this.#failing) this.#options.logger.info({ component: "revocations", event: "caught_up" }, "revocations are read again");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.logger.warn({ component: "revocations", event: "not_read", error: describeError(error) }, "revocations cannot be read");
      this.#failing = true;
      this.#again = false; // a server that is away is asked again in a second, not in a loop
    }
  }

  /** Reads every stream to its end; the view is then complete up to the moment at which the last read began. */
  async catchUp(): Promise<void> {
    const { redis, origins, view, clock = systemClock } = this.#options;
    for (;;) {
      const began = clock.now();
      const streams = origins.map(streamOf);
      const ids = origins.map((origin) => this.#lastIds.get(origin) ?? "0-0");
      const answer = (await redis.xread("COUNT", BATCH, "STREAMS", ...streams, ...ids)) ?? [];
      let full = false;
      for (const [stream, entries] of answer) {
        const origin = stream.slice(streamOf("").length);
        for (const [id, fields] of entries) {
          this.#take(origin, fields[1] ?? "");
          this.#lastIds.set(origin, id);
        }
        full ||= entries.length >= BATCH;
      }
      if (!full) return view.markComplete(began);
    }
  }

  #take(origin: string, json: string): void {
    const { view, logger } = this.#options;
    const revocation = parseRevocation(json);
    if (revocation === undefined) logger.warn({ component: "revocations", event: "malformed", origin }, "a revocation that cannot be read was ignored");
    else if (!view.add(origin, revocation)) logger.warn({ component: "revocations", event: "no_authority", origin, kind: revocation.kind }, "a revocation of what is not the origin's was ignored");
  }
}

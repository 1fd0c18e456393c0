import { setTimeout as delay } from "node:timers/promises";
import { describeError } from "../runtime/describe-error.ts";
import type { Logger } from "../telemetry/logging.ts";
import { readEnvironment, type EnvironmentOf, type EnvironmentSchema } from "./environment.ts";

/** How often the files are looked at, milliseconds. Content and not time stamps decide: a few kilobytes a second. */
const POLL_MS = 1_000;

/** Settings of {@link followFiles}. */
export interface FollowOptions<S extends EnvironmentSchema> {
  /** Variables that are given as NAME_FILE, and whose files may change while the service runs. */
  readonly schema: S;
  /** Told of all of them after one of them has changed. */
  readonly onChange: (values: EnvironmentOf<S>) => void;
  readonly logger: Pick<Logger, "info" | "warn">;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default 1,000 ms. */
  readonly pollMs?: number;
}

/**
 * Follows settings that may change without a restart: who the partners are. What cannot be used (a file that is being written, a mistake)
 * is not taken over; it is logged once, and what was known before stays in force.
 */
export function followFiles<S extends EnvironmentSchema>({ schema, onChange, logger, env = process.env, pollMs = POLL_MS }: FollowOptions<S>): { start(): void; stop(): void } {
  const stopped = new AbortController();
  let last = snapshot();
  let problem: string | undefined;
  return { start: () => void follow(), stop: () => stopped.abort() };

  function snapshot(): { values: EnvironmentOf<S>; text: string } {
    const values = readEnvironment(schema, env);
    return { values, text: JSON.stringify(values) };
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      look();
      await delay(pollMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined); // aborted: the loop ends
    }
  }

  function look(): void {
    try {
      const now = snapshot();
      problem = undefined;
      if (now.text === last.text) return;
      last = now;
      onChange(now.values);
      logger.info({ component: "config", event: "followed", names: Object.keys(schema) }, "settings changed and are in force");
    } catch (error) {
      const text = describeError(error);
      if (text !== problem) logger.warn({ component: "config", event: "not_followed", error: text }, "changed settings cannot be used; the ones before stay in force");
      problem = text;
    }
  }
}

/** Puts other members into a list that others hold. */
export function refill<T>(list: T[], members: readonly T[]): void {
  list.splice(0, list.length, ...members);
}

import type { Clock } from "@dive/common";
import type { Alert, Notification } from "./notification.ts";

/** An alert as it arrived. */
export interface ReceivedAlert extends Alert {
  /** Counts up from 1 since the process started, so that a reader can ask for what is new. */
  readonly sequence: number;
  /** When it arrived, ISO 8601. */
  readonly receivedAt: string;
  /** Alertmanager's receiver: which route it took. */
  readonly receiver: string;
}

/** The last alerts, in memory: this shows that alerts arrive, and is no archive. */
export class AlertLog {
  readonly #limit: number;
  readonly #clock: Clock;
  #alerts: readonly ReceivedAlert[] = [];
  #sequence = 0;

  /** @param limit how many alerts are kept. Default 500 */
  constructor(clock: Clock, limit = 500) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Keeps the alerts of a notification, and lets the oldest go. */
  add({ receiver, alerts }: Notification): void {
    const receivedAt = new Date(this.#clock.now()).toISOString();
    const added = alerts.map(({ status, labels, annotations, startsAt, endsAt, fingerprint }) => ({
      sequence: ++this.#sequence, receivedAt, receiver, status, labels, annotations, startsAt, endsAt, fingerprint,
    }));
    this.#alerts = [...this.#alerts, ...added].slice(-this.#limit);
  }

  /** Those with a sequence above `after`, the oldest first. */
  since(after: number): readonly ReceivedAlert[] {
    return this.#alerts.filter(({ sequence }) => sequence > after);
  }

  /** The last word on each alert that was not told resolved, the newest first. The end of one that is held back is never told. */
  firing(): readonly ReceivedAlert[] {
    const last = new Map(this.#alerts.map((alert) => [`${alert.fingerprint} ${alert.receiver}`, alert]));
    return [...last.values()].filter(({ status }) => status === "firing").sort((a, b) => b.sequence - a.sequence);
  }
}

/** What Alertmanager's webhook sends (version 4 of its payload), as far as we keep it. */

/** One alert of a notification. */
export interface Alert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly startsAt: string;
  /** ISO 8601; year 1 while it fires. */
  readonly endsAt: string;
  /** The same for the same set of labels. */
  readonly fingerprint: string;
}

/** One call of the webhook: what a route's receiver was told of one group. */
export interface Notification {
  readonly version: "4";
  readonly status: "firing" | "resolved";
  /** Alertmanager's name of the receiver that sent it. */
  readonly receiver: string;
  readonly alerts: readonly Alert[];
}

const texts = { type: "object", additionalProperties: { type: "string" } } as const;

/** JSON schema of {@link Notification}. */
export const notificationSchema = {
  type: "object",
  required: ["version", "status", "receiver", "alerts"],
  properties: {
    version: { const: "4" },
    status: { enum: ["firing", "resolved"] },
    receiver: { type: "string", maxLength: 200 },
    alerts: {
      type: "array",
      items: {
        type: "object",
        required: ["status", "labels", "annotations", "startsAt", "endsAt", "fingerprint"],
        properties: {
          status: { enum: ["firing", "resolved"] },
          labels: { ...texts, required: ["alertname"] },
          annotations: texts,
          startsAt: { type: "string", format: "date-time" },
          endsAt: { type: "string", format: "date-time" },
          fingerprint: { type: "string", maxLength: 64 },
        },
      },
    },
  },
} as const;

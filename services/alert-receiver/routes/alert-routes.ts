import type { FastifyInstance } from "fastify";
import { describeError } from "@dive/common";
import type { AlertLog, ReceivedAlert } from "../alerts/alert-log.ts";
import type { CurrentAlerts } from "../alerts/current-alerts.ts";
import { notificationSchema, type Notification } from "../alerts/notification.ts";
import { alertsPage } from "../pages/alerts-page.ts";

/** What fires. */
export interface Firing {
  /** Told as firing and, unless `unconfirmed`, still there at Alertmanager; the newest first. */
  readonly firing: readonly ReceivedAlert[];
  /** Why Alertmanager could not be asked: some of these may be over. */
  readonly unconfirmed?: string;
}

/** `POST /alerts` for Alertmanager, `GET /alerts?after=<sequence>` as JSON, and `/` as a page. @param current what Alertmanager holds */
export function registerAlertRoutes(app: FastifyInstance, log: AlertLog, current: CurrentAlerts, onReceived: (notification: Notification) => void): void {
  async function firing(): Promise<Firing> {
    const told = log.firing();
    if (told.length === 0) return { firing: told };
    try {
      const there = await current();
      return { firing: told.filter(({ fingerprint }) => there.has(fingerprint)) };
    } catch (error) {
      return { firing: told, unconfirmed: describeError(error) };
    }
  }

  app.post<{ Body: Notification }>("/alerts", { schema: { body: notificationSchema } }, async (request, reply) => {
    log.add(request.body);
    onReceived(request.body);
    return reply.code(204).send();
  });

  app.get<{ Querystring: { after?: string } }>("/alerts", { logLevel: "warn", schema: { querystring: { type: "object", additionalProperties: false, properties: { after: { type: "string", pattern: "^[0-9]{1,15}$" } } } } }, async (request) => ({
    ...(await firing()),
    received: log.since(Number(request.query.after ?? 0)),
  }));

  app.get("/", { logLevel: "warn" }, async (_request, reply) => reply.type("text/html; charset=utf-8").send(alertsPage(await firing(), log.since(0))));
}

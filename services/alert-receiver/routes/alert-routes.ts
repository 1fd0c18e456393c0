import type { FastifyInstance } from "fastify";
import type { AlertLog } from "../alerts/alert-log.ts";
import { notificationSchema, type Notification } from "../alerts/notification.ts";
import { alertsPage } from "../pages/alerts-page.ts";

/** `POST /alerts` for Alertmanager, `GET /alerts?after=<sequence>` as JSON, and `/` as a page. */
export function registerAlertRoutes(app: FastifyInstance, log: AlertLog, onReceived: (notification: Notification) => void): void {
  app.post<{ Body: Notification }>("/alerts", { schema: { body: notificationSchema } }, async (request, reply) => {
    log.add(request.body);
    onReceived(request.body);
    return reply.code(204).send();
  });

  app.get<{ Querystring: { after?: string } }>("/alerts", { logLevel: "warn", schema: { querystring: { type: "object", additionalProperties: false, properties: { after: { type: "string", pattern: "^[0-9]{1,15}$" } } } } }, async (request) => ({
    firing: log.firing(),
    received: log.since(Number(request.query.after ?? 0)),
  }));

  app.get("/", { logLevel: "warn" }, async (_request, reply) => reply.type("text/html; charset=utf-8").send(alertsPage(log)));
}

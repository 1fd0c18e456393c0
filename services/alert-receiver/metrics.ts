import { Counter, type Registry } from "prom-client";
import type { Notification } from "./alerts/notification.ts";

/** Publishes `dive_v3_alerts_received_total{alertname,status}`; the result counts a notification's alerts. */
export function countAlerts(registry: Registry): (notification: Notification) => void {
  const received = new Counter({ name: "dive_v3_alerts_received_total", help: "Alerts that arrived at the receiver", labelNames: ["alertname", "status"] as const, registers: [registry] });
  return ({ alerts }) => {
    for (const { labels, status } of alerts) received.inc({ alertname: labels["alertname"] ?? "unknown", status });
  };
}

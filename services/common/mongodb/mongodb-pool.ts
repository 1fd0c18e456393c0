import type { ServiceMetrics } from "../index.ts";
import type { MongoClient } from "mongodb";

/** Keeps the pool metrics by the driver's own events; it has no call that tells the figures. */
export function watchPool(client: MongoClient, metrics: ServiceMetrics): void {
  const label = { type: "mongodb" };
  let open = 0;
  let active = 0;
  const publish = () => {
    metrics.dbConnectionsActive.set(label, active);
    metrics.dbConnectionsIdle.set(label, Math.max(0, open - active));
  };
  metrics.dbConnectionsMax.set(label, client.options.maxPoolSize);
  publish();
  client.on("connectionReady", () => {
    open += 1;
    publish();
  });
  client.on("connectionClosed", () => {
    open = Math.max(0, open - 1);
    publish();
  });
  client.on("connectionCheckedOut", () => {
    active += 1;
    publish();
  });
  client.on("connectionCheckedIn", () => {
    active = Math.max(0, active - 1);
    publish();
  });
}

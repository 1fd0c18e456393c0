import {
  closeInOrder, createClientAgent, createServiceMetrics, HealthMonitor, loggerOptions, publishCertificateExpiry, splitCertificates, systemClock,
} from "@dive/common";
import type { FastifyInstance } from "fastify";
import { AlertLog } from "./alerts/alert-log.ts";
import { currentAlerts } from "./alerts/current-alerts.ts";
import { createServer, equipServer } from "./app.ts";
import type { AlertReceiverConfig } from "./config.ts";
import { healthParts, readinessProbe } from "./health.ts";

/** The instance in logs and metrics: the monitoring stack belongs to none. */
const INSTANCE = "shared";

/** An alert receiver, ready to be started. */
export interface AlertReceiver {
  readonly app: FastifyInstance;
  start(): Promise<void>;
  /** Lets requests end; resolves to the exit code. */
  stop(reason: string): Promise<number>;
}

/** Wires the parts together; nothing is opened before `start`. */
export async function createAlertReceiver(config: AlertReceiverConfig): Promise<AlertReceiver> {
  const labels = { instance: INSTANCE, service: "alert-receiver" };
  const app = createServer({ logger: loggerOptions({ ...labels, level: config.LOG_LEVEL }), https: { cert: config.TLS_CERT, key: config.TLS_KEY } });
  const metrics = createServiceMetrics();
  publishCertificateExpiry(config.TLS_CERT, { labels, registry: metrics.registry });
  const agent = createClientAgent({ ca: splitCertificates(config.CA) });
  const login = config.LOGIN_USERNAME === "" ? undefined : { username: config.LOGIN_USERNAME, password: config.LOGIN_PASSWORD };
  const probe = (url: string) => readinessProbe({ url, dispatcher: agent, ...(login ? { login } : {}) });
  const health = new HealthMonitor({ parts: healthParts({ prometheus: probe(config.PROMETHEUS_URL), alertmanager: probe(config.ALERTMANAGER_URL) }) });
  let closing = false;
  await equipServer(app, {
    log: new AlertLog(systemClock),
    current: currentAlerts({ url: config.ALERTMANAGER_URL, dispatcher: agent, ...(login ? { login } : {}) }),
    credentials: { webhookToken: config.WEBHOOK_TOKEN, ...(login ? { login } : {}) },
    health,
    metrics,
    isClosing: () => closing,
  });
  return {
    app,
    async start() {
      health.start();
      await app.listen({ port: config.PORT, host: config.BIND_ADDRESS });
    },
    stop(reason) {
      closing = true;
      health.stop();
      return closeInOrder({ reason, steps: [{ name: "http server", close: () => app.close() }, { name: "http client", close: () => agent.destroy() }], logger: app.log });
    },
  };
}

import { systemClock, type Clock } from "../runtime/clock.ts";
import { BackgroundCheck } from "./background-check.ts";
import { runProbe } from "./run-probe.ts";
import type { HealthPart, HealthReport, PartReport, ServiceStatus } from "./types.ts";

/** Settings of {@link HealthMonitor}; times in milliseconds. */
export interface HealthMonitorOptions {
  readonly parts: readonly HealthPart[];
  /** Called after each check of a part, for metrics. */
  readonly onReport?: (name: string, report: PartReport) => void;
  /** Pause between background checks of a part that is up. Default 10,000. */
  readonly intervalMs?: number;
  /** Pause between background checks of a part that is not. Default 1,000. */
  readonly retryMs?: number;
  readonly clock?: Clock;
}

/** Knows the state of every part: critical ones are asked at request time, the others by background checks. */
export class HealthMonitor {
  readonly #parts: readonly HealthPart[];
  readonly #background = new Map<string, BackgroundCheck>();
  readonly #check: (part: HealthPart) => Promise<PartReport>;
  #critical: Promise<ReadonlyMap<string, PartReport>> | undefined;

  constructor({ parts, onReport, intervalMs = 10_000, retryMs = 1_000, clock = systemClock }: HealthMonitorOptions) {
    this.#parts = parts;
    this.#check = async (part) => {
      const report = await runProbe(part.probe, part.timeoutMs ?? (part.critical ? 2_500 : 6_000), clock);
      onReport?.(part.name, report);
      return report;
    };
    // Three missed rounds, with room for a check that runs into its time-out.
    const options = { intervalMs, retryMs, staleMs: 3 * intervalMs, clock };
    for (const part of parts) {
      if (!part.critical) this.#background.set(part.name, new BackgroundCheck(() => this.#check(part), options));
    }
  }

  /** Starts the background checks. */
  start(): void {
    for (const check of this.#background.values()) check.start();
  }

  /** Ends the background checks. */
  stop(): void {
    for (const check of this.#background.values()) check.stop();
  }

  /** The state of all parts, in the order they were given, and what it amounts to. */
  async report(): Promise<HealthReport> {
    const critical = await this.#checkCritical();
    const services: Record<string, PartReport> = {};
    for (const { name } of this.#parts) {
      const report = critical.get(name) ?? this.#background.get(name)?.report();
      if (report !== undefined) services[name] = report;
    }
    return { status: overall(this.#parts, services), services };
  }

  /** Whether every critical part answers (slow counts), and which do not. */
  async ready(): Promise<{ readonly ready: boolean; readonly down: readonly string[] }> {
    const down = [...(await this.#checkCritical())].filter(([, report]) => report.status === "down").map(([name]) => name);
    return { ready: down.length === 0, down };
  }

  /** Callers at the same moment share one check, so that many health requests cannot load a part that is ailing. */
  #checkCritical(): Promise<ReadonlyMap<string, PartReport>> {
    this.#critical ??= this.#runCritical().finally(() => {
      this.#critical = undefined;
    });
    return this.#critical;
  }

  async #runCritical(): Promise<ReadonlyMap<string, PartReport>> {
    const critical = this.#parts.filter((part) => part.critical);
    return new Map(await Promise.all(critical.map(async (part) => [part.name, await this.#check(part)] as const)));
  }
}

/** A critical part down: unhealthy. Anything else not up: degraded. */
export function overall(parts: readonly HealthPart[], services: Readonly<Record<string, PartReport>>): ServiceStatus {
  if (parts.some((part) => part.critical && services[part.name]?.status === "down")) return "unhealthy";
  return parts.every((part) => services[part.name]?.status === "up") ? "healthy" : "degraded";
}

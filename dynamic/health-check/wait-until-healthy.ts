import { exponentialDelays, HttpClient, jsonObject, ProbeError, retry, type Clock, type HttpAnswer } from "@dive/common/federation";
import type { HealthCheckInputs } from "./provider.ts";

/** Asks from once every 100 ms to once every 2 s until the status is `healthy`. @throws RetryError with what is down */
export async function waitUntilHealthy(inputs: HealthCheckInputs, clock?: Clock): Promise<void> {
  await using http = new HttpClient([inputs.caCertificate]);
  await retry(async (signal) => assertHealthy(await http.request(inputs.url, { signal })), {
    delaysMs: exponentialDelays(100, 2000),
    deadlineMs: inputs.timeoutSeconds * 1000,
    ...(clock ? { clock } : {}),
  });
}

/** An answer of `/health/detailed` is good only when it is 200 and `healthy`: a degraded instance is not complete. */
export function assertHealthy(answer: HttpAnswer): void {
  // 503 is how an unhealthy instance answers: its body tells more than the status.
  const health = jsonObject(answer);
  if (answer.status === 200 && health.status === "healthy") return;
  const parts = Object.entries((health.services ?? {}) as Record<string, { status?: string; error?: string } | undefined>)
    .filter(([, part]) => part?.status !== "up")
    .map(([name, part]) => `${name} ${part?.status ?? "unknown"}${part?.error ? ` (${part.error})` : ""}`);
  const kind = answer.status >= 500 ? "unavailable" : answer.status >= 400 ? "denied" : "not-yet";
  throw new ProbeError(kind, `${answer.url} answered ${answer.status}, status ${JSON.stringify(health.status) ?? "missing"}; not up: ${parts.join(", ") || "nothing listed"}`);
}

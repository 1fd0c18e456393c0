import { exponentialDelays, retry, type Clock } from "@dive/common/federation";
import { keycloakAnswers } from "./keycloak.ts";
import { postgresAnswers } from "./postgres.ts";
import type { ServiceReadyInputs } from "./provider.ts";

/** Asks with pauses from 100 ms to 2 s until the service answers rightly. @throws RetryError with what was last seen */
export async function waitUntilReady(inputs: ServiceReadyInputs, clock?: Clock): Promise<void> {
  await retry((signal) => (inputs.kind === "postgresql" ? postgresAnswers(inputs) : keycloakAnswers(inputs, signal)), {
    delaysMs: exponentialDelays(100, 2000),
    deadlineMs: inputs.timeoutSeconds * 1000,
    ...(clock ? { clock } : {}),
  });
}

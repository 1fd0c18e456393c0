import { setTimeout as delay } from "node:timers/promises";

/** How long a request of a killed client may still be at work inside a server, in milliseconds. */
const LATE_MS = 3_000;
const RETRY_MS = 250;

/**
 * Removes what may have been made, and looks again for a moment for what is not there: a server (Keycloak, dockerd) finishes the
 * request of a client that is dead, and nothing there tells when it has.
 * @param remove removes one if it is there; says whether it was
 */
export async function removeLate<T>(wanted: readonly T[], remove: (one: T) => Promise<boolean>, lateMs = LATE_MS): Promise<void> {
  const deadline = Date.now() + lateMs;
  let left = wanted;
  for (;;) {
    const next: T[] = [];
    for (const one of left) if (!(await remove(one))) next.push(one);
    left = next;
    if (left.length === 0 || Date.now() > deadline) return;
    await delay(RETRY_MS);
  }
}

import { setTimeout as wait } from "node:timers/promises";
import { TOTP, URI } from "otpauth";

/** Periods whose codes were given out, by secret: Keycloak takes a code once. */
const used = new Map<string, Set<number>>();

/**
 * A code that was not given out before in this process: of the present period, of the next (clocks may differ by one), else the
 * first of a later one, for which it waits (30 s at most).
 *
 * @param totp `otpauth://` URI
 */
export async function freshCode(totp: string): Promise<string> {
  const factor = URI.parse(totp);
  if (!(factor instanceof TOTP)) throw new Error("the second factor is no time-based one");
  const periods = used.get(factor.secret.base32) ?? new Set();
  used.set(factor.secret.base32, periods);
  const periodMs = factor.period * 1000;
  for (;;) {
    const now = Math.floor(Date.now() / periodMs);
    const free = [now, now + 1].find((period) => !periods.has(period));
    if (free !== undefined) {
      periods.add(free);
      return factor.generate({ timestamp: free * periodMs });
    }
    await wait((now + 1) * periodMs - Date.now());
  }
}

import { retry, type Clock, type FailedAttempt } from "../backoff.ts";
import { HttpClient } from "../http.ts";
import { clearCaches, describeBroker, type AdminClient } from "../keycloak-admin.ts";
import { describeError, ProbeError, worstFailure } from "../probe-error.ts";
import { issuerAnswers } from "./issuer.ts";
import type { OidcSide } from "./provider.ts";
import { brokerRedirects } from "./redirect.ts";

/** Pauses of a link's check: propagation takes 5-30 s, so a minute of patience is normal. */
export const LINK_DELAYS_MS = [2000, 4000, 8000, 16000, 32000] as const;
/** Hard end of everything, milliseconds, ... */
const DEADLINE_MS = 120_000;
/** ... of which the last part is kept for explaining a failure. */
const EXPLAIN_MS = 7_000;

/** How the check goes about it; defaults are those of a link. */
export interface CheckLinkOptions {
  readonly delaysMs?: Iterable<number>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onAttempt?: (failed: FailedAttempt) => void;
}

/**
 * Resolves when both directions work. Otherwise the error lists per direction what was last seen, and what the admin interface says
 * about the broker there: that explains a failure and never makes a success of it.
 */
export async function checkLink({ from, to }: { from: OidcSide; to: OidcSide }, options: CheckLinkOptions = {}): Promise<void> {
  await using http = new HttpClient([from.caCertificate, to.caCertificate]);
  const pending = new Set([from, to]);
  try {
    await retry(
      async (signal) => {
        await Promise.all([...pending].map(async (side) => {
          const admin = adminOf(side);
          if (admin) await clearCaches(http, admin, side.realm, signal);
          pending.delete(side); // once is enough: nothing changes while we look
        }));
        await probeLink(http, from, to, signal);
      },
      { delaysMs: LINK_DELAYS_MS, ...options, deadlineMs: DEADLINE_MS - EXPLAIN_MS },
    );
  } catch (error) {
    options.signal?.throwIfAborted();
    const told = await explain(http, [from, to], AbortSignal.timeout(EXPLAIN_MS));
    throw new Error(`link ${from.code} <-> ${to.code}: ${describeError(error)}${told ? `\nThe admin interface says: ${told}` : ""}`, { cause: error });
  }
}

/** One round: both issuers and both redirects, side by side. @throws ProbeError that lists everything that is wrong */
export async function probeLink(http: HttpClient, from: OidcSide, to: OidcSide, signal?: AbortSignal): Promise<void> {
  const results = await Promise.allSettled([
    named(`issuer of ${from.code}`, issuerAnswers(http, from, signal)),
    named(`issuer of ${to.code}`, issuerAnswers(http, to, signal)),
    named(`sign-in at ${from.code} through ${from.brokerAlias}`, brokerRedirects(http, from, to, signal)),
    named(`sign-in at ${to.code} through ${to.brokerAlias}`, brokerRedirects(http, to, from, signal)),
  ]);
  signal?.throwIfAborted();
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
  if (errors.length > 0) throw new ProbeError(worstFailure(errors), errors.map(describeError).join("\n"));
}

async function named(what: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new ProbeError(worstFailure([error]), `${what}: ${describeError(error)}`, error);
  }
}

async function explain(http: HttpClient, sides: readonly OidcSide[], signal: AbortSignal): Promise<string> {
  const sentences = await Promise.all(sides.map(async (side) => {
    const admin = adminOf(side);
    if (!admin) return "";
    try {
      return await describeBroker(http, admin, side.realm, side.brokerAlias, signal);
    } catch (error) {
      return `nothing about ${side.brokerAlias} at ${side.code} (${describeError(error)})`;
    }
  }));
  return sentences.filter((sentence) => sentence !== "").join("; ");
}

function adminOf(side: OidcSide): AdminClient | undefined {
  if (side.adminClientId === undefined || side.adminClientSecret === undefined) return undefined;
  return { url: side.publicBase, clientId: side.adminClientId, clientSecret: side.adminClientSecret };
}

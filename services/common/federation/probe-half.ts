import type { HttpClient } from "./http.ts";
import { issuerAnswers } from "./issuer.ts";
import type { OidcSide } from "./oidc-side.ts";
import { describeError, ProbeError, worstFailure } from "./probe-error.ts";
import { brokerRedirects, BrokerMissingError } from "./redirect.ts";

/** What one round found of a half. */
export interface HalfRound {
  /** Whether the broker is there and enabled; undefined: it could not be seen. */
  readonly brokerConfigured: boolean | undefined;
  /** Ids of the partner's keys; undefined: they could not be read. */
  readonly keyIds: readonly string[] | undefined;
  /** Everything that is wrong; undefined: nothing. */
  readonly error: ProbeError | undefined;
}

/** One round of one side's half: the partner's issuer, and the own broker's redirect to it, side by side. Rejects only with the signal's reason. */
export async function probeHalf(http: HttpClient, own: OidcSide, partner: OidcSide, signal?: AbortSignal): Promise<HalfRound> {
  const [issuer, redirect] = await Promise.allSettled([issuerAnswers(http, partner, signal), brokerRedirects(http, own, partner, { signal })]);
  signal?.throwIfAborted();
  const failed = [
    ...(issuer.status === "rejected" ? [named(`issuer of ${partner.code}`, issuer.reason)] : []),
    ...(redirect.status === "rejected" ? [named(`sign-in at ${own.code} through ${own.brokerAlias}`, redirect.reason)] : []),
  ];
  return {
    brokerConfigured: redirect.status === "fulfilled" ? true : redirect.reason instanceof BrokerMissingError ? false : undefined,
    keyIds: issuer.status === "fulfilled" ? issuer.value.keyIds : undefined,
    error: failed.length === 0 ? undefined : combined(failed),
  };
}

/** The same failure, with what was being done in front. */
export function named(what: string, error: unknown): ProbeError {
  return new ProbeError(worstFailure([error]), `${what}: ${describeError(error)}`, error);
}

/** One failure that lists several, as bad as the worst of them. */
export function combined(errors: readonly unknown[]): ProbeError {
  return new ProbeError(worstFailure(errors), errors.map(describeError).join("\n"), errors[0]);
}

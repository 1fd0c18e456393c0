import { expectStatus, HttpClient, jsonObject, ProbeError, type HealthFailure, type LinkHealth, type Partner } from "@dive/common/federation";
import type { LinkStatus } from "./view.ts";

const FAILURES: readonly unknown[] = ["unavailable", "denied", "not-yet", "circuit-open"] satisfies HealthFailure[];

/**
 * What a spoke's backend found itself about its link with this instance: its own broker's check, and its probe user's sign-in here. A
 * partner speaks for no other instance, and not for the future.
 */
export async function fetchPartnerReport(partner: Partner, own: string, ca: readonly string[], signal: AbortSignal, now = Date.now()): Promise<LinkHealth[]> {
  await using http = new HttpClient(ca);
  const url = `${partner.backendInternalUrl}/api/federation/status`;
  const { links } = jsonObject(expectStatus(await http.request(url, { signal })));
  if (!Array.isArray(links)) throw new ProbeError("not-yet", `${url}: links is no list`);
  return (links as Partial<LinkStatus>[]).flatMap((link) => [...linkHealth(link), ...verificationHealth(link)]);

  function linkHealth({ source, target, failure, checkedAt, latencyMs, brokerConfigured, reportedBy }: Partial<LinkStatus>): LinkHealth[] {
    if (source !== own || target !== partner.code || reportedBy !== partner.code) return [];
    const at = time(checkedAt);
    // "stale" is a judgement about its last result, which we make ourselves.
    if (!at || !(failure === null || failure === "stale" || FAILURES.includes(failure))) return [];
    return [{
      source, target, kind: "link", checkedAt: at, reportedBy, latencyMs: milliseconds(latencyMs),
      failure: failure === null || failure === "stale" ? undefined : (failure as HealthFailure),
      brokerConfigured: typeof brokerConfigured === "boolean" ? brokerConfigured : undefined,
    }];
  }

  function verificationHealth({ source, target, verification }: Partial<LinkStatus>): LinkHealth[] {
    if (source !== partner.code || target !== own || verification?.reportedBy !== partner.code) return [];
    const { failure, success, latencyMs } = verification;
    const at = time(verification.at);
    if (!at || (success !== true && !FAILURES.includes(failure))) return [];
    return [{
      source, target, kind: "verification", checkedAt: at, reportedBy: partner.code, latencyMs: milliseconds(latencyMs),
      failure: success === true ? undefined : (failure as HealthFailure),
      lastSuccessAt: time(verification.lastSuccessAt),
    }];
  }

  function time(text: unknown): Date | undefined {
    const at = typeof text === "string" ? Date.parse(text) : NaN;
    return Number.isNaN(at) ? undefined : new Date(Math.min(at, now));
  }
}

function milliseconds(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 ? value : undefined;
}

import { authenticationOf, subjectOf, type Decision } from "@dive/common/opa";
import type { VerifiedClaims } from "@dive/common";

/** What the collection `audit` records of each decision on a resource, refused and undecided ones included. */
export interface DecisionRecord {
  readonly event: "decision";
  readonly requestId: string;
  readonly operation: "read" | "download" | "upload";
  readonly resourceId: string;
  readonly classification: string;
  /** `permit`: given. `deny`: refused. `unavailable`: nobody could decide, so it was refused. */
  readonly decision: "permit" | "deny" | "unavailable";
  /** The policy's reason, or `token_revoked`, `revocations_stale`, `decision_unavailable`. */
  readonly reason: string;
  /** All of the policy's reasons, when there is more than one. */
  readonly reasons?: readonly string[];
  /** Hash of the policy bundle that decided. */
  readonly policyRevision?: string;
  readonly sub: string;
  readonly uniqueID?: string;
  readonly issuer?: string;
  readonly country?: string;
  readonly clearance?: string;
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly ip: string;
  readonly userAgent?: string;
}

/** The circumstances of a request, as the record has them. */
export interface RequestFacts {
  readonly id: string;
  readonly ip: string;
  readonly userAgent?: string | undefined;
}

/** The part of a record that says who asked. */
export function whoAsked(claims: VerifiedClaims, { id, ip, userAgent }: RequestFacts) {
  const { uniqueID, issuer, countryOfAffiliation: country, clearance } = subjectOf(claims);
  const known = { uniqueID, issuer, country, clearance, ...authenticationOf(claims), userAgent: userAgent?.slice(0, 256) };
  return { requestId: id, ip, sub: claims.sub, ...(Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)) as Partial<DecisionRecord>) };
}

/** The part of a record that the policy said. */
export function whatWasDecided({ allow, reason, evaluation_details: details, reasons }: Decision & { readonly reasons?: readonly string[] }) {
  const revision = (details["policy"] as { revision?: unknown } | undefined)?.revision;
  return {
    decision: allow ? "permit" : "deny",
    reason,
    ...(reasons === undefined || reasons.length < 2 ? {} : { reasons }),
    ...(typeof revision === "string" ? { policyRevision: revision } : {}),
  } as const;
}

/** What the collection `audit` records of each resource that was handed to a partner's backend, sealed. */
export interface TransferRecord {
  readonly event: "transfer";
  readonly requestId: string;
  readonly resourceId: string;
  readonly classification: string;
  readonly part: "description" | "payload";
  /** Code of the partner, by its certificate. */
  readonly partner: string;
  readonly ip: string;
}

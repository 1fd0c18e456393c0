import { isDeepStrictEqual } from "node:util";
import { systemClock, type Clock, type VerifiedClaims } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import type { SecurityLabel } from "@dive/common/label";
import { authenticationOf, subjectOf, type Decision, type OpaClient, type PolicyInput } from "@dive/common/opa";
import type { RevocationCheck } from "@dive/common/revocation";
import { parsePolicy } from "@dive/common/sealed";
import { whatWasDecided, whoAsked, type DecisionRecord, type RequestFacts } from "./decision-record.ts";
import { RevocationsStaleError, TokenRevokedError } from "./errors.ts";
import type { ResourceMetrics } from "./metrics.ts";
import type { ResourceDocument } from "./resource.ts";

/** What is asked of the policy about one resource. */
export interface Question {
  readonly operation: DecisionRecord["operation"];
  readonly resourceId: string;
  readonly label: SecurityLabel;
  /** Whether the stored label is the one that is bound to key and content. Absent before there is one. */
  readonly integrityValidated?: boolean;
  readonly kasUrl?: string;
}

/** Who asks, and in which request. */
export interface Asker {
  readonly claims: VerifiedClaims;
  readonly request: RequestFacts;
}

/** What an {@link Enforcement} needs. */
export interface EnforcementParts {
  readonly opa: Pick<OpaClient, "decide">;
  readonly audit: Pick<AuditTrail<DecisionRecord>, "record">;
  readonly revocation: RevocationCheck;
  readonly metrics: ResourceMetrics;
  readonly clock?: Clock;
}

/** The policy enforcement point for resources. */
export interface Enforcement {
  /**
   * The decisions on all questions, in their order. Resolves only when every one of them is in the audit trail, undecided and revoked
   * ones too, so that the answer comes after its record.
   * @throws {TokenRevokedError | RevocationsStaleError | DecisionUnavailableError | AuditUnavailableError} and then nothing may be given
   */
  decide(asker: Asker, ...questions: readonly Question[]): Promise<readonly Decision[]>;
  /** Whether only UNCLASSIFIED resources can be decided on, because revocations cannot be checked. */
  unclassifiedOnly(claims: VerifiedClaims): boolean;
}

/** Questions of one request that OPA is asked at the same time. */
const SIDE_BY_SIDE = 16;

/** Makes it. */
export function createEnforcement({ opa, audit, revocation, metrics, clock = systemClock }: EnforcementParts): Enforcement {
  return {
    unclassifiedOnly: (claims) => revocation.verdict(claims).stale,
    async decide(asker, ...questions) {
      const { revoked, stale } = revocation.verdict(asker.claims);
      if (revoked) return refuse(asker, questions, "deny", "token_revoked", new TokenRevokedError());
      if (stale && questions.some(({ label }) => label.classification !== "UNCLASSIFIED")) return refuse(asker, questions, "unavailable", "revocations_stale", new RevocationsStaleError());
      const outcomes = await sideBySide(questions, (question) => ask(asker, question));
      await audit.record(...questions.map((question, index) => recordOf(asker, question, outcomes[index]!)));
      return outcomes.map((outcome) => {
        if (outcome instanceof Error) throw outcome;
        return outcome;
      });
    },
  };

  async function refuse(asker: Asker, questions: readonly Question[], decision: "deny" | "unavailable", reason: string, error: Error): Promise<never> {
    metrics.decisions.inc({ decision: decision === "deny" ? "deny" : "unavailable", reason }, questions.length);
    await audit.record(...questions.map((question) => ({ ...factsOf(asker, question), decision, reason })));
    throw error;
  }

  async function ask({ claims, request }: Asker, { operation, resourceId, label, integrityValidated, kasUrl }: Question): Promise<Decision | Error> {
    const input: PolicyInput = {
      subject: subjectOf(claims),
      action: { operation },
      resource: {
        resourceId, ...label, encrypted: true,
        ...(integrityValidated === undefined ? {} : { integrityValidated }),
        ...(kasUrl === undefined ? {} : { kasUrl }),
      },
      context: { currentTime: new Date(clock.now()).toISOString(), requestId: request.id, sourceIP: request.ip, ...authenticationOf(claims) },
    };
    const ended = metrics.latency.startTimer();
    try {
      const decision = await opa.decide(input);
      metrics.decisions.inc({ decision: decision.allow ? "allow" : "deny", reason: decision.reason });
      return decision;
    } catch (error) {
      metrics.decisions.inc({ decision: "unavailable", reason: "decision_unavailable" });
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      ended();
    }
  }
}

/** The question whether a stored resource may be read or downloaded. The label is the stored one, and is compared with the sealed one. */
export function questionAbout(operation: "read" | "download", { _id, label, manifest }: ResourceDocument): Question {
  const [{ kas }] = manifest.encryptionInformation.keyAccess;
  return { operation, resourceId: _id, label, integrityValidated: isSealed(_id, label, manifest.encryptionInformation.policy), kasUrl: kas };
}

/** Whether the manifest's policy says the same. Whether it belongs to the key is for the KAS and the reader to check. */
function isSealed(resourceId: string, label: SecurityLabel, policy: string): boolean {
  try {
    const { body } = parsePolicy(policy);
    return body.resourceId === resourceId && isDeepStrictEqual(body.label, { ...label });
  } catch {
    return false; // a policy that cannot be read says nothing; the decision is then integrity_not_valid
  }
}

function factsOf({ claims, request }: Asker, { operation, resourceId, label }: Question) {
  return { event: "decision", operation, resourceId, classification: label.classification, ...whoAsked(claims, request) } as const;
}

function recordOf(asker: Asker, question: Question, outcome: Decision | Error): DecisionRecord {
  const said = outcome instanceof Error ? ({ decision: "unavailable", reason: "decision_unavailable" } as const) : whatWasDecided(outcome);
  return { ...factsOf(asker, question), ...said };
}

async function sideBySide<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += SIDE_BY_SIDE) {
    results.push(...(await Promise.all(items.slice(start, start + SIDE_BY_SIDE).map(work))));
  }
  return results;
}

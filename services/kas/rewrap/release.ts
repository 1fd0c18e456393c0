import { authenticationOf, subjectOf, type Decision, type OpaClient, type PolicyInput } from "@dive/common/opa";
import type { RewrapPolicyRequest, RewrapRequestBody, RewrapResponse, RewrapResult } from "@dive/common/kas-client";
import { parsePolicy, type SealedPolicy } from "@dive/common/sealed";
import type { Caller } from "../identity/caller.ts";
import { unwrapKey, type Rewrapper } from "../keys/key-crypto.ts";
import type { Keyset } from "../keys/keyset.ts";
import { policyIsBound } from "../keys/policy-binding.ts";
import type { KasAuditRecord } from "./audit-record.ts";
import { DENIED, UNAVAILABLE } from "./errors.ts";
import { readKeyAccess, type ReadKeyAccess } from "./key-access.ts";

/** What releasing keys needs. */
export interface ReleaseParts {
  readonly keyset: Keyset;
  readonly opa: Pick<OpaClient, "decide">;
}

/** One request, after its token, proof and signature were checked. */
export interface ReleaseRequest {
  readonly caller: Caller;
  readonly body: RewrapRequestBody;
  readonly rewrapper: Rewrapper;
  readonly requestId: string;
  readonly sourceIP: string;
  readonly now: Date;
  /** The view of revocations is too old to say that the token is not revoked: only UNCLASSIFIED is then released. */
  readonly revocationsStale: boolean;
}

/** What became of a request; nothing of it may be sent before `audit` is written. */
export interface Release {
  readonly response: RewrapResponse;
  /** One for each key asked for. */
  readonly audit: readonly KeyAudit[];
}

/** What an audit record says of one key. */
export type KeyAudit = Pick<KasAuditRecord, "decision" | "reason" | "policyUuid" | "resourceId" | "classification" | "policyBound" | "alg" | "kid" | "bindingHash">;

interface KeyOutcome {
  readonly result: RewrapResult;
  readonly audit: KeyAudit;
}

/** Decides on every key by itself and re-encrypts those that may be released. Never rejects for a single key. */
export async function releaseKeys(request: ReleaseRequest, parts: ReleaseParts): Promise<Release> {
  const outcomes = await Promise.all(
    request.body.requests.map(async (policyRequest) => ({ policyRequest, keys: await releaseForPolicy(policyRequest, request, parts) })),
  );
  return {
    response: {
      sessionPublicKey: request.rewrapper.sessionPublicKey,
      responses: outcomes.map(({ policyRequest, keys }) => ({ policyId: policyRequest.policy.id, results: keys.map(({ result }) => result) })),
    },
    audit: outcomes.flatMap(({ keys }) => keys.map(({ audit }) => audit)),
  };
}

async function releaseForPolicy({ policy, keyAccessObjects }: RewrapPolicyRequest, request: ReleaseRequest, parts: ReleaseParts): Promise<readonly KeyOutcome[]> {
  const claimed = readPolicy(policy.body);
  // Every key of this policy asks the same question, so it is put once, and only when a key is there to be decided on.
  const decide = once(() => ask(request, parts, claimed));
  // What is refused anyway asks too, about nothing: else the time, and the answer while OPA is away, would tell a caller
  // that its key and label belong together.
  const decideOnNothing = once(() => ask(request, parts, undefined));
  return Promise.all(
    keyAccessObjects.map(async ({ keyAccessObjectId, keyAccessObject }) => {
      const access = readKeyAccess(keyAccessObject);
      const opened = openKey(access, policy.body, parts.keyset);
      const bound = opened.contentKey !== undefined && claimed !== undefined;
      const verdict = bound ? judge(await decide(), claimed, request) : refuse(await decideOnNothing(), opened.reason ?? "policy_malformed", request);
      const audit: KeyAudit = { ...verdict, policyBound: opened.contentKey !== undefined, ...describe(access, claimed) };
      const result = resultOf(keyAccessObjectId, verdict.decision, () => request.rewrapper.wrap(opened.contentKey!));
      opened.contentKey?.fill(0);
      return { result, audit };
    }),
  );
}

/** The decision of OPA on the label that is bound to the key, with the claims of the token: nothing that the caller says. */
async function ask({ caller, requestId, sourceIP, now }: ReleaseRequest, { opa }: ReleaseParts, policy: SealedPolicy | undefined): Promise<Decision | Error> {
  const input: PolicyInput = {
    subject: subjectOf(caller.claims),
    action: { operation: "decrypt" },
    resource: policy === undefined ? {} : { resourceId: policy.body.resourceId, ...policy.body.label, encrypted: true },
    context: { currentTime: now.toISOString(), requestId, sourceIP, ...authenticationOf(caller.claims) },
  };
  return opa.decide(input).catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
}

type Judgement = Pick<KasAuditRecord, "decision" | "reason">;

function judge(decision: Decision | Error, policy: SealedPolicy, { revocationsStale }: ReleaseRequest): Judgement {
  if (decision instanceof Error) return { decision: "unavailable", reason: "decision_unavailable" };
  // While stale, a denial says "unavailable" as well, like every other refusal.
  if (revocationsStale && !(decision.allow && policy.body.label.classification === "UNCLASSIFIED")) return { decision: "unavailable", reason: "revocations_stale" };
  return { decision: decision.allow ? "permit" : "deny", reason: decision.reason };
}

/** A refusal that looks like any other: when a permitted key could not be decided on either, it is "unavailable", too. */
function refuse(decision: Decision | Error, reason: string, { revocationsStale }: ReleaseRequest): Judgement {
  return { decision: decision instanceof Error || revocationsStale ? "unavailable" : "deny", reason };
}

/** The content key, once it is certain that it belongs to this policy; else why not. */
function openKey(access: ReadKeyAccess | undefined, policy: string, keyset: Keyset): { readonly contentKey?: Buffer; readonly reason?: string } {
  if (access === undefined) return { reason: "key_access_malformed" };
  const key = keyset.byId(access.kid);
  if (key === undefined) return { reason: "key_unknown" };
  let contentKey: Buffer;
  try {
    contentKey = unwrapKey(key, access);
  } catch {
    return { reason: "key_not_opened" }; // which step failed is nobody's business, and the cause may hold key material
  }
  if (contentKey.byteLength === 32 && policyIsBound(contentKey, policy, access.binding)) return { contentKey };
  contentKey.fill(0);
  return { reason: "binding_invalid" };
}

function resultOf(keyAccessObjectId: string, decision: KasAuditRecord["decision"], wrap: () => string): RewrapResult {
  switch (decision) {
    case "permit":
      return { keyAccessObjectId, status: "permit", kasWrappedKey: wrap() };
    case "deny":
      return { keyAccessObjectId, status: "fail", error: DENIED };
    case "unavailable":
      return { keyAccessObjectId, status: "fail", error: UNAVAILABLE };
  }
}

function describe(access: ReadKeyAccess | undefined, policy: SealedPolicy | undefined): Partial<KeyAudit> {
  return {
    ...(access === undefined ? {} : { alg: access.alg, kid: access.kid.slice(0, 64), bindingHash: access.binding.slice(0, 128) }),
    ...(policy === undefined ? {} : { policyUuid: policy.uuid, resourceId: policy.body.resourceId, classification: policy.body.label.classification }),
  };
}

function readPolicy(text: string): SealedPolicy | undefined {
  try {
    return parsePolicy(text);
  } catch {
    return undefined; // a policy that cannot be read permits nothing; the audit record says so
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

import { describeError, systemClock, type Clock } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import { REWRAP_PATH } from "@dive/common/kas-client";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller } from "../identity/caller.ts";
import { ReceivingKeyError, createRewrapper, type Rewrapper } from "../keys/key-crypto.ts";
import type { KasMetrics } from "../metrics.ts";
import type { KasAuditRecord } from "../rewrap/audit-record.ts";
import { KeyDeniedError, KeyUnavailableError, RewrapRequestError, TokenRevokedError } from "../rewrap/errors.ts";
import { releaseKeys, type Release, type ReleaseParts } from "../rewrap/release.ts";
import { readRequestToken } from "../rewrap/request-token.ts";

/** What the KAS asks about revocations. */
export interface RevocationCheck {
  verdict(claims: Caller["claims"]): {
    readonly revoked: boolean;
    /** The view is too old to say that a token is not revoked. */
    readonly stale: boolean;
  };
}

/** What the route needs. */
export interface RewrapRouteOptions extends ReleaseParts {
  readonly revocations: RevocationCheck;
  readonly audit: Pick<AuditTrail<KasAuditRecord>, "record">;
  readonly metrics: KasMetrics;
  /** Requests that one entity may send in a minute. */
  readonly requestsPerMinute: number;
  readonly clock?: Clock;
}

const BODY = {
  type: "object",
  required: ["signedRequestToken"],
  properties: { signedRequestToken: { type: "string", minLength: 1, maxLength: 262_144 } },
} as const;

/**
 * `POST /kas/v2/rewrap`: re-encrypts content keys to the caller, if policy permits (BaseTDF-KAS section 3). The token and
 * the proof were checked before (the route's policy). 200 when at least one key was released; 400 not understood;
 * 401 request token or revoked; 403 all denied, always in the same words; 429 too often; 503 nobody can decide or record.
 */
export function registerRewrapRoute(app: FastifyInstance, options: RewrapRouteOptions): void {
  const { revocations, audit, metrics, requestsPerMinute, clock = systemClock } = options;
  const rateLimit = { max: requestsPerMinute, timeWindow: 60_000, hook: "preHandler", keyGenerator: (request: FastifyRequest) => entityOf(callerOf(request)) } as const;

  app.post<{ Body: { signedRequestToken: string } }>(REWRAP_PATH, { schema: { body: BODY }, config: { rateLimit } }, async (request) => {
    const caller = callerOf(request);
    const ended = metrics.duration.startTimer();
    const now = new Date(clock.now());
    const { body, rewrapper, stale } = await prepare(request, caller, now).catch(async (error: unknown) => {
      metrics.keyRequests.inc({ result: "refused" });
      await audit.record(refusedAttempt(request, error, caller));
      throw error;
    });
    const released = await releaseKeys({ caller, body, rewrapper, requestId: request.id, sourceIP: request.ip, now, revocationsStale: stale }, options);
    await audit.record(...released.audit.map((facts) => ({ ...attemptOf(request, caller), ...facts })));
    count(released);
    ended();
    return answer(released);
  });

  async function prepare(request: FastifyRequest<{ Body: { signedRequestToken: string } }>, caller: Caller, now: Date) {
    const body = await readRequestToken(request.body.signedRequestToken, caller.key, now);
    const { revoked, stale } = revocations.verdict(caller.claims);
    if (revoked) throw new TokenRevokedError();
    return { body, stale, rewrapper: receivingKey(body.clientPublicKey) };
  }

  function count({ audit: keys }: Release): void {
    for (const { decision, reason, policyBound } of keys) {
      metrics.keyRequests.inc({ result: decision });
      // Reasons of the policy are a set; only those are labels.
      if (policyBound === true && decision !== "unavailable") metrics.decisions.inc({ decision: decision === "permit" ? "allow" : "deny", reason });
    }
  }
}

/** @throws {KeyDeniedError | KeyUnavailableError} when no key was released */
function answer({ response, audit }: Release): Release["response"] {
  if (audit.some(({ decision }) => decision === "permit")) return response;
  throw audit.some(({ decision }) => decision === "unavailable") ? new KeyUnavailableError() : new KeyDeniedError();
}

function receivingKey(pem: string): Rewrapper {
  try {
    return createRewrapper(pem);
  } catch (error) {
    throw error instanceof ReceivingKeyError ? new RewrapRequestError(`${error.message}.`, error) : error;
  }
}

/** The caller that the route's policy has found. */
export function callerOf({ caller, method, url }: FastifyRequest): Caller {
  if (caller === null) throw new Error(`${method} ${url} was reached without a checked caller; its policy must be proof-of-possession`);
  return caller;
}

/** One person or service of one realm, whatever their tokens and addresses. */
function entityOf({ claims }: Caller): string {
  return `${claims.iss ?? ""} ${claims.sub}`;
}

/** What every record of an attempt says. */
function attemptOf(request: FastifyRequest, caller: Caller | undefined): Omit<KasAuditRecord, "decision" | "reason"> {
  const text = (value: unknown) => (typeof value === "string" ? value : undefined);
  const facts = {
    sub: caller?.claims.sub, uniqueID: text(caller?.claims["uniqueID"]), issuer: caller?.claims.iss, country: text(caller?.claims["countryOfAffiliation"]),
    jkt: caller?.key.thumbprint, bound: caller?.bound, userAgent: text(request.headers["user-agent"])?.slice(0, 256),
  };
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
  return { event: "rewrap", requestId: request.id, ip: request.ip, ...known };
}

/** The record of an attempt that ended before any key was looked at. */
export function refusedAttempt(request: FastifyRequest, error: unknown, caller?: Caller): KasAuditRecord {
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === "string" ? code.replace(/^DIVE_ERR_/, "").toLowerCase() : "internal";
  request.log.info({ event: "rewrap_refused", reason, error: describeError(error) }, "rewrap refused");
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return { ...attemptOf(request, caller), decision: status === 503 ? "unavailable" : "deny", reason };
}

import { request, type Dispatcher } from "undici";
import { BREAKER_LIMITS, Breaker } from "../breaker/index.ts";
import { DiveError } from "../runtime/dive-error.ts";
import type { PolicyInput } from "./policy-input.ts";

/** The policy's answer. */
export interface Decision {
  /** Anything but `true` is a denial. */
  readonly allow: boolean;
  readonly reason: string;
  readonly obligations: readonly unknown[];
  readonly evaluation_details: Readonly<Record<string, unknown>>;
}

/** What a service needs of OPA. */
export interface OpaClient {
  /**
   * Asks for the decision on `input`: `POST /v1/data/dive/authz`.
   * @throws {DecisionUnavailableError} when OPA does not answer, refuses the call, has no such policy, or has failed so
   * often that it is not asked. Never a reason to permit.
   */
  decide(input: PolicyInput, signal?: AbortSignal): Promise<Decision>;
  /** Resolves when OPA decides, whichever way; goes past the breaker, so that health shows OPA as it is. Rejects otherwise. */
  probe(signal: AbortSignal): Promise<void>;
  /** For health and metrics; stop it with the service. */
  readonly breaker: Breaker;
}

/** Nobody could decide: 503. The request is refused, and may be repeated later. */
export class DecisionUnavailableError extends DiveError {
  constructor(cause: unknown, retryAfterS = "5") {
    super("The policy decision cannot be had at the moment, so nothing is released. Try again later.", {
      code: "DIVE_ERR_DECISION_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": retryAfterS },
      cause,
    });
  }
}

/** Settings of {@link createOpaClient}. */
export interface OpaClientOptions {
  /** Default: a breaker of its own, 5 failures and 60 s, closed again by {@link OpaClient.probe}. */
  readonly breaker?: Breaker;
  /** Longest wait for a decision, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

/** An OPA behind mTLS: the dispatcher carries our client certificate. */
export function createOpaClient(url: string, dispatcher: Dispatcher, options: OpaClientOptions = {}): OpaClient {
  const { timeoutMs = 5_000 } = options;
  const ask = async (input: unknown, signal?: AbortSignal): Promise<Decision> => {
    const timeUp = AbortSignal.timeout(timeoutMs);
    const response = await request(`${url}/v1/data/dive/authz`, {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input }),
      signal: signal === undefined ? timeUp : AbortSignal.any([signal, timeUp]),
    });
    if (response.statusCode !== 200) {
      await response.body.dump();
      throw new Error(`OPA answered ${response.statusCode}, expected 200`);
    }
    return requireDecision(await response.body.json());
  };
  const probe = async (signal: AbortSignal): Promise<void> => {
    await ask({ action: { operation: "health" } }, signal);
  };
  const breaker = options.breaker ?? new Breaker({ name: "opa", ...BREAKER_LIMITS.opa, probe });
  return {
    breaker,
    probe,
    decide: (input, signal) =>
      breaker.execute(() => ask(input, signal), signal).catch((error: unknown) => {
        throw new DecisionUnavailableError(error, error instanceof DiveError ? error.headers["retry-after"] : undefined);
      }),
  };
}

/** An OPA without the policy answers 200 and `{}`: that must count as a failure, not as an empty decision. */
function requireDecision(body: unknown): Decision {
  const decision = (body as { result?: { decision?: Partial<Decision> } } | null)?.result?.decision;
  if (typeof decision?.allow !== "boolean" || typeof decision.reason !== "string") {
    throw new Error("OPA's answer holds no decision with allow and reason: the policy dive.authz is not loaded");
  }
  return { allow: decision.allow, reason: decision.reason, obligations: decision.obligations ?? [], evaluation_details: decision.evaluation_details ?? {} };
}

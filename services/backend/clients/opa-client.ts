import { request, type Dispatcher } from "undici";

/** What this service needs of OPA. */
export interface OpaClient {
  /**
   * Asks for the decision on `input`: `POST /v1/data/dive/authz`.
   * @throws {Error} when OPA does not answer, refuses the call, or has no such policy. Never a reason to permit.
   */
  decide(input: unknown, signal?: AbortSignal): Promise<Decision>;
}

/** The policy's answer. */
export interface Decision {
  readonly allow: boolean;
  readonly reason: string;
  readonly obligations: readonly unknown[];
  readonly evaluation_details: Readonly<Record<string, unknown>>;
}

/** OPA behind mTLS: the dispatcher carries our client certificate. */
export function createOpaClient(url: string, dispatcher: Dispatcher): OpaClient {
  return {
    async decide(input, signal) {
      const response = await request(`${url}/v1/data/dive/authz`, {
        dispatcher,
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ input }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (response.statusCode !== 200) {
        await response.body.dump();
        throw new Error(`OPA answered ${response.statusCode}, expected 200`);
      }
      return requireDecision(await response.body.json());
    },
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

import { bearerToken, DiveError, TokenError, type ServiceMetrics, type TokenVerifier, type VerifiedClaims } from "@dive/common";
import { declareRoutePolicies } from "@dive/common/http";
import type { RevocationCheck } from "@dive/common/revocation";
import type { FastifyInstance, FastifyRequest } from "fastify";
import "./refusal-record.ts"; // declares `presented`
import { POLICY_ORDER, ROUTE_POLICIES, type RoutePolicy } from "../routes/policies.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Claims of the caller's token after all checks; `null` on public routes. */
    claims: VerifiedClaims | null;
  }
}

/** What the policy needs. */
export interface RoutePolicyOptions {
  readonly verifyToken: TokenVerifier;
  /** Asked about every token that passed its other checks. What an old view means is for the routes: it depends on what they serve. */
  readonly revocations: RevocationCheck;
  readonly metrics: ServiceMetrics;
  /** Policies by "METHOD /path". Default: the table of the service. */
  readonly policies?: Readonly<Record<string, RoutePolicy>>;
}

/** Applies the table of policies; the token of a request to a route that is not public is checked before anything else reads the request. */
export function applyRoutePolicies(app: FastifyInstance, { verifyToken, revocations, metrics, policies = ROUTE_POLICIES }: RoutePolicyOptions): void {
  app.decorateRequest("claims", null);
  app.decorateRequest("presented", null);
  const authenticated = async (request: FastifyRequest): Promise<VerifiedClaims> => (request.claims = await authenticate(request, verifyToken, revocations, metrics));
  const check = declareRoutePolicies(app, {
    policies,
    order: POLICY_ORDER,
    enforce: {
      public: async () => undefined,
      authenticated: async (request) => void (await authenticated(request)),
      "dive-admin": async (request) => requireRole(await authenticated(request), "dive-admin", request),
      "federation-admin": async (request) => requireRole(await authenticated(request), "federation-admin", request),
    },
  });
  app.addHook("onRequest", check);
}

/** Keycloak lists the realm's roles of a user or service account under `realm_access`. */
function requireRole(claims: VerifiedClaims, role: string, request: FastifyRequest): void {
  const roles = (claims["realm_access"] as { roles?: unknown } | undefined)?.roles;
  if (Array.isArray(roles) && roles.includes(role)) return;
  request.log.warn({ event: "role_missing", role, subject: claims.sub }, "role missing");
  throw new DiveError(`This address needs the realm role ${role}.`, { code: "DIVE_ERR_ROLE_MISSING", statusCode: 403 });
}

async function authenticate(request: FastifyRequest, verifyToken: TokenVerifier, revocations: RevocationCheck, metrics: ServiceMetrics): Promise<VerifiedClaims> {
  try {
    const claims = await verifyToken(bearerToken(request.headers.authorization, { opaque: true }));
    request.presented = claims;
    const { revoked, kind } = revocations.verdict(claims);
    if (!revoked) return claims;
    request.log.info({ event: "revoked_token_used", kind, subject: claims.sub }, "a revoked token was used");
    throw new TokenError("DIVE_ERR_TOKEN_REVOKED", "The token was revoked; sign in again.");
  } catch (error) {
    if (error instanceof TokenError) {
      metrics.invalidTokens.inc({ reason: error.reason });
      request.log.info({ event: "token_refused", code: error.code }, error.message);
    }
    throw error;
  }
}

import { describeError, type TokenVerifier, type VerifiedClaims } from "@dive/common";
import { LogoutRefusedError, type LogoutTokenVerifier, type Revocation, type Revocations } from "@dive/common/revocation";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { readRevocable, sessionOf, verifySent, type RevocationBody } from "../revocation/revocable.ts";
import { resourceErrors as errors } from "./schemas.ts";

/** What the routes work on. */
export interface RevocationRouteOptions {
  readonly revocations: Pick<Revocations, "verdict" | "revoke"> & { readonly view: Pick<Revocations["view"], "counts"> };
  /** Checks tokens of the own realm that are in a body, those bound to a key included. */
  readonly verifySentToken: TokenVerifier;
  readonly verifyLogoutToken: LogoutTokenVerifier;
  /** Codes of the federation's instances, in capitals. */
  readonly codes: readonly string[];
}

const jwt = { type: "string", minLength: 1, maxLength: 8_192 } as const;
const revocationBody = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    token: { ...jwt, description: "An access token of this instance's realm" },
    uniqueID: { type: "string", pattern: "^[a-z]{3}:[^\\s]{1,200}$", description: "A person: every sign-in before now" },
    realm: { type: "string", pattern: "^[A-Z]{3}$", description: "A nation's code: every sign-in of its people before now" },
  },
} as const;
const checkBody = { type: "object", additionalProperties: false, required: ["token"], properties: { token: jwt } } as const;
const tags = ["revocation"];
const text = { type: "string" } as const;
const age = { type: ["integer", "null"], description: "Milliseconds since every revocation was known here; null: never yet" } as const;

/** Logout, revocation by administrators, questions about it, and Keycloak's back-channel logout. */
export async function registerRevocationRoutes(app: FastifyInstance, { revocations, verifySentToken, verifyLogoutToken, codes }: RevocationRouteOptions): Promise<void> {
  app.post("/api/auth/logout", { schema: { summary: "Ends the caller's session everywhere", tags, response: { 204: { type: "null" }, ...errors } } }, async (request, reply) => {
    const claims = claimsOf(request);
    const { thing, expiresAt } = sessionOf(claims);
    logged(request, await revocations.revoke(thing, { by: nameOf(claims), reason: "logout", ...(expiresAt === undefined ? {} : { expiresAt }) }));
    return reply.code(204).send();
  });

  app.post<{ Body: RevocationBody }>("/api/auth/blacklist-token", {
    schema: {
      summary: "Revokes a token, a person's sign-ins or a nation's", tags, body: revocationBody,
      response: { 200: { type: "object", properties: { kind: text, revokedAt: text, expiresAt: text } }, ...errors },
    },
  }, async (request) => {
    const { thing, expiresAt } = await readRevocable(request.body, verifySentToken, codes);
    const revocation = await revocations.revoke(thing, { by: nameOf(claimsOf(request)), ...(expiresAt === undefined ? {} : { expiresAt }) });
    logged(request, revocation);
    return { kind: revocation.kind, revokedAt: new Date(revocation.revokedAt).toISOString(), expiresAt: new Date(revocation.expiresAt).toISOString() };
  });

  app.post<{ Body: { token: string } }>("/api/blacklist/check", {
    schema: {
      summary: "Whether a token of this realm is revoked", tags, body: checkBody,
      response: { 200: { type: "object", properties: { revoked: { type: "boolean" }, kind: text, stale: { type: "boolean" }, viewAgeMs: age } }, ...errors },
    },
  }, async (request) => {
    const { ageMs, ...verdict } = revocations.verdict(await verifySent(request.body.token, verifySentToken));
    return { ...verdict, viewAgeMs: Number.isFinite(ageMs) ? ageMs : null };
  });

  app.get("/api/blacklist/stats", {
    schema: {
      summary: "How many revocations are in force here", tags,
      response: { 200: { type: "object", properties: { counts: { type: "object", additionalProperties: { type: "integer" } }, total: { type: "integer" }, stale: { type: "boolean" }, viewAgeMs: age } }, ...errors },
    },
  }, async () => {
    const counts = revocations.view.counts();
    const { stale, ageMs } = revocations.verdict({});
    return { counts, total: Object.values(counts).reduce((sum, count) => sum + count, 0), stale, viewAgeMs: Number.isFinite(ageMs) ? ageMs : null };
  });

  // Forms are taken by this route and by no other.
  await app.register(async (scope) => {
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: 16_384 }, (_request, body, done) => done(null, new URLSearchParams(body.toString())));
    scope.post("/api/auth/backchannel-logout", { schema: { summary: "Keycloak's word that a session has ended (OpenID Connect Back-Channel Logout 1.0)", tags, consumes: ["application/x-www-form-urlencoded"], response: { 200: { type: "null" }, "4xx": errors["4xx"] } } }, async (request, reply) => {
      reply.header("cache-control", "no-store");
      const { issuer, sid } = await verifyLogoutToken(logoutTokenOf(request)).catch((error: unknown) => {
        request.log.warn({ event: "logout_token_refused", error: describeError(error) }, "logout token refused");
        throw error;
      });
      const revocation = await revocations.revoke({ kind: "session", issuer, sid }, { by: "keycloak", reason: "logout" }).catch((error: unknown) => {
        throw new LogoutRefusedError("The logout could not be stored: the blacklist does not answer.", error);
      });
      logged(request, revocation);
      return reply.code(200).send();
    });
  });
}

function logoutTokenOf({ body }: FastifyRequest): string {
  const [token, ...more] = body instanceof URLSearchParams ? body.getAll("logout_token") : [];
  if (token === undefined || token === "" || more.length > 0) throw new LogoutRefusedError("The form must have the field logout_token, once.");
  return token;
}

function claimsOf({ claims, method, url }: FastifyRequest): VerifiedClaims {
  if (claims === null) throw new Error(`${method} ${url} was reached without a checked token; its policy must not be public`);
  return claims;
}

/** Who revokes, as everybody in the federation knows them. */
function nameOf(claims: VerifiedClaims): string {
  const uniqueID = claims["uniqueID"];
  return typeof uniqueID === "string" && uniqueID !== "" ? uniqueID : claims.sub;
}

function logged(request: FastifyRequest, { kind, by, reason, expiresAt }: Revocation): void {
  request.log.info({ event: "revoked", kind, by, reason, expiresAt: new Date(expiresAt).toISOString() }, "revoked");
}

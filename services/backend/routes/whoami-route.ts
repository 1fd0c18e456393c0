import type { VerifiedClaims } from "@dive/common";
import type { FastifyInstance } from "fastify";

/** What `/api/whoami` answers: the caller as policy sees them. `null` where the token has no usable value. */
export interface WhoAmI {
  /** Name of the person across the federation ("fra:testuser-fra-1"). */
  readonly uniqueID: string | null;
  readonly clearance: string | null;
  /** ISO 3166-1 alpha-3 code, set by the broker and not by the partner. */
  readonly countryOfAffiliation: string | null;
  /** Communities of interest. */
  readonly acpCOI: readonly string[];
  /** Strength of the authentication that happened. */
  readonly acr: string | null;
  readonly issuer: string | null;
  /** The realm's own id of the user. */
  readonly subject: string;
  /** When the token expires, ISO 8601. */
  readonly expiresAt: string;
}

/** `/api/whoami`: who the caller's token says they are. */
export function registerWhoAmIRoute(app: FastifyInstance): void {
  app.get("/api/whoami", async (request) => {
    const { claims } = request;
    if (claims === null) throw new Error("GET /api/whoami was reached without a checked token; its policy must be authenticated");
    return whoAmI(claims);
  });
}

/** Takes the identity out of checked claims; a claim of the wrong type counts as absent. */
export function whoAmI(claims: VerifiedClaims): WhoAmI {
  return {
    uniqueID: asText(claims["uniqueID"]),
    clearance: asText(claims["clearance"]),
    countryOfAffiliation: asText(claims["countryOfAffiliation"]),
    acpCOI: asTexts(claims["acpCOI"]),
    acr: asText(claims["acr"]),
    issuer: asText(claims.iss),
    subject: claims.sub,
    expiresAt: new Date(claims.exp * 1_000).toISOString(),
  };
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** One entry that is no text makes the whole list unusable: dropping it could turn "ALL of these" into fewer. */
function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string" && entry !== "") ? value : [];
}

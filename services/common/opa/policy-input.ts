import type { SecurityLabel } from "../label/index.ts";

/** Who asks, as policy reads it. Claims that the token does not have, or has in another type, are left out: policy then denies. */
export interface PolicySubject {
  readonly authenticated: boolean;
  readonly uniqueID?: string;
  readonly clearance?: string;
  /** The nation's own word for the clearance, together with `clearanceCountry`. */
  readonly clearanceOriginal?: string;
  readonly clearanceCountry?: string;
  readonly countryOfAffiliation?: string;
  readonly acpCOI?: readonly string[];
  readonly organizationType?: string;
  readonly issuer?: string;
}

/** What is asked for. */
export interface PolicyAction {
  readonly operation: "read" | "download" | "upload" | "decrypt" | "health";
}

/** The document: its id and its label. */
export interface PolicyResource extends Partial<SecurityLabel> {
  readonly resourceId?: string;
  readonly encrypted?: boolean;
  /** The result of checking that the label is the sealed one, where the caller did. */
  readonly integrityValidated?: boolean;
  /** Where its key is had; comes back in the obligation. */
  readonly kasUrl?: string;
}

/** The circumstances. */
export interface PolicyContext {
  /** RFC 3339. */
  readonly currentTime: string;
  readonly requestId: string;
  /** Strength of the authentication, from the token. */
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly sourceIP?: string;
}

/** The input of `dive.authz`. */
export interface PolicyInput {
  readonly subject: PolicySubject;
  readonly action: PolicyAction;
  readonly resource: PolicyResource;
  readonly context: PolicyContext;
}

type Claims = Readonly<Record<string, unknown>>;

/** The subject out of checked claims. Nothing comes from anywhere else. */
export function subjectOf(claims: Claims): PolicySubject {
  const texts = ["uniqueID", "clearance", "clearanceOriginal", "clearanceCountry", "countryOfAffiliation", "organizationType"] as const;
  const found = texts.map((name) => [name, asText(claims[name])] as const).filter(([, value]) => value !== undefined);
  // Keycloak leaves out what a person has no value of: who has no communities is in none. A claim that cannot be read stays missing, which denies.
  const acpCOI = claims["acpCOI"] === undefined ? [] : asTexts(claims["acpCOI"]);
  const issuer = asText(claims["iss"]);
  return { authenticated: true, ...Object.fromEntries(found), ...(acpCOI === undefined ? {} : { acpCOI }), ...(issuer === undefined ? {} : { issuer }) };
}

/** The strength of the authentication out of checked claims: acr and amr. */
export function authenticationOf(claims: Claims): Pick<PolicyContext, "acr" | "amr"> {
  const acr = asText(claims["acr"]);
  const amr = asTexts(claims["amr"]);
  return { ...(acr === undefined ? {} : { acr }), ...(amr === undefined ? {} : { amr }) };
}

function asText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One entry that is no text makes the whole list unusable: dropping it could turn "ALL of these" into fewer. */
function asTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string" && entry !== "") ? value : undefined;
}

import { TokenError, createKeySource, splitCertificates, createTokenVerifier, type Clock, type KeySource, type KeySourceOptions, type TokenVerifier, type VerifiedClaims } from "@dive/common";
import { decodeJwt } from "jose";
import type { Dispatcher } from "undici";

/** A realm whose tokens this KAS takes. */
export interface TrustedIssuer {
  /** Exact `iss`: the realm's public address. */
  readonly issuer: string;
  /** Where its keys are, as this service reaches it. */
  readonly jwksUrl: string;
  /** Code of the nation whose realm it is. */
  readonly country: string;
  /** Nations whose people it may vouch for, by broker. Default: its own only. */
  readonly countries?: readonly string[];
  /** Authority of its Keycloak's certificate, PEM. Default: ours. */
  readonly ca?: string;
}

/**
 * Reads a JSON list of {@link TrustedIssuer}.
 * @throws {Error} when it is empty or an entry cannot be used
 */
export function parseTrustedIssuers(json: string): readonly TrustedIssuer[] {
  const list: unknown = JSON.parse(json);
  if (!Array.isArray(list) || list.length === 0) throw new Error("must be a list of at least one issuer");
  const issuers = list.map(readIssuer);
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) throw new Error("an issuer is there twice");
  return issuers;
}

function readIssuer(entry: unknown): TrustedIssuer {
  const { issuer, jwksUrl, country, countries = [country], ca } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  const isCode = (value: unknown): value is string => typeof value === "string" && /^[A-Z]{3}$/.test(value);
  for (const url of [issuer, jwksUrl]) if (typeof url !== "string" || !url.startsWith("https://") || !URL.canParse(url)) throw new Error("issuer and jwksUrl must be https URLs");
  if (!isCode(country) || !Array.isArray(countries) || !countries.every(isCode)) throw new Error("country and countries must be codes of three capital letters");
  if (ca !== undefined && !(typeof ca === "string" && splitCertificates(ca).length === 1)) throw new Error("ca must be one certificate");
  return { issuer: issuer as string, jwksUrl: jwksUrl as string, country, countries, ...(ca === undefined ? {} : { ca }) };
}

/** Checks tokens of any trusted issuer. */
export interface FederatedVerifier {
  readonly verify: TokenVerifier;
  /** One source of signing keys for each issuer, as they are now. */
  readonly keySources: () => readonly KeySource[];
  /** Other issuers are trusted from now on; the keys of those that stay are kept. */
  setIssuers(issuers: readonly TrustedIssuer[]): void;
}

/** Settings of {@link createFederatedVerifier}. */
export interface FederatedVerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  /** Value that `aud` must contain. */
  readonly audience: string;
  readonly dispatcher: Dispatcher;
  readonly clock?: Clock;
  /** Told of each key that was asked for, for metrics. */
  readonly onLookup?: KeySourceOptions["onLookup"];
  /** Makes the source of an issuer's keys. Default: fetches them. */
  readonly keySource?: (issuer: TrustedIssuer) => KeySource;
}

/** A check that picks the issuer's keys by `iss`, and lets a realm vouch for its nations' people only. */
export function createFederatedVerifier(options: FederatedVerifierOptions): FederatedVerifier {
  const { issuers, audience, dispatcher, clock, onLookup } = options;
  const { keySource = ({ jwksUrl }) => createKeySource({ url: jwksUrl, dispatcher, ...(clock === undefined ? {} : { clock }), ...(onLookup === undefined ? {} : { onLookup }) }) } = options;
  const enter = (trusted: TrustedIssuer) => {
    const keys = keySource(trusted);
    // The proof of the key that a token is bound to is this service's own check.
    const check = createTokenVerifier({ issuer: trusted.issuer, audience, getKey: keys.getKey, acceptBound: true, ...(clock === undefined ? {} : { clock }) });
    return { trusted, keys, check };
  };
  let known = new Map(issuers.map((trusted) => [trusted.issuer, enter(trusted)]));
  return {
    keySources: () => [...known.values()].map(({ keys }) => keys),
    setIssuers(others) {
      known = new Map(others.map((trusted) => {
        const before = known.get(trusted.issuer);
        return [trusted.issuer, before?.trusted.jwksUrl === trusted.jwksUrl && before.trusted.ca === trusted.ca ? { ...before, trusted } : enter(trusted)];
      }));
    },
    async verify(token) {
      const found = known.get(issuerOf(token));
      if (found === undefined) throw new TokenError("DIVE_ERR_TOKEN_ISSUER", "The token comes from an issuer that this federation does not trust.");
      const claims = await found.check(token);
      requireOwnPeople(claims, found.trusted);
      return claims;
    },
  };
}

/** Read before the signature is checked, to find the key to check it with; nothing else is done with it. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch (error) {
    throw new TokenError("DIVE_ERR_TOKEN_MALFORMED", "The token cannot be read as a signed JWT.", error);
  }
}

function requireOwnPeople(claims: VerifiedClaims, { issuer, country, countries = [country] }: TrustedIssuer): void {
  const affiliation = claims["countryOfAffiliation"];
  if (typeof affiliation === "string" && countries.includes(affiliation)) return;
  throw new TokenError("DIVE_ERR_TOKEN_CLAIM", `The token's claim countryOfAffiliation is not one that ${issuer} may assert.`);
}

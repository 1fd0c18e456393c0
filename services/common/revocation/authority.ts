import type { Revocation } from "./entry.ts";

/** An instance that may revoke. */
export interface Origin {
  /** Its code in lower case, which is also its name on the blacklist. */
  readonly origin: string;
  /** Issuer of its realm. */
  readonly issuer: string;
}

/** Where a view stands in the federation. */
export interface Federation {
  /** Own code, lower case. */
  readonly own: string;
  /** The hub's code, lower case. */
  readonly hub: string;
  /** Everyone who writes to the blacklist, the own instance included. */
  readonly origins: readonly Origin[];
}

/** The nation that a person of the federation belongs to: the part of the uniqueID before the colon, in lower case. */
export function nationOf(uniqueID: string): string {
  return uniqueID.slice(0, Math.max(0, uniqueID.indexOf(":"))).toLowerCase();
}

/**
 * Whether a revocation counts here. The hub's and the own ones do. A partner's counts for what is the partner's: its people, its
 * realm's tokens and sessions; else any nation could shut out another's.
 */
export function hasAuthority(origin: string, revocation: Revocation, federation: Federation): boolean {
  if (origin === federation.hub || origin === federation.own) return true;
  const partner = federation.origins.find((each) => each.origin === origin);
  if (partner === undefined) return false;
  switch (revocation.kind) {
    case "token":
    case "session":
      return revocation.issuer === partner.issuer;
    case "user":
      return nationOf(revocation.uniqueID) === origin;
    case "realm":
      return revocation.code.toLowerCase() === origin;
  }
}

/** What the collection `kas_audit` records of each attempt to get a key. Never key material: no wrapped, plain or rewrapped key. */
export interface KasAuditRecord {
  readonly event: "rewrap";
  readonly requestId: string;
  /** `permit`: released. `deny`: refused. `unavailable`: nobody could decide, so nothing was released. */
  readonly decision: "permit" | "deny" | "unavailable";
  /** Why, in a stable word: the policy's reason, or which check failed. The caller is not told. */
  readonly reason: string;
  /** From the checked token; absent when the token was refused. */
  readonly sub?: string;
  readonly uniqueID?: string;
  readonly issuer?: string;
  readonly country?: string;
  /** SHA-256 thumbprint of the caller's DPoP key (RFC 7638). */
  readonly jkt?: string;
  /** Whether the token itself was bound to that key. */
  readonly bound?: boolean;
  /** The policy's uuid and resource; said by the caller only, unless `policyBound` is true. */
  readonly policyUuid?: string;
  readonly resourceId?: string;
  readonly classification?: string;
  /** Whether the policy was proven to belong to the key. */
  readonly policyBound?: boolean;
  readonly alg?: string;
  readonly kid?: string;
  readonly bindingHash?: string;
  readonly ip: string;
  readonly userAgent?: string;
}

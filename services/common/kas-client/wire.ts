// Runs in Node and in browsers.

/** One key access object in a request, as OpenTDF's `/kas/v2/rewrap` has it (BaseTDF-KAS section 3.3). */
export interface RewrapKeyAccess {
  /** Made up by the caller; the answer repeats it. */
  readonly keyAccessObjectId: string;
  readonly keyAccessObject: Readonly<Record<string, unknown>>;
}

/** A policy with the keys that are bound to it. */
export interface RewrapPolicyRequest {
  /** `id` is made up by the caller, `body` the policy's base64 text as it stands in the manifest. */
  readonly policy: { readonly id: string; readonly body: string };
  readonly keyAccessObjects: readonly RewrapKeyAccess[];
}

/** What the signed request token's claim `requestBody` holds, as JSON text. */
export interface RewrapRequestBody {
  /** The caller's one-time public key, SPKI, PEM. */
  readonly clientPublicKey: string;
  readonly requests: readonly RewrapPolicyRequest[];
}

/** What became of one key. */
export interface RewrapResult {
  readonly keyAccessObjectId: string;
  readonly status: "permit" | "fail";
  /** With permit: the key for the caller's one-time key, base64. */
  readonly kasWrappedKey?: string;
  /** With fail. The same text whatever the reason, unless nobody could decide. */
  readonly error?: string;
}

/** The answer; HTTP 200 when at least one key was released. */
export interface RewrapResponse {
  /** The KAS's one-time public key, PEM; empty when the caller's key is RSA. */
  readonly sessionPublicKey: string;
  readonly responses: readonly { readonly policyId: string; readonly results: readonly RewrapResult[] }[];
}

/** Path of the rewrap call below a KAS's base address. */
export const REWRAP_PATH = "/kas/v2/rewrap";
/** Path of the public keys. */
export const PUBLIC_KEY_PATH = "/kas/v2/kas_public_key";

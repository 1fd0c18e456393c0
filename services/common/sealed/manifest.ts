// Runs in Node and in browsers.
import { SealedObjectError } from "./sealed-error.ts";

/** What `format` says; another number is another format. */
export const SEALED_FORMAT = "dive-sealed/1";
/** Bytes of the initialisation vector before, and of the tag after each encrypted segment. */
export const SEGMENT_OVERHEAD = 12 + 16;
/** Bytes of a segment: least, default and most. */
export const SEGMENT_SIZE = { least: 16_384, default: 1_048_576, most: 4_194_304 } as const;
/** Most segments of one object: 10 GiB by default. */
const MOST_SEGMENTS = 10_000;

/** How a content key is protected, as OpenTDF names it (BaseTDF-ALG section 3.2). */
export type KeyProtection = "RSA-OAEP-256" | "ECDH-HKDF";

/** The content key, protected for one KAS and bound to the policy (OpenTDF's key access object, BaseTDF-KAO section 2). */
export interface KeyAccess {
  readonly alg: KeyProtection;
  /** Base address of the KAS that can open it; what is asked is `<kas>/kas/v2/rewrap`. */
  readonly kas: string;
  /** The KAS's key it is protected with. */
  readonly kid: string;
  /** Base64: the RSA ciphertext, or IV, ciphertext and tag of AES-256-GCM under the derived key. */
  readonly protectedKey: string;
  /** With ECDH-HKDF: the one-time public key, PEM. */
  readonly ephemeralKey?: string;
  /** HMAC-SHA256 of the policy's base64 text, keyed by the content key; base64. */
  readonly policyBinding: { readonly alg: "HS256"; readonly hash: string };
}

/** One encrypted segment. */
export interface SegmentInfo {
  /** Its GCM tag, base64. */
  readonly hash: string;
  /** Bytes of plaintext. */
  readonly segmentSize: number;
  /** Bytes in the payload. */
  readonly encryptedSegmentSize: number;
}

/** Everything about a sealed object but its payload. `docs/sealed-objects.md` explains it. */
export interface Manifest {
  readonly format: typeof SEALED_FORMAT;
  readonly encryptionInformation: {
    /** Base64 of the policy's JSON. */
    readonly policy: string;
    /** Exactly one for now. */
    readonly keyAccess: readonly [KeyAccess];
    readonly method: { readonly algorithm: "AES-256-GCM"; readonly isStreamable: true };
    readonly integrityInformation: {
      /** HMAC-SHA256 over the hash of the policy and all tags, keyed by the content key; base64. */
      readonly rootSignature: { readonly alg: "HS256"; readonly sig: string };
      readonly segmentHashAlg: "GMAC";
      readonly segmentSizeDefault: number;
      readonly encryptedSegmentSizeDefault: number;
      readonly segments: readonly SegmentInfo[];
    };
  };
}

/**
 * Takes a manifest out of untrusted data. Sizes are checked against each other, so that nobody downstream has to.
 * @throws {SealedObjectError} `DIVE_ERR_SEALED_FORMAT`, naming the place
 */
export function parseManifest(value: unknown): Manifest {
  const manifest = objectAt(value, "manifest");
  require(manifest["format"] === SEALED_FORMAT, "format", `"${SEALED_FORMAT}"`);
  const information = objectAt(manifest["encryptionInformation"], "encryptionInformation");
  textAt(information["policy"], "policy");
  const keyAccess = information["keyAccess"];
  require(Array.isArray(keyAccess) && keyAccess.length === 1, "keyAccess", "a list of one key access object");
  parseKeyAccess((keyAccess as unknown[])[0]);
  const method = objectAt(information["method"], "method");
  require(method["algorithm"] === "AES-256-GCM", "method.algorithm", '"AES-256-GCM"');
  checkIntegrity(objectAt(information["integrityInformation"], "integrityInformation"));
  return value as Manifest;
}

function parseKeyAccess(value: unknown): void {
  const access = objectAt(value, "keyAccess[0]");
  require(access["alg"] === "RSA-OAEP-256" || access["alg"] === "ECDH-HKDF", "keyAccess[0].alg", "RSA-OAEP-256 or ECDH-HKDF");
  for (const name of ["kas", "kid", "protectedKey"]) textAt(access[name], `keyAccess[0].${name}`);
  require(URL.canParse(String(access["kas"])), "keyAccess[0].kas", "an absolute URL");
  require((access["ephemeralKey"] !== undefined) === (access["alg"] === "ECDH-HKDF"), "keyAccess[0].ephemeralKey", "given with ECDH-HKDF and only then");
  const binding = objectAt(access["policyBinding"], "keyAccess[0].policyBinding");
  require(binding["alg"] === "HS256", "keyAccess[0].policyBinding.alg", '"HS256"');
  textAt(binding["hash"], "keyAccess[0].policyBinding.hash");
}

function checkIntegrity(integrity: Readonly<Record<string, unknown>>): void {
  const root = objectAt(integrity["rootSignature"], "rootSignature");
  require(root["alg"] === "HS256", "rootSignature.alg", '"HS256"');
  textAt(root["sig"], "rootSignature.sig");
  require(integrity["segmentHashAlg"] === "GMAC", "segmentHashAlg", '"GMAC"');
  const size = integrity["segmentSizeDefault"];
  const sizes = `a whole number from ${SEGMENT_SIZE.least} to ${SEGMENT_SIZE.most}`;
  require(Number.isInteger(size) && Number(size) >= SEGMENT_SIZE.least && Number(size) <= SEGMENT_SIZE.most, "segmentSizeDefault", sizes);
  require(integrity["encryptedSegmentSizeDefault"] === Number(size) + SEGMENT_OVERHEAD, "encryptedSegmentSizeDefault", `segmentSizeDefault + ${SEGMENT_OVERHEAD}`);
  const segments = integrity["segments"];
  if (!Array.isArray(segments) || segments.length === 0 || segments.length > MOST_SEGMENTS) throw wrong("segments", `a list of 1 to ${MOST_SEGMENTS} segments`);
  segments.forEach((entry: unknown, index) => {
    const segment = objectAt(entry, `segments[${index}]`);
    textAt(segment["hash"], `segments[${index}].hash`);
    const last = index === segments.length - 1;
    const bytes = segment["segmentSize"];
    // Only the last may be shorter, and it may be empty only if there is no other.
    const least = last ? (index === 0 ? 0 : 1) : Number(size);
    require(Number.isInteger(bytes) && Number(bytes) >= least && Number(bytes) <= Number(size), `segments[${index}].segmentSize`, `a whole number from ${least} to ${Number(size)}`);
    require(segment["encryptedSegmentSize"] === Number(bytes) + SEGMENT_OVERHEAD, `segments[${index}].encryptedSegmentSize`, `segmentSize + ${SEGMENT_OVERHEAD}`);
  });
}

function objectAt(value: unknown, place: string): Readonly<Record<string, unknown>> {
  require(typeof value === "object" && value !== null && !Array.isArray(value), place, "an object");
  return value as Readonly<Record<string, unknown>>;
}

function textAt(value: unknown, place: string): void {
  require(typeof value === "string" && value !== "", place, "a text");
}

function require(holds: boolean, place: string, rule: string): void {
  if (!holds) throw wrong(place, rule);
}

function wrong(place: string, rule: string): SealedObjectError {
  return new SealedObjectError("DIVE_ERR_SEALED_FORMAT", `This is no sealed object of format ${SEALED_FORMAT}: ${place} must be ${rule}.`);
}

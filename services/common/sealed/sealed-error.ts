/** Why an object does not open. */
export type SealedErrorCode =
  /** Not a sealed object, or one of another version. */
  | "DIVE_ERR_SEALED_FORMAT"
  /** The key that came is not the object's, or the label was changed: the policy binding does not hold. */
  | "DIVE_ERR_SEALED_BINDING"
  /** The list of segments was changed. */
  | "DIVE_ERR_SEALED_SIGNATURE"
  /** A segment was changed, moved, or belongs to another object. */
  | "DIVE_ERR_SEALED_SEGMENT"
  /** Content is missing, or there is more than there should be. */
  | "DIVE_ERR_SEALED_LENGTH"
  /** It is the sealed object of another resource than the one asked for. */
  | "DIVE_ERR_SEALED_RESOURCE";

/** An object does not open. Plaintext that was already given out must be thrown away. */
export class SealedObjectError extends Error {
  readonly code: SealedErrorCode;

  constructor(code: SealedErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SealedObjectError";
    this.code = code;
  }
}

// Every file of this folder runs in Node and in browsers.
export { fromBase64, fromPem, toBase64, toPem, utf8, type Bytes, type ByteSource } from "./bytes.ts";
export { SEALED_MEDIA_TYPE, readContainer, writeContainer } from "./container.ts";
export { createReceivingKey, protectKey, type KasAlgorithm, type ProtectedKey, type ReceivingKey } from "./key-wrap.ts";
export { SEALED_FORMAT, SEGMENT_OVERHEAD, SEGMENT_SIZE, parseManifest, type KeyAccess, type KeyProtection, type Manifest, type SegmentInfo } from "./manifest.ts";
export { encodePolicy, parsePolicy, type SealedPolicy } from "./policy.ts";
export { seal, type Sealing, type SealingKas, type SealOptions } from "./seal.ts";
export { SealedObjectError, type SealedErrorCode } from "./sealed-error.ts";
export { unseal, type Rewrap, type Unsealed, type UnsealOptions } from "./unseal.ts";

/**
 * Property values as the engine sends them, as a tree that keeps what JSON cannot say: which values are secret and which are unknown.
 */

/** A value that is secret in the state. It may lie anywhere in a tree, and never directly around another one. */
export class Secret {
  readonly value: Value;
  constructor(value: Value) {
    this.value = value instanceof Secret ? value.value : value;
  }
}

/** A value that is not known before the update runs. */
export class Unknown {
  static readonly value = new Unknown();
}

/** A file or archive; no stand-in plugin takes one, so it is kept only to be refused by name. */
export class Asset {}

export type Value = undefined | null | string | number | boolean | Secret | Unknown | Asset | Value[] | { [key: string]: Value };
export type Bag = { [key: string]: Value };

/** A tree without secrets' wrappers; it may still hold {@link Unknown}. */
export type PlainBag = Record<string, any>;

// The engine's own markers: pulumi/sdk/go/common/resource/{sig/sig.go, plugin/rpc.go}.
const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
};
const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const unknownSentinels = new Set([
  unknownString,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

/**
 * Reads a value as it came over the wire.
 *
 * @throws TypeError for a marked object that the protocol version we claim does not send (a resource reference, a byte string).
 */
export function decode(wire: unknown): Value {
  if (typeof wire === "string") return unknownSentinels.has(wire) ? Unknown.value : wire;
  if (Array.isArray(wire)) return wire.map(decode);
  if (typeof wire !== "object" || wire === null) return wire as Value;
  const object = wire as Record<string, unknown>;
  const signature = object[signatureKey];
  if (signature === undefined) return mapValues(object, decode);
  switch (signature) {
    case signatures.secret:
      return new Secret(decode(object.value));
    case signatures.output: {
      const value = object.value === undefined ? Unknown.value : decode(object.value);
      return object.secret === true ? new Secret(value) : value;
    }
    case signatures.asset:
    case signatures.archive:
      return new Asset();
    default:
      throw new TypeError(`a value carries the mark ${String(signature)}, which this plugin does not know; known: ${Object.keys(signatures).join(", ")}`);
  }
}

/** {@link decode} for a whole property bag. */
export function decodeBag(wire: Record<string, unknown> | undefined): Bag {
  return mapValues(wire ?? {}, decode);
}

/** The wire form of a value. Properties that are `undefined` are left out. */
export function encode(value: Value): unknown {
  if (value instanceof Secret) return { [signatureKey]: signatures.secret, value: encode(value.value) };
  if (value instanceof Unknown) return unknownString;
  if (value instanceof Asset) throw new TypeError("an asset cannot be returned by this plugin");
  if (Array.isArray(value)) return value.map((element) => encode(element ?? null));
  if (typeof value === "object" && value !== null) return mapValues(dropUndefined(value), encode);
  return value;
}

/** {@link encode} for a whole property bag. */
export function encodeBag(bag: Bag): Record<string, any> {
  return encode(bag) as Record<string, any>;
}

/** The same tree with the secrets' wrappers taken off: what a resource type's own code sees. */
export function plain(value: Value): any {
  if (value instanceof Secret) return plain(value.value);
  if (value instanceof Unknown || value instanceof Asset) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return mapValues(value, plain);
  return value;
}

/** Whether any part of the tree is unknown. */
export function hasUnknown(value: Value): boolean {
  return some(value, (part) => part instanceof Unknown);
}

/** Whether any part of the tree is secret. */
export function hasSecret(value: Value): boolean {
  return some(value, (part) => part instanceof Secret);
}

/** Every secret text in the tree, so that it can be kept out of messages. */
export function secretTexts(value: Value, inside = false): string[] {
  if (value instanceof Secret) return secretTexts(value.value, true);
  if (typeof value === "string") return inside ? [value] : [];
  return children(value).flatMap((child) => secretTexts(child, inside));
}

/** An object that is a property bag, not one of the marks above. */
export function isBag(value: unknown): value is Bag {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret || value instanceof Unknown || value instanceof Asset);
}

/** The bag without its `undefined` properties. */
export function dropUndefined(bag: Bag): Bag {
  return Object.fromEntries(Object.entries(bag).filter(([, value]) => value !== undefined));
}

function some(value: Value, predicate: (part: Value) => boolean): boolean {
  return predicate(value) || children(value).some((child) => some(child, predicate));
}

function children(value: Value): Value[] {
  if (value instanceof Secret) return [value.value];
  if (Array.isArray(value)) return value;
  return isBag(value) ? Object.values(value) : [];
}

function mapValues<From, To>(object: Record<string, From>, convert: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, convert(value)]));
}

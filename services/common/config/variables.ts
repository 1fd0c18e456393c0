import { createPrivateKey } from "node:crypto";
import { splitCertificates } from "../tls/ca-certificates.ts";

/** How one environment variable is read. Made by the functions of this file, used by `readEnvironment`. */
export interface Variable<T> {
  /** The rule in words, as it stands in errors: "must be <rule>". */
  readonly rule: string;
  /** Turns the raw text into the value; throws or returns `undefined` when the rule is broken. */
  readonly parse: (raw: string) => T | undefined;
  /** Value when neither NAME nor NAME_FILE is set; without it the variable is required. */
  readonly fallback?: T;
  /** True when errors must not repeat the given value. */
  readonly secret?: boolean;
}

/** Any non-empty text, or what `pattern` allows; `rule` words that pattern. */
export function text(pattern: RegExp = /\S/, rule = "a non-empty text"): Variable<string> {
  return { rule, parse: (raw) => (pattern.test(raw) ? raw : undefined) };
}

/** A TCP port, 1-65535 (0 lets the system choose: for tests). */
export function port(): Variable<number> {
  return {
    rule: "a port number from 0 to 65535",
    parse: (raw) => (/^\d{1,5}$/.test(raw) && Number(raw) <= 65_535 ? Number(raw) : undefined),
  };
}

/** A whole number in a range, both ends allowed. */
export function wholeNumber(min: number, max: number): Variable<number> {
  return {
    rule: `a whole number from ${min} to ${max}`,
    parse: (raw) => (/^\d{1,15}$/.test(raw) && Number(raw) >= min && Number(raw) <= max ? Number(raw) : undefined),
  };
}

/** An absolute URL with one of the given protocols (`https:`); kept as text, without a trailing slash. */
export function url(...protocols: readonly string[]): Variable<string> {
  return {
    rule: `an absolute URL with protocol ${protocols.join(" or ")}`,
    // A database URL may hold a password, so no URL is repeated in an error.
    secret: true,
    parse: (raw) => (protocols.includes(new URL(raw).protocol) ? raw.replace(/\/$/, "") : undefined),
  };
}

/** A password or key; never repeated in errors. */
export function secret(): Variable<string> {
  return { rule: "a non-empty secret", secret: true, parse: (raw) => (raw === "" ? undefined : raw) };
}

/** One or more PEM certificates, each of which must parse. Value: the PEM text. */
export function certificates(): Variable<string> {
  return { rule: "PEM text with at least one valid certificate", secret: true, parse: (raw) => splitCertificates(raw).join("\n") };
}

/** A PEM private key without a passphrase. Value: the PEM text. */
export function privateKey(): Variable<string> {
  return {
    rule: "an unencrypted PEM private key",
    secret: true,
    parse: (raw) => {
      createPrivateKey(raw);
      return raw;
    },
  };
}

/** `variable`, but with a value for when it is not set. */
export function withDefault<T>(variable: Variable<T>, fallback: T): Variable<T> {
  return { ...variable, fallback };
}

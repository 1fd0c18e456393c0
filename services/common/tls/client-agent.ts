import { Agent } from "undici";
import { trustingConnector, type Trust } from "./trust.ts";

/** Whom a TLS client trusts and, for mTLS, who it is. PEM texts. */
export interface TlsIdentity {
  /** Trusted authorities; these only, not the system's. */
  readonly ca: readonly string[];
  /** Client certificate (chain) and its key, both or none. */
  readonly client?: { readonly cert: string; readonly key: string };
}

/** Limits of an HTTP client; times in milliseconds. */
export interface ClientLimits {
  /** Longest TCP and TLS handshake. Default 2,000. */
  readonly connectMs?: number;
  /** Longest wait for headers, and between two pieces of a body. Default 5,000. */
  readonly responseMs?: number;
  /** Most connections to one origin. Default 50. */
  readonly connections?: number;
}

/**
 * An undici dispatcher with our own trust, for all origins or by origin, and, if given, a client certificate. Certificate and host name are always
 * checked; there is no switch for it. Whoever makes it closes it.
 */
export function createClientAgent(identity: Omit<TlsIdentity, "ca"> & { readonly ca: TlsIdentity["ca"] | Trust }, limits: ClientLimits = {}): Agent {
  const { connectMs = 2_000, responseMs = 5_000, connections = 50 } = limits;
  const connect = { timeout: connectMs, minVersion: "TLSv1.2", ...identity.client } as const;
  return new Agent({
    connections,
    headersTimeout: responseMs,
    bodyTimeout: responseMs,
    connect: typeof identity.ca === "function" ? trustingConnector(identity.ca, connect) : { ...connect, ca: [...identity.ca] },
  });
}

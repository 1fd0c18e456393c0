import { createRemoteJWKSet, customFetch, jwksCache, type ExportedJWKSCache, type JWTVerifyGetKey } from "jose";
import { fetch as undiciFetch, type Dispatcher } from "undici";
import { systemClock, type Clock } from "../runtime/clock.ts";

/** Settings of {@link createKeySource}; times in milliseconds. */
export interface KeySourceOptions {
  /** Address of the issuer's JWKS (internal, between containers). */
  readonly url: string;
  /** Client with our own trust: see `createClientAgent`. */
  readonly dispatcher: Dispatcher;
  /** How long fetched keys are used before they must be fetched again. Default 600,000 (10 min). */
  readonly maxAgeMs?: number;
  /** Shortest time between two fetches that an unknown key id causes, so that forged ids cannot flood the issuer. Default 30,000. */
  readonly cooldownMs?: number;
  /** After a failed fetch, how long further ones fail at once. Default 1,000. */
  readonly failureCooldownMs?: number;
  /** Longest fetch. Default 3,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
  /** Told of each key that was asked for, for metrics. */
  readonly onLookup?: (result: CacheResult) => void;
}

/** What became of a look into a cache: it was there, it had to be fetched, or it could not be had. */
export type CacheResult = "hit" | "miss" | "failure";

/** The issuer's public keys, fetched when needed and kept for a bounded time. */
export interface KeySource {
  /** What jose asks for the key of a token; rejects when keys are too old and cannot be fetched (fail closed). */
  readonly getKey: JWTVerifyGetKey;
  /** Milliseconds since the keys were fetched; `undefined` before the first success. */
  ageMs(): number | undefined;
  /** Beyond this age the keys are not used. */
  readonly maxAgeMs: number;
  /** Fetches now. */
  refresh(): Promise<void>;
}

/** Largest JWKS accepted, in bytes: a realm has a handful of keys of about 2 KiB. */
const LARGEST = 262_144;

/** Makes the key source; nothing is fetched before the first token or {@link KeySource.refresh}. */
export function createKeySource(options: KeySourceOptions): KeySource {
  const { url, dispatcher, maxAgeMs = 600_000, cooldownMs = 30_000, failureCooldownMs = 1_000, timeoutMs = 3_000, clock = systemClock, onLookup } = options;
  const cache: ExportedJWKSCache | Record<string, never> = {};
  let failure: { readonly at: number; readonly error: unknown } | undefined;
  let fetches = 0;

  const fetchKeys = async (address: string, { headers, signal }: { headers: Headers; signal: AbortSignal }): Promise<Response> => {
    fetches += 1;
    if (failure !== undefined && clock.now() - failure.at < failureCooldownMs) throw failure.error;
    try {
      const body = await readKeys(address, { headers: Object.fromEntries(headers), signal, dispatcher });
      failure = undefined;
      return new Response(body, { status: 200 });
    } catch (error) {
      failure = { at: clock.now(), error };
      throw error;
    }
  };

  const keys = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: maxAgeMs,
    cooldownDuration: cooldownMs,
    timeoutDuration: timeoutMs,
    [customFetch]: fetchKeys,
    [jwksCache]: cache,
  });
  const getKey: JWTVerifyGetKey = async (header, token) => {
    const before = fetches;
    try {
      const key = await keys(header, token);
      onLookup?.(fetches === before ? "hit" : "miss");
      return key;
    } catch (error) {
      onLookup?.("failure");
      throw error;
    }
  };
  return {
    getKey,
    maxAgeMs,
    ageMs: () => (typeof cache.uat === "number" ? clock.now() - cache.uat : undefined),
    refresh: () => keys.reload(),
  };
}

async function readKeys(url: string, init: { headers: Record<string, string>; signal: AbortSignal; dispatcher: Dispatcher }): Promise<string> {
  const response = await undiciFetch(url, { ...init, method: "GET", redirect: "error" });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}, expected 200 with a JSON Web Key Set`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > LARGEST) throw new Error(`${url} answered more than ${LARGEST} bytes, too many for a JSON Web Key Set`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

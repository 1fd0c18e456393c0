// Runs in Node and in browsers: fetch, Web Crypto and jose only.
import { SignJWT } from "jose/jwt/sign";
import { createProof, type DpopKey } from "../dpop/make-proof.ts";
import { createReceivingKey, type KasAlgorithm } from "../sealed/key-wrap.ts";
import type { SealingKas } from "../sealed/seal.ts";
import type { Rewrap } from "../sealed/unseal.ts";
import { PUBLIC_KEY_PATH, REWRAP_PATH, type RewrapRequestBody, type RewrapResponse } from "./wire.ts";

/** The part of `fetch` that is used. In Node, one that trusts our authority: see `createTrustingFetch`. */
export type Fetch = (url: string, init: { method: string; headers: Record<string, string>; body?: string; redirect: "error"; signal: AbortSignal }) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  json(): Promise<unknown>;
}>;

/** Settings of {@link createKasClient}. */
export interface KasClientOptions {
  /** Base addresses of the federation's KASes. Another one is never called: it would be given the token. */
  readonly allowed: readonly string[];
  readonly key: DpopKey;
  /** The access token, or how to get one that is still good. */
  readonly accessToken: string | (() => Promise<string>);
  /** Kind of the one-time key to which the KAS re-encrypts. Default: ec:secp256r1. */
  readonly algorithm?: KasAlgorithm;
  /** Default: the global one. */
  readonly fetch?: Fetch;
  /** Longest call, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** The KAS gave no key. */
export class KasError extends Error {
  /** HTTP status of the KAS: 403 denied, 401 token or proof refused, 429 too often, 503 nobody can decide; 0 without an answer. */
  readonly status: number;
  /** The KAS's own code ("DIVE_ERR_KAS_DENIED"), when it gave one. */
  readonly code: string | undefined;
  /** Seconds after which to try again, when it said so. */
  readonly retryAfterS: number | undefined;

  constructor(message: string, status: number, detail: { code?: string; retryAfterS?: number; cause?: unknown } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "KasError";
    this.status = status;
    this.code = detail.code;
    this.retryAfterS = detail.retryAfterS;
  }
}

/** A caller of KASes. */
export interface KasClient {
  /** Asks the KAS that a key access object names for the content key: the `rewrap` of `unseal`. @throws {KasError} */
  readonly rewrap: Rewrap;
  /** The KAS's newest public key of a kind, for `seal`. @throws {KasError} */
  publicKey(kasUrl: string, algorithm: KasAlgorithm): Promise<SealingKas>;
}

/** Asks a KAS for its newest public key; anybody may. @throws {KasError} */
export async function fetchKasKey(kasUrl: string, algorithm: KasAlgorithm, options: Pick<KasClientOptions, "fetch" | "timeoutMs"> = {}): Promise<SealingKas> {
  const query = new URLSearchParams({ algorithm, fmt: "pkcs8" });
  const body = await call(`${kasUrl}${PUBLIC_KEY_PATH}?${query}`, { method: "GET", headers: {} }, options);
  const { publicKey, kid } = body as { publicKey?: unknown; kid?: unknown };
  if (typeof publicKey !== "string" || typeof kid !== "string") throw new KasError(`${kasUrl} answered no public key with its id`, 200);
  return { url: kasUrl, kid, publicKey, algorithm };
}

/** Makes a caller with a key and a token of its own. */
export function createKasClient(options: KasClientOptions): KasClient {
  const { key, algorithm = "ec:secp256r1" } = options;
  const allowed = new Set(options.allowed.map(normalised));
  const requireAllowed = (kas: string): string => {
    if (!URL.canParse(kas) || !allowed.has(normalised(kas))) throw new KasError(`The object names the KAS ${kas}, which is not one of this federation`, 0);
    return normalised(kas);
  };
  return {
    publicKey: async (kas, kind) => fetchKasKey(requireAllowed(kas), kind, options),
    async rewrap({ policy, keyAccess }) {
      const url = `${requireAllowed(keyAccess.kas)}${REWRAP_PATH}`;
      const accessToken = typeof options.accessToken === "string" ? options.accessToken : await options.accessToken();
      const receiving = await createReceivingKey(algorithm);
      const requestBody: RewrapRequestBody = {
        clientPublicKey: receiving.publicKey,
        requests: [{ policy, keyAccessObjects: [{ keyAccessObjectId: "kao-0", keyAccessObject: { ...keyAccess } }] }],
      };
      const headers = {
        "content-type": "application/json",
        authorization: `DPoP ${accessToken}`,
        dpop: await createProof(key, { method: "POST", url, accessToken }),
      };
      const body = JSON.stringify({ signedRequestToken: await signRequest(key, requestBody) });
      const answer = (await call(url, { method: "POST", headers, body }, options)) as Partial<RewrapResponse>;
      const result = answer.responses?.[0]?.results[0];
      if (result?.status !== "permit" || typeof result.kasWrappedKey !== "string") throw new KasError(`${url}: ${result?.error ?? "the answer holds no result"}`, 200);
      return receiving.open(result.kasWrappedKey, answer.sessionPublicKey ?? "");
    },
  };
}

/** The signed request token: a JWT by the caller's DPoP key, good for one minute (BaseTDF-KAS section 3.2). */
export function signRequest(key: DpopKey, requestBody: RewrapRequestBody): Promise<string> {
  return new SignJWT({ requestBody: JSON.stringify(requestBody) })
    .setProtectedHeader({ alg: key.algorithm ?? "ES256", typ: "JWT" })
    .setIssuedAt()
    .setExpirationTime("60 s")
    .sign(key.privateKey);
}

async function call(
  url: string, request: { method: string; headers: Record<string, string>; body?: string }, { fetch = globalThis.fetch, timeoutMs = 10_000 }: Pick<KasClientOptions, "fetch" | "timeoutMs">,
): Promise<unknown> {
  const response = await fetch(url, { ...request, redirect: "error", signal: AbortSignal.timeout(timeoutMs) }).catch((cause: unknown) => {
    throw new KasError(`${url} does not answer`, 0, { cause });
  });
  const body = await response.json().catch((cause: unknown) => {
    throw new KasError(`${url} answered ${response.status} without JSON`, response.status, { cause });
  });
  if (response.status === 200) return body;
  const { code, message } = (body ?? {}) as { code?: unknown; message?: unknown };
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  throw new KasError(`${url} answered ${response.status}: ${typeof message === "string" ? message : "no message"}`, response.status, {
    ...(typeof code === "string" ? { code } : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfterS: retryAfter } : {}),
  });
}

function normalised(url: string): string {
  return new URL(url).href.replace(/\/+$/, "");
}

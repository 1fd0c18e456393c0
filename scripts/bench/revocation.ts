import { createProof, generateDpopKey } from "@dive/common/dpop";
import { fetchKasKey, REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import { createReceivingKey, seal } from "@dive/common/sealed";
import { refresh } from "../../tests/support/authorization-code.ts";
import { login, type LoggedIn } from "../../tests/support/login.ts";
import type { Instance, RunningStack } from "../../tests/support/stack.ts";
import { REQUEST_LIMIT_MS, trustOnly } from "../../tests/support/trust.ts";

/** How many revocations, and how many of them real logouts at Keycloak. */
export interface RevocationCounts {
  readonly revocations: number;
  readonly logouts: number;
}

/** Milliseconds from the answer to a revocation until one service refuses, as whoever uses the token sees it: one round trip at least. */
export interface RevocationTimes {
  readonly service: string;
  readonly times: readonly number[];
}

/** Longest wait for a refusal, ms: after it the revocation is lost. */
const LOST_MS = 5_000;
/** Revocations under way at a time. */
const SIDE_BY_SIDE = 2;
/** Tokens of one session are gathered and revoked in parts: they live some minutes. */
const PART = 100;

/** A service that takes a realm's tokens, and how it is asked whether it takes one. */
interface Taker {
  readonly name: string;
  refuses(token: string): Promise<boolean>;
}

/**
 * Revokes tokens of every realm of a stack in turn, each by the realm's own administrator or by a real logout, while every service that takes
 * that realm's tokens is asked by it: the realm's backend, and the KASes that trust it.
 * @throws when a service does not refuse a token as revoked in time, or refuses it for anything else
 */
export async function benchRevocations(stack: RunningStack, counts: RevocationCounts, update: (detail: string) => void): Promise<RevocationTimes[]> {
  trustOnly(stack.ca);
  const instances = Object.values(stack.instances);
  const found = new Map<string, number[]>();
  let done = 0;
  for (const site of instances) {
    const takers = [backendOf(site), ...(await Promise.all(instances.filter((kas) => kas === site || site.role === "hub" || kas.role === "hub").map((kas) => kasOf(kas, site.code))))];
    const measure = async (token: string, revoke: () => Promise<void>) => {
      await revoke();
      const answered = performance.now();
      await Promise.all(takers.map(async ({ name, refuses }) => {
        while (!(await refuses(token))) if (performance.now() - answered > LOST_MS) throw new Error(`${name} still takes a token of ${site.code} ${LOST_MS} ms after it was revoked`);
        found.set(name, [...(found.get(name) ?? []), performance.now() - answered]);
      }));
      update(`${++done} of ${counts.revocations}`);
    };
    const share = (all: number) => Math.ceil(all / instances.length);
    for (let n = 0; n < share(counts.logouts); n++) {
      const user = await signIn(stack, site, 2 + (n % 3));
      await measure(user.accessToken, () => logout(site, user));
    }
    let left = share(counts.revocations - counts.logouts);
    for (let part = 0; left > 0; part++) {
      const [admin, tokens] = [await administrator(stack, site), await tokensOf(site, await signIn(stack, site, 2 + (part % 3)), Math.min(PART, left))];
      left -= tokens.length;
      const worker = async () => {
        for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) {
          const one = token;
          await measure(one, () => post(`${site.backendUrl}/api/auth/blacklist-token`, { authorization: `Bearer ${admin.accessToken}`, "content-type": "application/json" }, JSON.stringify({ token: one })));
        }
      };
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    }
  }
  return [...found].map(([service, times]) => ({ service, times }));
}

function signIn(stack: RunningStack, site: Instance, level: number): Promise<LoggedIn> {
  const username = `testuser-${site.code.toLowerCase()}-${level}`;
  return login({ site, username, password: stack.users[site.code]![username]!.password });
}

function administrator(stack: RunningStack, site: Instance): Promise<LoggedIn> {
  return signIn(stack, { ...site, clientId: `${site.clientId}-administration` }, 5);
}

/** Different tokens of one session: revoking one says nothing of the others. */
async function tokensOf(site: Instance, { refreshToken }: LoggedIn, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let next = refreshToken; tokens.length < count; ) {
    if (next === undefined) throw new Error(`the client of ${site.code} gets no refresh token`);
    const { accessToken, refreshToken: following } = await refresh(site, next);
    tokens.push(accessToken);
    next = following;
  }
  return tokens;
}

/** At the realm, which tells the backend by a back-channel logout before it answers. */
async function logout({ issuer, clientId }: Instance, { refreshToken }: LoggedIn): Promise<void> {
  await post(`${issuer}/protocol/openid-connect/logout`, { "content-type": "application/x-www-form-urlencoded" }, new URLSearchParams({ client_id: clientId, refresh_token: refreshToken! }).toString());
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<void> {
  const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${url} answered ${response.status}: ${text.slice(0, 300)}`);
}

function backendOf({ code, backendUrl }: Instance): Taker {
  return { name: `backend of ${code}`, refuses: async (token) => verdict(`${backendUrl}/api/whoami`, { headers: { authorization: `Bearer ${token}` } }) };
}

/** Asks for the key of an object that everybody may read. */
async function kasOf({ code, kasUrl }: Instance, realm: string): Promise<Taker> {
  const label = { classification: "UNCLASSIFIED", releasabilityTo: [realm], COI: [], coiOperator: "ALL", creationDate: "2026-01-01T00:00:00Z" } as const;
  const sealing = await seal(new Uint8Array(16), { label, resourceId: `${code}-bench`, kas: await fetchKasKey(kasUrl, "ec:secp256r1") });
  for await (const _ of sealing.segments);
  const { policy, keyAccess } = sealing.manifest().encryptionInformation;
  const [key, { publicKey: clientPublicKey }] = [await generateDpopKey(), await createReceivingKey("ec:secp256r1")];
  const url = `${kasUrl}${REWRAP_PATH}`;
  const body = { clientPublicKey, requests: [{ policy: { id: "policy-0", body: policy }, keyAccessObjects: [{ keyAccessObjectId: "kao-0", keyAccessObject: { ...keyAccess[0] } }] }] };
  return {
    name: `KAS of ${code}`,
    async refuses(accessToken) {
      const headers = { "content-type": "application/json", authorization: `DPoP ${accessToken}`, dpop: await createProof(key, { method: "POST", url, accessToken }) };
      return verdict(url, { method: "POST", headers, body: JSON.stringify({ signedRequestToken: await signRequest(key, body) }) });
    },
  };
}

/** Whether it is refused as revoked. @throws for any other refusal */
async function verdict(url: string, init: RequestInit): Promise<boolean> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const { code } = (await response.json()) as { code?: unknown };
  if (response.status === 200) return false;
  if (code === "DIVE_ERR_TOKEN_REVOKED") return true;
  throw new Error(`${url} answered ${response.status} ${String(code)}`);
}

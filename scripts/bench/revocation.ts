import { setTimeout as delay } from "node:timers/promises";
import { createProof, generateDpopKey } from "@dive/common/dpop";
import { fetchKasKey, REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import { createReceivingKey, seal } from "@dive/common/sealed";
import { refresh } from "../../tests/support/authorization-code.ts";
import { upload } from "../../tests/support/documents.ts";
import { startLoad, type Load } from "../../tests/support/load.ts";
import { login, type LoggedIn } from "../../tests/support/login.ts";
import type { Instance, RunningStack } from "../../tests/support/stack.ts";
import { REQUEST_LIMIT_MS, trustOnly } from "../../tests/support/trust.ts";

/** How many revocations, and how many of them real logouts at Keycloak. */
export interface RevocationCounts {
  readonly revocations: number;
  readonly logouts: number;
}

/** What was measured; times in milliseconds. */
export interface RevocationFigures {
  /** Of each service: from the answer to a revocation until it refuses, as whoever uses the token sees it: one round trip at least. */
  readonly refusals: readonly { readonly service: string; readonly times: readonly number[] }[];
  /** Of reads by others, at all services of a realm at once, all the while: every one of them was served. */
  readonly reads: readonly number[];
}

/** Longest wait for a refusal, ms: after it the revocation is lost. */
const LOST_MS = 5_000;
/** Revocations under way at a time. */
const SIDE_BY_SIDE = 2;
/** Tokens of one session are gathered and revoked in parts: they live some minutes. */
const PART = 100;
/** People whose tokens are revoked, by level, in turn. The administrator is of level 5. */
const REVOKED_LEVELS = [1, 2, 3, 4] as const;
/** A KAS takes 600 requests a minute of each person: so long lasts a part at least, ms, with room for tokens that are asked about twice. */
const PART_MS = 4_000;
/** The reader of each realm reads twice a second, and renews a token after 10 of its 15 minutes. */
const READ_PAUSE_MS = 500;
const RENEW_MS = 600_000;

/** A service that takes a realm's tokens, and how it is asked whether it takes one: by reading there. */
interface Taker {
  readonly name: string;
  refuses(token: string): Promise<boolean>;
}

/**
 * Revokes tokens of every realm of a stack in turn, each by the realm's own administrator or by a real logout, until every service that takes
 * that realm's tokens refuses it: the realm's backend, and the KASes that trust it. Somebody of each realm reads at all of these meanwhile.
 * @throws when a service does not refuse a token as revoked in time, or refuses it for anything else, or refuses a reader
 */
export async function benchRevocations(stack: RunningStack, counts: RevocationCounts, update: (detail: string) => void): Promise<RevocationFigures> {
  trustOnly(stack.ca);
  const sites = await Promise.all(Object.values(stack.instances).map(async (site) => ({ site, takers: await takersOf(stack, site) })));
  const readers = await Promise.all(sites.map(({ site, takers }) => startReading(stack, site, takers)));
  try {
    const found = new Map(sites.flatMap(({ takers }) => takers.map(({ name }): [string, number[]] => [name, []])));
    let done = 0;
    for (const { site, takers } of sites) {
      const measure = async (token: string, revoke: () => Promise<void>) => {
        await revoke();
        const answered = performance.now();
        await Promise.all(takers.map(async ({ name, refuses }) => {
          while (!(await refuses(token))) if (performance.now() - answered > LOST_MS) throw new Error(`${name} still takes a token of ${site.code} ${LOST_MS} ms after it was revoked`);
          found.get(name)!.push(performance.now() - answered);
        }));
        update(`${++done} of ${counts.revocations}`);
      };
      await revokeAt(stack, site, { revocations: Math.ceil(counts.revocations / sites.length), logouts: Math.ceil(counts.logouts / sites.length) }, measure);
    }
    return { refusals: [...found].map(([service, times]) => ({ service, times })), reads: readers.flatMap(({ results }) => results) };
  } finally {
    await Promise.all(readers.map((reader) => reader.stop()));
  }
}

/** The services that take a realm's tokens. */
async function takersOf({ instances, users }: RunningStack, site: Instance): Promise<Taker[]> {
  const author = await signIn({ users }, site, 5);
  const kases = Object.values(instances).filter((kas) => kas === site || site.role === "hub" || kas.role === "hub");
  return [await backendOf(site, author), ...(await Promise.all(kases.map((kas) => kasOf(kas, site.code))))];
}

/** Revokes a realm's share of all. */
async function revokeAt(stack: RunningStack, site: Instance, { revocations, logouts }: RevocationCounts, measure: (token: string, revoke: () => Promise<void>) => Promise<void>): Promise<void> {
  const level = (n: number) => REVOKED_LEVELS[n % REVOKED_LEVELS.length]!;
  for (let n = 0; n < logouts; n++) {
    const user = await signIn(stack, site, level(n));
    await measure(user.accessToken, () => logout(site, user));
  }
  let left = revocations - logouts;
  for (let part = 0; left > 0; part++) {
    const paced = delay(PART_MS);
    const [admin, tokens] = [await administrator(stack, site), await tokensOf(site, await signIn(stack, site, level(part)), Math.min(PART, left))];
    left -= tokens.length;
    const worker = async () => {
      for (let token = tokens.pop(); token !== undefined; token = tokens.pop()) {
        const body = JSON.stringify({ token });
        await measure(token, () => post(`${site.backendUrl}/api/auth/blacklist-token`, { authorization: `Bearer ${admin.accessToken}`, "content-type": "application/json" }, body));
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    await paced;
  }
}

/** Somebody whose tokens nobody revokes reads wherever they are taken. */
async function startReading(stack: RunningStack, site: Instance, takers: readonly Taker[]): Promise<Load<number>> {
  let tokens: Pick<LoggedIn, "accessToken" | "refreshToken"> = await signIn(stack, site, 5);
  let since = performance.now();
  return startLoad({ sideBySide: 1, pauseMs: READ_PAUSE_MS }, async () => {
    if (performance.now() - since > RENEW_MS) [tokens, since] = [await refresh(site, tokens.refreshToken!), performance.now()];
    const began = performance.now();
    const refusing = await Promise.all(takers.map(async ({ name, refuses }) => ((await refuses(tokens.accessToken)) ? [name] : [])));
    if (refusing.flat().length > 0) throw new Error(`${refusing.flat().join(", ")} refused a token of ${site.code} that nobody has revoked`);
    return performance.now() - began;
  });
}

function signIn(stack: Pick<RunningStack, "users">, site: Instance, level: number): Promise<LoggedIn> {
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

/** Downloads a document that everybody of the realm may read. */
async function backendOf(site: Instance, author: LoggedIn): Promise<Taker> {
  const id = await upload(site, author, "read during revocations", { classification: "UNCLASSIFIED", releasabilityTo: [site.code] });
  return { name: `backend of ${site.code}`, refuses: async (token) => verdict(`${site.backendUrl}/api/resources/${id}/download`, { headers: { authorization: `Bearer ${token}` } }) };
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
  const body = await response.text();
  if (response.status === 200) return false;
  const { code } = JSON.parse(body) as { code?: unknown };
  if (code === "DIVE_ERR_TOKEN_REVOKED") return true;
  throw new Error(`${url} answered ${response.status} ${String(code)}`);
}

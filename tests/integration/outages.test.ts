import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { REWRAP_PATH } from "@dive/common/kas-client";
import type { Manifest } from "@dive/common/sealed";
import { realmAdmin } from "../support/admin.ts";
import { rewrapRequest } from "../support/attacks.ts";
import { containerOf, whileStopped } from "../support/containers.ts";
import { docker } from "../support/docker.ts";
import { openSealed, sealed, upload, uploadForm } from "../support/documents.ts";
import { killContainer } from "../support/faults.ts";
import { atRest, metric, report, servicesOf } from "../support/health.ts";
import { startLoad } from "../support/load.ts";
import { login, type LoggedIn } from "../support/login.ts";
import type { Instance } from "../support/stack.ts";
import { REQUEST_LIMIT_MS } from "../support/trust.ts";

// Proves on real containers that a part which stops takes with it what it must and nothing else, and that all comes back by itself, with
// everything that was acknowledged. What each service says of its parts meanwhile is health-matrix.test.ts's.
const stack = inject("stack");
const [usa, fra] = [stack.instances["USA"]!, stack.instances["FRA"]!];
const LIMIT = { timeout: 180_000 };
const services = servicesOf(stack);
const everybodyAtRest = () => Promise.all(services.map(atRest));
const hubAtRest = () => Promise.all(services.filter(({ code }) => code === usa.code).map(atRest));
/** Far below any time-out: what answers so soon has asked nobody. */
const FAST_MS = 1_000;

const RELEASABLE = { releasabilityTo: ["USA", "FRA"] } as const;
const LEVELS = ["UNCLASSIFIED", "RESTRICTED"] as const;
type Level = (typeof LEVELS)[number];
interface Document {
  readonly id: string;
  readonly manifest: Manifest;
}
/** Somebody at home in each instance, with a document of each level there. */
const at = {} as Record<string, { who: LoggedIn } & Record<Level, Document>>;

const signIn = (site: Instance, level = 2): Promise<LoggedIn> => {
  const username = `testuser-${site.code.toLowerCase()}-${level}`;
  return login({ site, username, password: stack.users[site.code]![username]!.password });
};

beforeAll(async () => {
  // Other tests give wrong passwords and codes on purpose, and Keycloak then keeps those users out for a while.
  for (const { code, realm } of [usa, fra]) await (await realmAdmin(stack, code)).attackDetection.delAll({ realm });
  await everybodyAtRest();
  for (const site of [usa, fra]) {
    const who = await signIn(site);
    const documents = await Promise.all(LEVELS.map(async (classification) => {
      const id = await upload(site, who, `${classification} of ${site.code}`, { ...RELEASABLE, classification });
      return [classification, { id, manifest: (await sealed(site, who, id)).manifest }] as const;
    }));
    at[site.code] = { who, ...(Object.fromEntries(documents) as Record<Level, Document>) };
  }
}, LIMIT.timeout);
afterAll(() => everybodyAtRest(), LIMIT.timeout);

/** An answer, as far as it matters here. */
interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly retryAfter: string | null;
  readonly ms: number;
}
async function asked(url: string, accessToken: string, init: RequestInit = {}): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` }, ...init, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  const body = await response.text();
  const isJson = response.headers.get("content-type")?.startsWith("application/json") === true;
  const { code } = isJson ? (JSON.parse(body) as { code?: unknown }) : {};
  return { status: response.status, code, retryAfter: response.headers.get("retry-after"), ms: performance.now() - began };
}

const downloadOf = (site: Instance, level: Level, { accessToken } = at[site.code]!.who) => asked(`${site.backendUrl}/api/resources/${at[site.code]![level].id}/download`, accessToken);
const uploadOf = (site: Instance, classification: Level) => asked(`${site.backendUrl}/api/upload`, at[site.code]!.who.accessToken, {
  method: "POST", body: uploadForm("during an outage", { ...RELEASABLE, classification }, "x"), headers: { authorization: `Bearer ${at[site.code]!.who.accessToken}` },
});
/** Asks the KAS of an instance for the key of its document. */
const keyOf = async (site: Instance, level: Level, { accessToken: token } = at[site.code]!.who) =>
  asked(`${site.kasUrl}${REWRAP_PATH}`, token, await rewrapRequest(site, { token, manifest: at[site.code]![level].manifest }));

const isUnavailable = { status: 503, code: expect.stringMatching(/^DIVE_ERR_/), retryAfter: expect.stringMatching(/^[1-9]\d*$/) };
const isServed = { status: expect.toBeOneOf([200, 201]) };

test("the blacklist stopped: only UNCLASSIFIED is served, by hub, spoke and KASes; started again all is, and what was revoked stays so", LIMIT, async () => {
  const revoked = await signIn(usa, 3);
  const revoke = (who: LoggedIn) => asked(`${usa.backendUrl}/api/auth/logout`, who.accessToken, { method: "POST", headers: { authorization: `Bearer ${who.accessToken}` } });
  expect(await revoke(revoked)).toMatchObject({ status: 204 });
  const asks = (level: Level) => Promise.all([usa, fra].flatMap((site) => [downloadOf(site, level), keyOf(site, level)]));
  // A token of the hub's realm is good at the hub's backend, and at every KAS.
  const asksRevoked = (...others: Instance[]) => Promise.all([downloadOf(usa, "UNCLASSIFIED", revoked), ...others.map((site) => keyOf(site, "UNCLASSIFIED", revoked))]);
  const allRefused = [1, 2, 3].map(() => expect.objectContaining({ status: 401, code: "DIVE_ERR_TOKEN_REVOKED" }));
  await expect.poll(() => asksRevoked(usa, fra), { timeout: 5_000, interval: 50 }).toEqual(allRefused);

  await whileStopped(await containerOf(stack.name, "USA", "blacklist-redis"), async () => {
    await Promise.all(services.map(async ({ base, name }) => {
      const said = async () => {
        const { code, status, services: parts } = await report(base);
        return { code, status, part: parts["blacklistRedis"]?.status };
      };
      await expect.poll(said, { timeout: 30_000, interval: 500, message: name }).toEqual({ code: 200, status: "degraded", part: "down" });
    }));
    // Down is known before the view of revocations is too old to serve by.
    await expect.poll(() => asks("RESTRICTED"), { timeout: 20_000, interval: 500 }).toMatchObject([1, 2, 3, 4].map(() => isUnavailable));
    expect(await asks("UNCLASSIFIED")).toMatchObject([1, 2, 3, 4].map(() => isServed));
    for (const site of [usa, fra]) {
      expect(await uploadOf(site, "RESTRICTED"), site.code).toMatchObject(isUnavailable);
      expect(await uploadOf(site, "UNCLASSIFIED"), site.code).toMatchObject(isServed);
    }
    expect(await revoke(await signIn(usa, 3)), "a revocation that cannot be stored").toMatchObject(isUnavailable);
    expect(await asksRevoked(usa, fra)).toEqual(allRefused);
    // What it knew is gone with its memory: afterwards it can only know it from the blacklist.
    await docker.getContainer(await containerOf(stack.name, "FRA", "kas")).restart();
  });
  await everybodyAtRest();
  await expect.poll(() => asks("RESTRICTED"), { timeout: 20_000, interval: 500 }).toMatchObject([1, 2, 3, 4].map(() => isServed));
  expect(await asksRevoked(usa, fra)).toEqual(allRefused);
});

const opaCircuit = (base: string) => metric(base, 'dive_v3_circuit_breaker_state{service="opa"}');
/** Services whose circuit to OPA is open, with a call that needs it. They close a minute later: the tests of the hub's databases use it. */
const opened: { readonly base: string; readonly ask: () => Promise<Answer> }[] = [];

test("OPA of an instance stopped: its circuits open after 5 failures, and all is refused at once", LIMIT, async () => {
  const circuit = async (base: string) => (await report(base)).circuitBreakers["opa"];
  const asking = [{ base: fra.backendUrl, ask: () => downloadOf(fra, "UNCLASSIFIED") }, { base: fra.kasUrl, ask: () => keyOf(fra, "UNCLASSIFIED") }];
  await whileStopped(await containerOf(stack.name, "FRA", "opa"), async () => {
    await Promise.all(asking.map(async ({ base, ask }) => {
      for (let failures = 1; failures <= 5; failures++) {
        expect(await ask(), `answer ${failures} of ${base}`).toMatchObject(isUnavailable);
        expect(await circuit(base), `after failure ${failures} at ${base}`).toMatchObject({ state: failures < 5 ? "CLOSED" : "OPEN", failures });
      }
      expect(await opaCircuit(base), base).toBe(2);
    }));
    opened.push(...asking);
    // Whatever needs a decision, and what everybody may read as well.
    const list = await asked(`${fra.backendUrl}/api/resources`, at["FRA"]!.who.accessToken);
    for (const answer of [list, await downloadOf(fra, "UNCLASSIFIED"), await uploadOf(fra, "UNCLASSIFIED"), await keyOf(fra, "UNCLASSIFIED")]) {
      expect(answer).toMatchObject(isUnavailable);
      expect(answer.ms).toBeLessThan(FAST_MS);
    }
    expect((await circuit(fra.backendUrl))!.rejected).toBeGreaterThanOrEqual(3);
    expect(await Promise.all([downloadOf(usa, "RESTRICTED"), keyOf(usa, "RESTRICTED")])).toMatchObject([isServed, isServed]);
  });
});

/** Uploads and reads at the hub. An upload that was answered 201 is acknowledged; anything but 201, 200 and 503 is wrong. */
function documentLoad(who: LoggedIn) {
  const acknowledged: { readonly id: string; readonly title: string }[] = [];
  const wrong: string[] = [];
  const bearer = { authorization: `Bearer ${who.accessToken}` };
  const note = (what: string, response: Response, expected: number) => {
    if (response.status !== expected && !(response.status === 503 && response.headers.has("retry-after"))) wrong.push(`${what}: ${response.status}`);
    return response.status === expected;
  };
  const uploads = startLoad({ sideBySide: 3, pauseMs: 250 }, async () => {
    const title = `under load ${randomUUID()}`;
    const response = await fetch(`${usa.backendUrl}/api/upload`, { method: "POST", body: uploadForm(title, { ...RELEASABLE, classification: "UNCLASSIFIED" }, title), headers: bearer, signal: AbortSignal.timeout(2 * REQUEST_LIMIT_MS) });
    const body = (await response.json()) as { resourceId: string };
    if (note("upload", response, 201)) acknowledged.push({ id: body.resourceId, title });
  });
  const reads = startLoad({ sideBySide: 3, pauseMs: 250 }, async () => {
    const response = await fetch(`${usa.backendUrl}/api/resources/${at["USA"]!.UNCLASSIFIED.id}/download`, { headers: bearer, signal: AbortSignal.timeout(2 * REQUEST_LIMIT_MS) });
    await response.arrayBuffer();
    return note("download", response, 200);
  });
  return { acknowledged, wrong, reads: reads.results, stop: () => Promise.all([uploads.stop(), reads.stop()]) };
}

/** Identifiers of everything UNCLASSIFIED that somebody may see at the hub. */
async function listed({ accessToken }: LoggedIn): Promise<Set<string>> {
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ classification: "UNCLASSIFIED", limit: "100", ...(cursor === undefined ? {} : { cursor }) });
    const response = await fetch(`${usa.backendUrl}/api/resources?${query}`, { headers: { authorization: `Bearer ${accessToken}` }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
    const { resources, nextCursor } = (await response.json()) as { resources: { resourceId: string }[]; nextCursor?: string };
    for (const { resourceId } of resources) ids.add(resourceId);
    cursor = nextCursor;
  } while (cursor !== undefined);
  return ids;
}

/** As an operator restarts it, and as its process dies. */
const ends: Record<string, (container: string) => Promise<void>> = {
  restarted: async (container) => void (await docker.getContainer(container).restart()),
  killed: async (container) => {
    const { State: { StartedAt: before } } = await docker.getContainer(container).inspect();
    expect(await killContainer(container)()).toBe(true);
    await expect.poll(async () => (await docker.getContainer(container).inspect()).State, { timeout: 30_000 }).toMatchObject({ Running: true, StartedAt: expect.not.stringMatching(before) });
  },
};
const all = process.env["DIVE_TEST_ALL"] !== undefined;
const endings = all ? Object.keys(ends) : ["restarted"];
/** Successes that show that the load runs. */
const SOME = 20;
const more = (list: readonly unknown[], before: number) => expect.poll(() => list.length - before, { timeout: 90_000, interval: 250 }).toBeGreaterThanOrEqual(SOME);

test.for(endings)("MongoDB %s under load: its pool recovers, and every upload that was acknowledged is there", LIMIT, async (ending) => {
  const who = await signIn(usa);
  const load = documentLoad(who);
  try {
    await more(load.acknowledged, 0);
    await ends[ending]!(await containerOf(stack.name, "USA", "mongodb"));
    await more(load.acknowledged, load.acknowledged.length);
    await hubAtRest();
    const series = (kind: string) => metric(usa.backendUrl, `dive_v3_db_connections_${kind}{type="mongodb"}`);
    // The least that the pool keeps open.
    await expect.poll(async () => (await series("active"))! + (await series("idle"))!, { timeout: 30_000 }).toBeGreaterThanOrEqual(5);
    const reads = load.reads.length;
    await more(load.reads, reads);
    expect(load.reads.slice(reads).filter((given) => !given)).toEqual([]);
  } finally {
    await load.stop();
  }
  expect(load.wrong).toEqual([]);
  const seen = await listed(who);
  expect(load.acknowledged.filter(({ id }) => !seen.has(id))).toEqual([]);
  for (const { id } of load.acknowledged) expect((await asked(`${usa.backendUrl}/api/resources/${id}/download`, who.accessToken)).status, id).toBe(200);
  for (const { id, title } of [load.acknowledged.at(0)!, load.acknowledged.at(-1)!]) expect(await openSealed(await sealed(usa, who, id), who, [usa])).toBe(title);
});

test.for(endings)("PostgreSQL %s under load: its pools recover, every user that was acknowledged is there, and documents are served all the time", LIMIT, async (ending) => {
  const PREFIX = "under-load-";
  const circuits = () => metric(usa.backendUrl, 'dive_v3_circuit_breaker_state{circuit="federation-link",instance="FRA"}');
  await expect.poll(circuits, { timeout: 30_000 }).toBe(0);
  const documents = documentLoad(await signIn(usa));
  const acknowledged: string[] = [];
  // Keycloak's writes; one that fails need not be there.
  const users = startLoad({ sideBySide: 2, pauseMs: 250 }, async () => {
    const made = await realmAdmin(stack, "USA").then((admin) => admin.users.create({ username: `${PREFIX}${randomUUID()}`, enabled: false })).catch((error: Error) => error);
    if (!(made instanceof Error)) acknowledged.push(made.id);
  });
  try {
    await more(acknowledged, 0);
    await ends[ending]!(await containerOf(stack.name, "USA", "postgres"));
    await more(acknowledged, acknowledged.length);
    await hubAtRest();
    await expect.poll(circuits, { timeout: 30_000 }).toBe(0);
    await expect.poll(() => metric(usa.backendUrl, 'dive_v3_db_connections_idle{type="postgres"}'), { timeout: 30_000 }).toBeGreaterThanOrEqual(1);
    await signIn(usa, 1);
  } finally {
    await Promise.all([users.stop(), documents.stop()]);
  }
  const admin = await realmAdmin(stack, "USA");
  const found = await admin.users.find({ username: PREFIX, max: 10_000 });
  for (const { id } of found) await (await realmAdmin(stack, "USA")).users.del({ id: id! });
  expect(acknowledged.filter((id) => !found.some((user) => user.id === id))).toEqual([]);
  expect(documents.wrong).toEqual([]);
  expect(documents.reads.filter((given) => !given)).toEqual([]);
});

test("the circuits to OPA have closed by themselves", LIMIT, async () => {
  expect(opened.length).toBe(2);
  // Health asks OPA past the breaker, so that no call of ours closes the circuit.
  await everybodyAtRest();
  for (const { base, ask } of opened) {
    expect(await opaCircuit(base), base).toBe(0);
    expect(await ask(), base).toMatchObject(isServed);
  }
});

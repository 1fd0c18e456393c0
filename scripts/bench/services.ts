import { readFile, writeFile } from "node:fs/promises";
import { createClientAgent } from "@dive/common";
import { createProof, generateDpopKey } from "@dive/common/dpop";
import { fetchKasKey, REWRAP_PATH, signRequest } from "@dive/common/kas-client";
import type { SecurityLabel } from "@dive/common/label";
import { authenticationOf, subjectOf } from "@dive/common/opa";
import { createReceivingKey, seal, type KasAlgorithm, type Manifest } from "@dive/common/sealed";
import { containerOf } from "../../tests/support/containers.ts";
import { docker } from "../../tests/support/docker.ts";
import { upload, uploadForm } from "../../tests/support/documents.ts";
import { login, type LoggedIn } from "../../tests/support/login.ts";
import type { Instance, RunningStack } from "../../tests/support/stack.ts";
import { trustOnly } from "../../tests/support/trust.ts";
import { findPaths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { benchInBackend } from "./in-backend.ts";
import { benchRevocations, type RevocationCounts } from "./revocation.ts";
import { vegeta, type Load, type LoadRequest } from "./vegeta.ts";

/** One line of the benchmark. */
export interface ServiceFigure {
  readonly name: string;
  readonly calls: number;
  /** Share of calls that succeeded. */
  readonly success: number;
  /** In `unit`. */
  readonly p50?: number;
  readonly p95: number;
  readonly p99?: number;
  readonly unit: "ms" | "µs" | "MiB";
  /** Most that a percentile should be. */
  readonly aim?: { readonly of: "p95" | "p99"; readonly most: number };
  readonly errors?: readonly string[];
}

/** The aims: ms at the 95th percentile, of revocations at the 99th; MiB of the backend's process. */
const AIMS = { downloadMs: 15, decisionMs: 3, rewrapMs: { "rsa:2048": 10, "ec:secp256r1": 5 }, residentMiB: 200, revocationMs: 50 } as const;
const SECONDS = 10;
/** Before each load is measured: connections are made, and Node has compiled what it will run, as in a service that has been up for a while. */
const WARM_UP_SECONDS = 10;
/** Downloads a second. */
const DOWNLOADS = 50;
/** Rewraps a second, all users together: the KAS takes 10 a second of each. */
const REWRAPS = 25;
const SOME_REVOCATIONS: RevocationCounts = { revocations: 200, logouts: 10 };
const LABEL: SecurityLabel = { classification: "UNCLASSIFIED", releasabilityTo: ["USA"], COI: [], coiOperator: "ALL", creationDate: "2026-01-01T00:00:00Z" };
const MIB = 1024 * 1024;
const LARGE = 100 * MIB;
const LONGEST_STREAM_MS = 120_000;

/** Measures the hub's services of a stack that is up, with test users. Everything is asked over TLS, from this machine. */
export async function benchServices(stack: RunningStack, progress: Display): Promise<ServiceFigure[]> {
  trustOnly(stack.ca);
  const hub = Object.values(stack.instances).find(({ role }) => role === "hub")!;
  const load = await progress.step("vegeta", (update) => vegeta(findPaths(), stack.ca, update));
  const users = await progress.step("Signing in", () => Promise.all(Object.entries(stack.users[hub.code]!).slice(1).map(([username, { password, totp }]) => login({ site: hub, username, password, totp, acr: "2" }))));
  const secret = users.find(({ claims }) => claims["clearance"] === "SECRET")!;
  return [
    await progress.step("Measuring: downloads", () => downloads(hub, secret, load)),
    ...(await progress.step("Measuring: decisions of OPA, and its breaker", () => decisions(stack, hub, secret))),
    await progress.step("Measuring: rewraps, RSA", () => rewraps(hub, users, "rsa:2048", load)),
    await progress.step("Measuring: rewraps, EC", () => rewraps(hub, users, "ec:secp256r1", load)),
    ...(await benchRevocation(stack, SOME_REVOCATIONS, progress)),
    await progress.step("Measuring: memory while 100 MiB stream in and out", () => streaming(stack, hub, users[0]!)),
  ];
}

/** Whether everything succeeded and met its aim. */
export function isAsAimed({ success, aim, ...figure }: ServiceFigure): boolean {
  return success === 1 && (aim === undefined || figure[aim.of]! <= aim.most);
}

const p95 = (most: number) => ({ of: "p95", most }) as const;

/** Measures how long it takes until every service of a stack refuses what was revoked. */
export async function benchRevocation(stack: RunningStack, counts: RevocationCounts, progress: Display): Promise<ServiceFigure[]> {
  const { refusals, reads } = await progress.step(`Measuring: ${counts.revocations} revocations, ${counts.logouts} of them logouts`, (update) => benchRevocations(stack, counts, update));
  return [
    ...refusals.map(({ service, times }) => ({ name: `from revocation to refusal, ${service}`, ...percentiles(times), success: 1, unit: "ms", aim: { of: "p99", most: AIMS.revocationMs } }) as const),
    { name: "reads by others meanwhile, at every service of a realm at once", ...percentiles(reads), success: 1, unit: "ms" },
  ];
}

function percentiles(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { calls: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const repeated = (request: LoadRequest, count: number): LoadRequest[] => Array<LoadRequest>(count).fill(request);

async function downloads(hub: Instance, who: LoggedIn, load: Load): Promise<ServiceFigure> {
  const id = await upload(hub, who, "10 KiB", { ...LABEL, classification: "SECRET" }, new Uint8Array(10 * 1024).fill(7));
  const request: LoadRequest = { method: "GET", url: `${hub.backendUrl}/api/resources/${id}/download`, headers: { authorization: `Bearer ${who.accessToken}` } };
  await load(repeated(request, WARM_UP_SECONDS * DOWNLOADS), DOWNLOADS);
  const { requests, ...figure } = await load(repeated(request, SECONDS * DOWNLOADS), DOWNLOADS);
  return { name: `download of a sealed 10 KiB document, ${DOWNLOADS}/s`, calls: requests, ...figure, unit: "ms", aim: p95(AIMS.downloadMs) };
}

async function decisions(stack: RunningStack, hub: Instance, { claims }: LoggedIn): Promise<ServiceFigure[]> {
  const input = {
    subject: subjectOf(claims as never), action: { operation: "download" },
    resource: { resourceId: `${hub.code}-bench`, ...LABEL, classification: "SECRET", encrypted: true, integrityValidated: true, kasUrl: hub.kasUrl },
    context: { currentTime: new Date().toISOString(), requestId: "bench", sourceIP: "127.0.0.1", ...authenticationOf(claims as never) },
  };
  const { decision, bare, breakerUs } = await benchInBackend(stack.name, hub.code, input);
  return [
    { name: "decision of OPA, through the breaker", ...decision, success: 1, unit: "ms", aim: p95(AIMS.decisionMs) },
    { name: "the same without the breaker", ...bare, success: 1, unit: "ms" },
    { name: "the breaker alone, each call", calls: 1, success: 1, p95: breakerUs, unit: "µs" },
  ];
}

async function rewraps(hub: Instance, users: readonly LoggedIn[], algorithm: KasAlgorithm, load: Load): Promise<ServiceFigure> {
  const sealing = await seal(new Uint8Array(16), { label: LABEL, resourceId: `${hub.code}-bench`, kas: await fetchKasKey(hub.kasUrl, algorithm) });
  for await (const _ of sealing.segments);
  const manifest = sealing.manifest();
  const { publicKey } = await createReceivingKey(algorithm);
  const requests = async (count: number) => Promise.all(Array.from({ length: count }, (_, n) => rewrap(hub, users[n % users.length]!, manifest, publicKey)));
  await load(await requests(WARM_UP_SECONDS * REWRAPS), REWRAPS);
  const { requests: calls, ...figure } = await load(await requests(SECONDS * REWRAPS), REWRAPS);
  return { name: `rewrap by the KAS, ${algorithm}, ${REWRAPS}/s`, calls, ...figure, unit: "ms", aim: p95(AIMS.rewrapMs[algorithm]) };
}

/** Each with a proof of its own, which the KAS takes once and for one minute. */
async function rewrap({ kasUrl }: Instance, { accessToken }: LoggedIn, { encryptionInformation: { policy, keyAccess } }: Manifest, clientPublicKey: string): Promise<LoadRequest> {
  const key = await dpopKey;
  const url = `${kasUrl}${REWRAP_PATH}`;
  const body = { clientPublicKey, requests: [{ policy: { id: "policy-0", body: policy }, keyAccessObjects: [{ keyAccessObjectId: "kao-0", keyAccessObject: { ...keyAccess[0] } }] }] };
  return {
    method: "POST", url, body: JSON.stringify({ signedRequestToken: await signRequest(key, body) }),
    headers: { "content-type": "application/json", authorization: `DPoP ${accessToken}`, dpop: await createProof(key, { method: "POST", url, accessToken }) },
  };
}
const dpopKey = generateDpopKey();

/** Most memory that the backend's process had resident while files of 100 MiB came in and went out, two at a time. */
async function streaming(stack: RunningStack, hub: Instance, who: LoggedIn): Promise<ServiceFigure> {
  const { State: { Pid } } = await docker.getContainer(await containerOf(stack.name, hub.code, "backend")).inspect();
  await writeFile(`/proc/${Pid}/clear_refs`, "5"); // the high-water mark begins anew
  // The answer comes when all of it is stored, so later than tests' requests may take.
  const dispatcher = createClientAgent({ ca: [stack.ca] }, { responseMs: LONGEST_STREAM_MS });
  const init = { headers: { authorization: `Bearer ${who.accessToken}` }, dispatcher };
  const both = [0, 1];
  const ids = await Promise.all(both.map(async () => {
    const response = await fetch(`${hub.backendUrl}/api/upload`, { ...init, method: "POST", body: uploadForm("100 MiB", LABEL, new Uint8Array(LARGE)) } as RequestInit);
    const body = (await response.json()) as { resourceId?: string };
    if (response.status !== 201) throw new Error(`the upload answered ${response.status}: ${JSON.stringify(body)}`);
    return body.resourceId!;
  }));
  for (const bytes of await Promise.all(ids.map(async (id) => {
    const response = await fetch(`${hub.backendUrl}/api/resources/${id}/download`, init as RequestInit);
    let length = 0;
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) length += piece.byteLength;
    return length;
  }))) if (bytes < LARGE) throw new Error(`a download of 100 MiB ended after ${bytes} bytes`);
  await dispatcher.close();
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${Pid}/status`, "utf8"))![1]);
  return { name: "the backend's memory while 100 MiB stream, 2 in and 2 out", calls: 2 * both.length, success: 1, p95: peakKiB / 1024, unit: "MiB", aim: p95(AIMS.residentMiB) };
}

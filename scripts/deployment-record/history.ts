/** Runs of the engine that were typed by hand, from its own history. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { namesIn, readIfExists, writeWhole } from "../files.ts";
import { localBackend, runPulumi, type StackHandle } from "../state.ts";
import { enter, type Deployment } from "./record.ts";

/** An entry of `pulumi stack history --json`, as far as we read it. */
export interface HistoryEntry {
  kind: string;
  /** ISO 8601. */
  startTime: string;
  endTime?: string;
  message: string;
  result: string;
  resourceChanges?: Record<string, number>;
}

const MARK = "./dive run ";

/** The message under which the engine keeps a run of ours. */
export const runMessage = (run: string): string => `${MARK}${run}`;

const UNCHANGED = new Set(["same", "read", "refresh"]);
const OPERATIONS: Readonly<Record<string, Deployment["operation"]>> = { update: "up", destroy: "destroy" };

/** Deployments of every instance that an entry stands for: none when it was ours, changed nothing or is not over. */
export function deploymentsOf(entry: HistoryEntry, stack: string, codes: readonly string[]): Deployment[] {
  const operation = OPERATIONS[entry.kind];
  const changed = Object.entries(entry.resourceChanges ?? {}).some(([op, count]) => count > 0 && !UNCHANGED.has(op));
  if (operation === undefined || entry.message.startsWith(MARK) || entry.endTime === undefined || !(changed || entry.result === "failed")) return [];
  const startedAt = Date.parse(entry.startTime);
  const endedAt = Math.max(startedAt, Date.parse(entry.endTime));
  const failed = entry.result !== "succeeded";
  return codes.map((instance) => {
    const unknown: Deployment = {
      run: idOf(`${stack} ${entry.kind} ${entry.startTime}`), instance, stack, operation, source: "history", holder: "typed by hand", startedAt, state: "UNKNOWN", transitions: [], steps: {},
    };
    const ended = enter(unknown, failed ? "FAILED" : "COMPLETE", endedAt);
    const failure = { step: "program", code: "RUN_BY_HAND", message: `pulumi ${entry.kind}, typed by hand, failed: what and where was shown in that terminal only` };
    return failed ? { ...ended, failure } : ended;
  });
}

/** The same run has the same UUID, however often it is read. */
function idOf(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}

/** Names the newest entry of the history that is known. */
export const seenFile = (stateDir: string, stack: string) => join(stateDir, `history-seen.${stack}`);

/**
 * What was typed by hand since the last look. A `file://` backend is asked through the CLI only when its folder has something new; another
 * one always.
 * @returns the deployments, and what notes that they have been taken over
 */
export async function runsByHand(handle: StackHandle, stateDir: string, codes: readonly string[]): Promise<{ deployments: Deployment[]; taken: () => Promise<void> }> {
  const file = seenFile(stateDir, handle.stack);
  const seen = (await readIfExists(file))?.trim() ?? "";
  const newest = await newestEntry(handle);
  if (newest !== undefined && newest <= seen) return { deployments: [], taken: async () => undefined };
  const { stdout } = await runPulumi(handle, ["stack", "history", "--json", "--stack", handle.stack]);
  const entries = (JSON.parse(stdout) as HistoryEntry[]).filter(({ startTime }) => Date.parse(startTime) >= secondOf(seen));
  const mark = newest ?? String(BigInt(Math.max(0, ...entries.map(({ startTime }) => Date.parse(startTime)))) * 1_000_000n).padStart(19, "0");
  return { deployments: entries.flatMap((entry) => deploymentsOf(entry, handle.stack, codes)), taken: async () => void (await writeWhole(file, mark)) };
}

/** Notes that everything in the history up to now is known: called after a run of our own. */
export async function historySeen(handle: StackHandle, stateDir: string): Promise<void> {
  const newest = await newestEntry(handle);
  if (newest !== undefined) await writeWhole(seenFile(stateDir, handle.stack), newest);
}

/** Nanoseconds since 1970 of the newest entry, as a `file://` backend names its files; "" without any, undefined for other backends. */
async function newestEntry(handle: StackHandle): Promise<string | undefined> {
  const backend = localBackend(handle.env["PULUMI_BACKEND_URL"]);
  if (backend === undefined) return undefined;
  const names = await namesIn(join(backend, ".pulumi", "history", handle.project, handle.stack));
  const times = names.flatMap((name) => /-(\d{19})\.history\.json/.exec(name)?.[1] ?? []);
  return times.sort().at(-1) ?? "";
}

/** The history knows whole seconds only; what is read twice keeps its UUID and so is written once. */
const secondOf = (nanoseconds: string): number => (nanoseconds === "" ? 0 : Number(BigInt(nanoseconds) / 1_000_000_000n) * 1000);

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readingHandle } from "../environment/reading.ts";
import type { Paths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { localBackend, readState, type StackHandle } from "../state.ts";
import { AccessReader } from "./access.ts";
import { connect, type Access, type Connection } from "./database.ts";
import { historySeen, runMessage, runsByHand, seenFile } from "./history.ts";
import { ownIdentity } from "./identity.ts";
import { journalFile } from "./journal.ts";
import { codesOf } from "./owners.ts";
import { Recorder, refusal } from "./recorder.ts";
import { readTopology } from "./topology.ts";
import type { EngineEvent } from "../engine/events.ts";

/** Connects to databases of a stack with the CA of its environment. */
export async function connector(handle: StackHandle): Promise<(access: Access, role?: "owner" | "reader") => Promise<Connection>> {
  const ca = await readFile(join(handle.env["CAROOT"]!, "rootCA.pem"), "utf8");
  return (access, role = "owner") => connect(access, role, ca);
}

/** What the record keeps of a stack in the state folder. */
export const recordFiles = (stateDir: string, stack: string): string[] => [journalFile(stateDir, stack), seenFile(stateDir, stack)];

/** A clock in milliseconds since 1970 that never goes back, whatever happens to the machine's. */
export function forwardClock(): () => number {
  const offset = Date.now() - performance.now();
  return () => Math.round(offset + performance.now());
}

/** Does beforehand, beside other preparations, what {@link startRecording} would take time for: derives the key of the state, loads the driver. */
export async function prepareRecording(paths: Paths, stack: string): Promise<void> {
  const handle = await readingHandle(paths, stack);
  if (handle === undefined || localBackend(handle.env["PULUMI_BACKEND_URL"]) === undefined) return; // another backend is asked through the CLI, which may not be there yet
  if (Object.keys(await new AccessReader(handle).read()).length > 0) await import("pg");
}

/** What an operation needs to be recorded. */
export interface Recording {
  /** Arguments for the engine: its own history names the run. */
  readonly args: string[];
  readonly onEvent: (event: EngineEvent) => void;
  /** Aborted when another run turned out to hold an instance. */
  readonly stop: AbortSignal;
  /** Ends the record. @throws DiveError (busy) when the run was stopped for another's lease */
  end(exitCode: number): Promise<void>;
}

/**
 * Begins to record an operation of the engine: takes the leases of the stack's instances.
 * @throws DiveError (busy) when another run deploys one of them
 */
export async function startRecording(handle: StackHandle, paths: Paths, progress: Display, operation: "up" | "destroy"): Promise<Recording> {
  const run = randomUUID();
  const stop = new AbortController();
  const [topology, own, open, state] = await Promise.all([readTopology(paths, handle.stack), ownIdentity(handle.stack, handle.cwd), connector(handle), readState(handle)]);
  const reader = new AccessReader(handle);
  const parents = new Map((state?.resources ?? []).flatMap(({ urn, parent }) => (parent === undefined ? [] : [[urn, parent]])));
  const recorder = await Recorder.begin({
    run, operation, topology, parents, own,
    stack: handle.stack,
    stateDir: paths.stateDir,
    access: () => reader.read(),
    connect: open,
    byHand: () => runsByHand(handle, paths.stateDir, codesOf(topology)),
    now: forwardClock(),
    onRefused: () => stop.abort(),
  });
  return {
    args: ["--message", runMessage(run)],
    onEvent: (event) => recorder.take(event),
    stop: stop.signal,
    async end(exitCode) {
      const kept = await recorder.end(exitCode);
      await historySeen(handle, paths.stateDir);
      if (recorder.refused !== undefined) throw refusal(recorder.refused);
      if (kept.length > 0) {
        progress.note(`Deployment record of ${kept.join(", ")}: no database to write it to (${recorder.problems.join("; ") || "it was not made yet"}); kept in ${paths.stateDir} for the next command`);
      }
    },
  };
}

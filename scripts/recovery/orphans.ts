import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../errors.ts";
import { stillLives, type EngineRecord } from "./engine-record.ts";
import { allProcesses, environmentOf, type ProcessInfo } from "./processes.ts";

/** How long an engine may take to finish what it is at, after it was asked to end, in milliseconds. */
const GRACE_MS = 30_000;
const POLL_MS = 100;

/** Command lines of what an engine starts, or is given: language host, program, plugins, dynamic providers. */
const OF_ENGINE = /pulumi-(language|resource)-|@pulumi\/pulumi\/cmd\/|airgap\/(language-host|plugins|plugin-host)\//;

/** Those whose life is their concern: an engine, or the `./dive` that is about to start one. */
const OWNER = /(^|\/)pulumi( |$)|\/scripts\/cli\.ts( |$)/;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error; // it ended by itself
  }
}

async function untilGone(identified: EngineRecord["engine"], timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await stillLives(identified)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Asks an engine to end, as Ctrl-C would; it writes its state first. Then without asking. */
export async function endEngine(identified: EngineRecord["engine"]): Promise<void> {
  signal(identified.pid, "SIGINT");
  if (await untilGone(identified, GRACE_MS)) return;
  signal(identified.pid, "SIGKILL");
  await untilGone(identified, GRACE_MS);
}

/**
 * Ends what a killed engine of this stack left running, so that nothing is created behind our
 * back: processes that an engine starts, with this stack's live configuration in their
 * environment and neither an engine nor a `./dive` above them. (What a plugin host has started is below
 * that, and so is nobody's once its `./dive` was killed; an engine that still lives then was ended before, unless it only previews.)
 * @returns how many there were
 */
export async function endOrphans(liveConfig: string): Promise<number> {
  const all = await allProcesses();
  const byPid = new Map(all.map((info) => [info.pid, info]));
  let ended = 0;
  for (const info of all) {
    if (!OF_ENGINE.test(info.command) || hasOwnerAbove(info, byPid)) continue;
    if ((await environmentOf(info.pid, "PULUMI_OPTION_CONFIG_FILE")) !== liveConfig) continue;
    signal(info.pid, "SIGKILL");
    await untilGone(info, GRACE_MS);
    ended += 1;
  }
  return ended;
}

function hasOwnerAbove(info: ProcessInfo, byPid: ReadonlyMap<number, ProcessInfo>): boolean {
  for (let above = byPid.get(info.parent); above !== undefined; above = byPid.get(above.parent)) {
    if (OWNER.test(above.command)) return true;
  }
  return false;
}

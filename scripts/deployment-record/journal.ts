/** What could not be written into a database yet: a file in the state folder, so that neither a killed run nor a database that never came loses it. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists, writeWhole } from "../files.ts";
import { isGone, type Identity } from "./identity.ts";
import { enter, type Deployment } from "./record.ts";
import { isEnd } from "./state-machine.ts";

/** How many deployments are kept; older ones give way. */
const LIMIT = 50;

interface Content {
  readonly owner: Identity;
  readonly deployments: readonly Deployment[];
}

/** The journal's file of one stack. */
export const journalFile = (stateDir: string, stack: string): string => join(stateDir, `deployment-record.${stack}.json`);

/** Keeps deployments that are not written yet; with none the file goes. */
export async function keep(stateDir: string, stack: string, owner: Identity, deployments: readonly Deployment[]): Promise<void> {
  const file = journalFile(stateDir, stack);
  if (deployments.length === 0) return rm(file, { force: true });
  await writeWhole(file, JSON.stringify({ owner, deployments: deployments.slice(-LIMIT) } satisfies Content), 0o600);
}

/**
 * What is kept. When the run that kept it is gone, its deployments without an end are INTERRUPTED.
 * @returns `live`: the run that keeps it goes on, and it is that run's to write
 */
export async function readJournal(stateDir: string, stack: string, now: number): Promise<{ live: boolean; deployments: readonly Deployment[] }> {
  const text = await readIfExists(journalFile(stateDir, stack));
  if (text === undefined) return { live: false, deployments: [] };
  const { owner, deployments } = JSON.parse(text) as Content;
  if (owner.pid !== process.pid && !(await isGone(owner))) return { live: true, deployments };
  return { live: false, deployments: deployments.map((one) => (isEnd(one.state) ? one : enter(one, "INTERRUPTED", Math.max(now, one.transitions.at(-1)?.at ?? now)))) };
}

import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EngineEvent } from "../engine/events.ts";
import { readIfExists, writeWhole } from "../files.ts";
import type { PendingOperation, StateResource } from "../state.ts";

/** How an error ends a create without saying whether it was done: whoever was to answer, the plugin or its service, was gone. */
const LOST_ANSWER = /code = Unavailable|error reading from server|transport is closing|unexpected EOF|ECONNRESET|EPIPE|socket hang up|other side closed|terminated unexpectedly/;

/**
 * Follows an operation's events for creates whose answer was lost. The engine takes them for failed and forgets them; their objects may
 * be there all the same, and the next create would meet its own name. What another has made under that name was answered, so it is not
 * among them.
 */
export class UnsureCreates {
  readonly #failed = new Map<string, StateResource>();
  readonly #lost = new Set<string>();

  add({ resOpFailedEvent: failed, diagnosticEvent: diagnostic }: EngineEvent): void {
    const step = failed?.metadata;
    if (step !== undefined && (step.op === "create" || step.op === "create-replacement")) {
      const { inputs, provider } = step.new ?? {};
      this.#failed.set(step.urn, { urn: step.urn, type: step.type, ...(inputs && { inputs }), ...(provider && { provider }) });
    }
    if (diagnostic?.severity === "error" && diagnostic.urn !== undefined && LOST_ANSWER.test(diagnostic.message)) this.#lost.add(diagnostic.urn);
  }

  /** Secret inputs are left out by the engine. */
  get list(): StateResource[] {
    return [...this.#failed.values()].filter(({ urn }) => this.#lost.has(urn));
  }
}

const file = (stateDir: string, stack: string): string => join(stateDir, `unsure.${stack}.json`);

/** Notes the creates of an operation whose answer was lost, for the next operation's recovery. */
export async function noteUnsure(stateDir: string, stack: string, creates: readonly StateResource[]): Promise<void> {
  if (creates.length > 0) await writeWhole(file(stateDir, stack), JSON.stringify(creates), 0o600);
}

/** Reads that note, in the shape of the engine's own for creates that were under way when it died. */
export async function readUnsure(stateDir: string, stack: string): Promise<PendingOperation[]> {
  const text = await readIfExists(file(stateDir, stack));
  return text === undefined ? [] : (JSON.parse(text) as StateResource[]).map((resource) => ({ type: "creating", resource }));
}

/** Removes that note, once its objects are known to be gone. */
export const forgetUnsure = (stateDir: string, stack: string): Promise<void> => rm(file(stateDir, stack), { force: true });

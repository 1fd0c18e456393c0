/** Follows one run of the engine and writes what it does to each instance into that instance's own database. */
import { setTimeout as delay } from "node:timers/promises";
import type { EngineEvent } from "../engine/events.ts";
import { DiveError, EXIT } from "../errors.ts";
import type { AccessByCode } from "./access.ts";
import type { Access, Connection } from "./database.ts";
import type { Identity } from "./identity.ts";
import { keep, readJournal } from "./journal.ts";
import type { Held } from "./leases.ts";
import { codesOf, type Parents, type Topology } from "./owners.ts";
import type { Deployment, Run } from "./record.ts";
import { beginRun, endRun, hasChanges, reduce } from "./reducer.ts";
import { Site } from "./site.ts";

/** How often leases and unwritten changes are looked after while the engine runs, in milliseconds. */
const TICK_MS = 2_000;

/** How long the end of a run may wait for the databases, in milliseconds; what is not written then is kept for the next command. */
const END_LIMIT_MS = 5_000;

/** Between two attempts to reach a database at the end, in milliseconds. */
const RETRY_MS = 250;

/** What a {@link Recorder} works with. */
export interface RecorderOptions {
  readonly run: string;
  readonly stack: string;
  readonly operation: "up" | "destroy";
  readonly topology: Topology;
  /** As the state has them before the run. */
  readonly parents: Parents;
  readonly own: Identity;
  readonly stateDir: string;
  /** Where the databases are, as far as the state knows by now. */
  readonly access: () => Promise<AccessByCode>;
  readonly connect: (access: Access) => Promise<Connection>;
  /** Runs typed by hand since the last look. */
  readonly byHand: () => Promise<{ deployments: readonly Deployment[]; taken: () => Promise<void> }>;
  /** Milliseconds since 1970 that only go forward. */
  readonly now: () => number;
  /** Called when another run turned out to hold a lease while the engine runs: it must be ended. */
  readonly onRefused: () => void;
  /** See {@link TICK_MS}. */
  readonly tickMs?: number;
  /** See {@link END_LIMIT_MS}. */
  readonly endLimitMs?: number;
}

/** The refusal of a deployment whose instance another run holds. */
export function refusal({ instance, holder, until }: Held): DiveError {
  return new DiveError(`${instance} is being deployed by ${holder}; its lease holds until ${until.toISOString()} and is renewed while it runs. Wait until it ends.`, EXIT.busy);
}

/**
 * Records one run. One that changes nothing writes nothing but the leases, which it gives back at the end; only where the deployment before
 * did not end COMPLETE it writes that now nothing is left to do.
 */
export class Recorder {
  private readonly options: RecorderOptions;
  private readonly sites: readonly Site[];
  private run: Run;
  private backlog: readonly Deployment[] = [];
  private known: AccessByCode = {};
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> = Promise.resolve();
  private busy = false;
  private kept: readonly Deployment[] = [];
  private sawEngine = false;
  private failure: Error | undefined;
  /** Whose lease stopped this run. */
  refused: Held | undefined;

  private constructor(options: RecorderOptions) {
    this.options = options;
    const { run, stack, operation, topology, parents, own, now } = options;
    this.run = beginRun({ run, stack, operation, topology, holder: own.holder, startedAt: now() }, parents);
    this.sites = codesOf(topology).map((code) => new Site(code, { run, own, connect: options.connect, now }));
  }

  /**
   * Takes the lease of every instance whose database answers, and settles what earlier runs left.
   * @throws DiveError (busy) when another run holds one, naming it and until when
   */
  static async begin(options: RecorderOptions): Promise<Recorder> {
    const recorder = new Recorder(options);
    const { stateDir, stack, now } = options;
    const journal = await readJournal(stateDir, stack, now());
    const { deployments, taken } = await options.byHand();
    recorder.backlog = [...(journal.live ? [] : journal.deployments), ...deployments];
    recorder.kept = journal.deployments;
    await recorder.keepUnwritten();
    await taken();
    await recorder.work();
    if (recorder.refused !== undefined) {
      await recorder.close();
      throw refusal(recorder.refused);
    }
    await recorder.keepUnwritten();
    recorder.timer = setInterval(() => recorder.tick(), options.tickMs ?? TICK_MS);
    return recorder;
  }

  /** Takes one event of the engine into account. */
  take(event: EngineEvent): void {
    this.sawEngine ||= event.preludeEvent !== undefined;
    const before = this.run;
    this.run = reduce(before, event, this.options.now());
    const moved = Object.values(this.run.deployments).some((one) => before.deployments[one.instance]?.state !== one.state);
    if (moved) this.queue(() => this.keepUnwritten()); // a kill from now on loses no more than the steps
  }

  /**
   * Writes how the run ended, and gives the leases back.
   * @param exitCode of the CLI
   * @returns codes of the instances whose record had to be kept for the next command
   */
  async end(exitCode: number): Promise<string[]> {
    clearInterval(this.timer);
    // A run that ended before the engine said anything was refused by the CLI itself: nothing was deployed.
    await this.working;
    const doubtful = this.sites.flatMap((site) => (site.doubtful ? [site.code] : []));
    if (this.sawEngine) this.run = endRun(this.run, exitCode, this.options.now(), doubtful);
    const destroyed = this.run.operation === "destroy" && exitCode === 0;
    if (destroyed) this.run = { ...this.run, deployments: {} }; // its database went with it
    const deadline = this.options.now() + (this.options.endLimitMs ?? END_LIMIT_MS);
    while (this.unwritten().length > 0 && this.refused === undefined) {
      await this.work();
      // The engine has ended: an instance whose database the state does not know by now will not get one.
      const reachable = this.unwritten().some(({ instance }) => this.known[instance] !== undefined);
      if (!reachable || this.options.now() >= deadline) break;
      await delay(RETRY_MS);
    }
    await this.keepUnwritten();
    await this.close();
    return [...new Set(this.unwritten().map(({ instance }) => instance))];
  }

  /** Whether the run changed anything. */
  get changed(): boolean {
    return hasChanges(this.run);
  }

  /** Why the record could not be written. */
  get problems(): string[] {
    return [...(this.failure === undefined ? [] : [this.failure.message]), ...this.sites.flatMap(({ code, problem }) => (problem === undefined ? [] : [`${code}: ${problem}`]))];
  }

  private tick(): void {
    if (this.busy || !this.sites.some((site) => site.isDue(this.run.deployments[site.code]))) return;
    this.queue(() => this.work());
  }

  /** One thing at a time: two transactions on one connection would mix. A run is not ended because it could not be recorded; {@link problems} tells. */
  private queue(work: () => Promise<void>): void {
    this.working = this.working.then(work).catch((error: Error) => void (this.failure = error));
  }

  private unwritten(): Deployment[] {
    const current = this.sites.flatMap((site) => (site.has(this.run.deployments[site.code]) ? [] : [this.run.deployments[site.code]!]));
    return [...this.backlog, ...current];
  }

  private async work(): Promise<void> {
    this.busy = true;
    try {
      if (this.sites.some(({ code }) => this.known[code] === undefined)) this.known = await this.options.access();
      await Promise.all(
        this.sites.map(async (site) => {
          const access = this.known[site.code];
          if (access === undefined) return;
          const mine = this.backlog.filter(({ instance }) => instance === site.code);
          const { held, backlog } = await site.bringUpToDate(access, this.run.deployments[site.code], mine);
          const left = new Set(backlog);
          this.backlog = this.backlog.filter((one) => one.instance !== site.code || left.has(one));
          if (held !== undefined && this.refused === undefined) {
            this.refused = held;
            if (this.timer !== undefined) this.options.onRefused();
          }
        }),
      );
      if (this.timer !== undefined) await this.keepUnwritten();
    } finally {
      this.busy = false;
    }
  }

  private async keepUnwritten(): Promise<void> {
    const unwritten = this.unwritten();
    if (unwritten.length === this.kept.length && unwritten.every((one, i) => one === this.kept[i])) return;
    const { stateDir, stack, own } = this.options;
    await keep(stateDir, stack, own, unwritten);
    this.kept = unwritten;
  }

  private async close(): Promise<void> {
    await Promise.all(this.sites.map((site) => site.close()));
  }
}

/** One instance's database during a run: connection, lease and what is written there. */
import { isMissing, type Access, type Connection } from "./database.ts";
import type { Identity } from "./identity.ts";
import { releaseLease, RENEW_MS, takeLease, type Held } from "./leases.ts";
import type { Deployment } from "./record.ts";
import { settle } from "./settle.ts";
import { lastDeployment, writeDeployment } from "./store.ts";

/** What a {@link Site} needs of its run. */
export interface SiteRun {
  readonly run: string;
  readonly own: Identity;
  /** Connects as owner. */
  readonly connect: (access: Access) => Promise<Connection>;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
}

/** Talks to the database of one instance; after an error the next call connects again. */
export class Site {
  readonly code: string;
  private readonly run: SiteRun;
  private db: Connection | undefined;
  private leasedAt: number | undefined;
  private before: string | undefined;
  private written: Deployment | undefined;
  /** Why the last call came to nothing. */
  problem: string | undefined;

  constructor(code: string, run: SiteRun) {
    this.code = code;
    this.run = run;
  }

  get leased(): boolean {
    return this.leasedAt !== undefined;
  }

  /** Whether the deployment before this run is known, and did not end COMPLETE. */
  get doubtful(): boolean {
    return this.before !== undefined && this.before !== "COMPLETE";
  }

  /** Whether there is nothing left to write of this deployment. */
  has(deployment: Deployment | undefined): boolean {
    return deployment === undefined || this.written === deployment;
  }

  /** Whether a call now would have anything to do. */
  isDue(deployment: Deployment | undefined): boolean {
    return this.leasedAt === undefined || this.run.now() - this.leasedAt >= RENEW_MS || !this.has(deployment);
  }

  /**
   * Takes or renews the lease, then writes the backlog and the deployment. A database that does not answer, or has no tables yet, is no
   * error: {@link problem} says so and the next call tries again.
   * @returns whose lease it is when it is not ours, and the backlog that is left
   */
  async bringUpToDate(access: Access, deployment: Deployment | undefined, backlog: readonly Deployment[]): Promise<{ held?: Held; backlog: readonly Deployment[] }> {
    try {
      this.db ??= await this.run.connect(access);
      if (this.leasedAt === undefined || this.run.now() - this.leasedAt >= RENEW_MS) {
        const held = await takeLease(this.db, this.code, this.run.run, this.run.own);
        if (held !== undefined) {
          this.leasedAt = undefined;
          return { held, backlog };
        }
        this.leasedAt = this.run.now();
      }
      if (this.before === undefined) {
        backlog = await settle(this.db, this.code, backlog, this.run.run);
        this.before = (await lastDeployment(this.db, this.code)).state;
      }
      if (deployment !== undefined && this.written !== deployment) {
        await writeDeployment(this.db, deployment);
        this.written = deployment;
      }
      this.problem = undefined;
    } catch (error) {
      this.problem = isMissing(error) ? "its tables are not there yet" : (error as Error).message;
      await this.disconnect();
    }
    return { backlog };
  }

  /** Gives the lease back and ends the connection. */
  async close(): Promise<void> {
    if (this.db !== undefined && this.leasedAt !== undefined) {
      // One that cannot be given back expires by itself, and a process of this machine that is gone holds none.
      await releaseLease(this.db, this.code, this.run.run).catch((error: Error) => (this.problem = error.message));
    }
    await this.disconnect();
  }

  /** Afterwards the lease is asked for again: who knows how long the database was away. */
  private async disconnect(): Promise<void> {
    const { db } = this;
    this.db = undefined;
    this.leasedAt = undefined;
    await db?.end().catch((error: Error) => (this.problem ??= error.message)); // it is being given up anyway
  }
}

import type { Queryable } from "./database.ts";
import type { Deployment } from "./record.ts";
import { interruptAbandoned, writeDeployment } from "./store.ts";

/**
 * Brings the record of one instance up to date: what an earlier command could not write, and an end for runs that are gone.
 * @param backlog kept deployments, of any instance
 * @param run our own run, which is alive
 * @returns the backlog without what is now written
 */
export async function settle(db: Queryable, instance: string, backlog: readonly Deployment[], run?: string): Promise<readonly Deployment[]> {
  for (const deployment of backlog) if (deployment.instance === instance) await writeDeployment(db, deployment);
  await interruptAbandoned(db, instance, run);
  return backlog.filter((deployment) => deployment.instance !== instance);
}

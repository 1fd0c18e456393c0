import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitUntilHealthy } from "../../dynamic/health-check/wait-until-healthy.ts";
import { DiveError, EXIT } from "../errors.ts";
import type { Display } from "../progress.ts";
import { runPulumi, type StackHandle } from "../state.ts";

/** Seconds that started containers get until their instance is healthy: as long as a first start gets. */
const TIMEOUT_S = 120;

/**
 * Waits until every instance of a deployed stack answers `healthy`. The engine does this for what it makes; containers that
 * were only started again are no change to it.
 * @throws DiveError that names the instance and what is not up
 */
export async function waitForHealth(handle: StackHandle, progress: Display): Promise<void> {
  const { stdout } = await runPulumi(handle, ["stack", "output", "--json", "--stack", handle.stack]);
  const { instances = {} } = JSON.parse(stdout) as { instances?: Record<string, { backendUrl: string }> };
  const caCertificate = await readFile(join(handle.env["CAROOT"]!, "rootCA.pem"), "utf8");
  await Promise.all(
    Object.entries(instances).map(([code, { backendUrl }]) =>
      progress.step(`Waiting until ${code} is healthy`, async () => {
        try {
          await waitUntilHealthy({ url: `${backendUrl}/health/detailed`, caCertificate, triggers: [], timeoutSeconds: TIMEOUT_S, version: 1 });
        } catch (cause) {
          throw new DiveError(`${code} did not become healthy: ${(cause as Error).message}. Next: ./dive status, then ./dive logs ${code.toLowerCase()} <service>`, EXIT.failed, { cause });
        }
      }),
    ),
  );
}

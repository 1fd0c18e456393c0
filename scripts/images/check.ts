import { randomBytes } from "node:crypto";
import { docker } from "./docker-cli.ts";
import { waitFor, withSite } from "./training/containers.ts";
import { verifyTemplate } from "./training/template.ts";

/**
 * Starts a PostgreSQL image on an empty cluster and looks into its template database.
 * @throws Error when it does not start, or when the template holds more than schema and history
 */
export async function checkPostgres(image: string): Promise<void> {
  await withSite(async (site) => {
    const container = await site.run("postgres", image, { POSTGRES_PASSWORD: randomBytes(18).toString("base64url") }, [], []);
    await waitFor("PostgreSQL answers", container, 60_000, () =>
      docker(["exec", container, "pg_isready", "--quiet", "--host=127.0.0.1"]).then(() => true, () => false),
    );
    await verifyTemplate(container);
  });
}

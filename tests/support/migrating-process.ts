/** A process that migrates whenever its parent tells it to: `fork` it with the database as JSON in its first argument. */
import { withConnection, type DatabaseLogin } from "../../dynamic/orchestration-schema/connection.ts";
import { migrate } from "../../dynamic/orchestration-schema/migrate.ts";
import { readMigrations } from "../../dynamic/orchestration-schema/migrations.ts";

/** What it tells its parent. */
export type MigratingMessage = { readonly step: "ready" | "locked" | "applying" | "applied" } | { readonly applied: readonly string[] } | { readonly error: string };

const login = JSON.parse(process.argv[2]!) as DatabaseLogin;
const tell = (message: MigratingMessage) => void process.send!(message);

// Again at each word of its parent, until that disconnects.
process.on("message", async () => {
  try {
    const { applied } = await withConnection(login, 120, (client) => migrate(client, readMigrations(), (step) => tell({ step })));
    tell({ applied });
  } catch (error) {
    tell({ error: (error as Error).message });
  }
});
tell({ step: "ready" });

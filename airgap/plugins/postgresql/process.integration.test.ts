import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testPostgres } from "../../../tests/support/postgres-server.ts";
import { Empty } from "../server/protocol.ts";
import { PluginProcess } from "../server/test-client.ts";
import { Life } from "../server/test-life.ts";
import type { Bag } from "../server/values.ts";
import { databaseTable } from "./tables/database.ts";
import { grantTable } from "./tables/grant.ts";
import { PostgresWorld } from "./tables/world.ts";

/** What a table of cases does not show: TLS, calls that are cut off, calls at once. */
let world: PostgresWorld;
const start = (config: Bag = {}) => PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), grantTable.token, world.config(config));
const nothing = async (): Promise<undefined> => undefined;
const usage = (role: string): Bag => ({ role, database: "app", schema: "app", objectType: "schema", privileges: ["USAGE"] });
const holds = async (role: string): Promise<unknown> => (await world.sql("SELECT has_schema_privilege($1, 'app', 'USAGE') AS may", { database: "app" }, [role]))[0]!["may"];
/** Sessions of the plugin that wait for the lock that {@link blocked} holds. */
const waiting = async (): Promise<number> =>
  (await world.sql<{ n: number }>("SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'pulumi-resource-postgresql' AND wait_event = 'advisory'"))[0]!.n;

/** Runs a test while every grant must wait: the lock under which the plugin changes privileges (session.ts) is taken. */
async function blocked(work: () => Promise<void>): Promise<void> {
  await world.sql("SELECT pg_advisory_lock(7209163410)", { database: "app" });
  try {
    await work();
  } finally {
    await world.sql("SELECT pg_advisory_unlock(7209163410)", { database: "app" });
  }
}

beforeAll(async () => {
  world = await PostgresWorld.open();
});
afterAll(() => world[Symbol.asyncDispose]());

describe("sslmode", () => {
  it("verify-full refuses another host name, verify-ca does not, both refuse another authority", async () => {
    await using other = await testPostgres(["elsewhere"]);
    const read = async (more: Bag): Promise<unknown> => {
      await using plugin = await start({ port: String(other.port), sslrootcert: other.caFile, ...more });
      return await plugin.of(databaseTable.token).read("p", "postgres", {}, {});
    };
    await expect(read({ sslmode: "verify-full" })).rejects.toThrow(/does not match certificate's altnames/);
    await expect(read({ sslmode: "verify-ca" })).resolves.toMatchObject({ id: "postgres" });
    await expect(read({ sslmode: "require" })).resolves.toMatchObject({ id: "postgres" });
    await expect(read({ sslmode: "require", sslrootcert: world.server.caFile })).rejects.toThrow(/self-signed|unable to (get|verify)|signature failure|certificate/);
    await expect(read({ sslmode: "disable" })).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
  });

  it("a wrong password is told without the password", async () => {
    await using plugin = await start({ password: "hidden-word" });
    const read = plugin.of(databaseTable.token).read("p", "postgres", {}, {});
    await expect(read).rejects.toThrow(/password authentication failed.*28P01/);
    await expect(read).rejects.not.toThrow("hidden-word");
  });
});

it("customTimeouts and Cancel end a grant that waits, on the server too, and nothing is granted", async () => {
  await world.sql("CREATE ROLE cut_off");
  await using plugin = await start();
  const { inputs } = await plugin.check("cut_off", usage("cut_off"));
  await blocked(async () => {
    await expect(plugin.create("cut_off", inputs, { timeoutSeconds: 1 })).rejects.toThrow("the time limit of 1 s is over (customTimeouts sets it)");
    await expect.poll(waiting).toBe(0);
    const cancelled = expect(plugin.create("cut_off", inputs)).rejects.toThrow("the operation was cancelled");
    await expect.poll(waiting).toBe(1);
    await plugin.call("cancel", new Empty());
    await cancelled;
    await expect.poll(waiting).toBe(0);
  });
  expect(await holds("cut_off")).toBe(false);
});

it("Cancel in the middle of making a database leaves none", async () => {
  // A session in the template holds CREATE DATABASE up for five seconds.
  await world.sql("CREATE DATABASE held");
  const holder = await world.connect({ database: "held" });
  await using plugin = await start();
  const databases = plugin.of(databaseTable.token);
  const { inputs } = await databases.check("d", { name: "never", template: "held", encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" });
  const cancelled = expect(databases.create("d", inputs)).rejects.toThrow("the operation was cancelled");
  const creating = async (): Promise<unknown[]> => world.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE \"never\"%' AND state = 'active'");
  await expect.poll(creating).toHaveLength(1);
  await plugin.call("cancel", new Empty());
  await cancelled;
  await expect.poll(creating).toHaveLength(0);
  await holder.end();
  expect(await world.sql("SELECT 1 FROM pg_database WHERE datname = 'never'")).toEqual([]);
});

it("kill -9 in the middle of a grant: the server takes it back, and the next plugin grants", async () => {
  await world.sql("CREATE ROLE killed");
  const plugin = await start();
  await blocked(async () => {
    const { inputs } = await plugin.check("killed", usage("killed"));
    const create = expect(plugin.create("killed", inputs)).rejects.toMatchObject({ code: 14 });
    await expect.poll(waiting).toBe(1);
    const exited = once(plugin.child, "exit");
    plugin.child.kill("SIGKILL");
    await Promise.all([exited, create]);
  });
  await expect.poll(async () => world.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'pulumi-resource-postgresql'")).toEqual([]);
  expect(await holds("killed")).toBe(false);
  await using next = await start();
  await new Life(next, "killed").up(usage("killed"), nothing);
  expect(await holds("killed")).toBe(true);
});

it("twelve grants at once on one schema all succeed", async () => {
  await using plugin = await start();
  const roles = Array.from({ length: 12 }, (_, n) => `many_${n}`);
  for (const role of roles) await world.sql(`CREATE ROLE ${role}`);
  await Promise.all(roles.map((role) => new Life(plugin, role).up(usage(role), nothing)));
  expect(await Promise.all(roles.map(holds))).toEqual(roles.map(() => true));
});

it("a schema that is not empty names what is in it when it cannot be deleted, and a database is deleted although connected", async () => {
  await using plugin = await start();
  const schema = new Life(plugin.of("postgresql:index/schema:Schema"), "full");
  await schema.up({ name: "full", database: "app" }, nothing);
  await world.sql('CREATE TABLE "full".docs ()', { database: "app" });
  await expect(schema.destroy()).rejects.toThrow(/cannot drop schema full because other objects depend on it[^]*table "full".docs/);

  const database = new Life(plugin.of(databaseTable.token), "connected");
  await database.up({ name: "connected" }, nothing);
  const client = await world.connect({ database: "connected" });
  const cut = new Promise((resolve) => client.on("error", resolve));
  await database.destroy();
  await cut;
});

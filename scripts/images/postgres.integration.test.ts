// What images/postgres adds to its base. Not shown here: that Keycloak works on a copy of the
// template (tests/integration does, with every stack), and the contract of the official image.
import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { imageReference } from "../../images.ts";
import { docker } from "./docker-cli.ts";
import { waitFor } from "./training/containers.ts";
import { verifyTemplate } from "./training/template.ts";

const DATA = "/var/lib/postgresql/data";
const made: { containers: string[]; volumes: string[] } = { containers: [], volumes: [] };

afterEach(async () => {
  if (made.containers.length > 0) await docker(["rm", "--force", "--volumes", ...made.containers.splice(0)]);
  if (made.volumes.length > 0) await docker(["volume", "rm", ...made.volumes.splice(0)]);
});

/** Starts the image as the program does: user 999:0, read-only root, data in a volume. */
async function start(volume: string, command: readonly string[] = []): Promise<string> {
  const name = `dive-image-test-${randomUUID().slice(0, 8)}`;
  made.containers.push(name);
  const writable = ["--tmpfs", "/tmp", "--tmpfs", "/var/run/postgresql", "--volume", `${volume}:${DATA}`];
  const image = imageReference("postgres");
  await docker(["run", "--detach", "--name", name, "--user", "999:0", "--read-only", ...writable, "--env", "POSTGRES_PASSWORD", image, ...command], {
    env: { POSTGRES_PASSWORD: randomUUID() },
  });
  return name;
}

const volume = async (): Promise<string> => {
  const name = `dive-image-test-${randomUUID().slice(0, 8)}`;
  made.volumes.push(name);
  await docker(["volume", "create", name]);
  return name;
};

const serves = (container: string): Promise<void> =>
  waitFor("PostgreSQL answers", container, 120_000, () => docker(["exec", container, "pg_isready", "--quiet", "--host=127.0.0.1"]).then(() => true, () => false));

const psql = (container: string, sql: string, database = "postgres"): Promise<string> =>
  docker(["exec", container, "psql", "--no-psqlrc", "--username=postgres", `--dbname=${database}`, "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", `--command=${sql}`]);

describe("the postgres image", () => {
  it("has a template without realm, key or user, whose copies belong to the copier and stay migratable", async () => {
    const container = await start(await volume());
    await serves(container);
    await verifyTemplate(container);
    await psql(container, "CREATE ROLE keycloak LOGIN");
    await psql(container, "GRANT keycloak_schema TO keycloak");
    await psql(container, "CREATE DATABASE keycloak TEMPLATE keycloak_template OWNER keycloak");
    await psql(container, "SET ROLE keycloak; ALTER TABLE realm ADD COLUMN later int; CREATE INDEX ON realm (later); CREATE TABLE later (id int)", "keycloak");
    expect(await psql(container, "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'keycloak_schema'")).toBe("f");
  });

  it("keeps its data over a restart, and makes a half-made cluster anew", async () => {
    const data = await volume();
    const first = await start(data);
    await serves(first);
    await psql(first, "CREATE DATABASE kept");
    await docker(["stop", first]);
    const second = await start(data);
    await serves(second);
    expect(await psql(second, "SELECT count(*) FROM pg_database WHERE datname = 'kept'")).toBe("1");
    await docker(["kill", second]);

    // What a kill in the middle of the first start leaves: a cluster with a mark beside it.
    const marking = await start(data, ["touch", `${DATA}/pgdata.unfinished`]);
    await docker(["wait", marking]);
    const third = await start(data);
    await serves(third);
    expect(await psql(third, "SELECT count(*) FROM pg_database WHERE datname = 'kept'")).toBe("0");
    expect(await psql(third, "SELECT count(*) FROM pg_database WHERE datname = 'keycloak_template' AND datistemplate")).toBe("1");
    expect(await docker(["exec", third, "ls", DATA])).toBe("pgdata");
  });

  it("says which setting an empty cluster needs", async () => {
    const name = `dive-image-test-${randomUUID().slice(0, 8)}`;
    made.containers.push(name);
    await expect(docker(["run", "--name", name, imageReference("postgres")])).rejects.toThrow("POSTGRES_PASSWORD");
  });
});

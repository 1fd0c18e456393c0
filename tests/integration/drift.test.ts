import { execa } from "execa";
import { expect, inject, test } from "vitest";
import { realmAdmin } from "../support/admin.ts";
import { dive, pulumi } from "../support/dive.ts";
import { docker } from "../support/docker.ts";

// Proves that what somebody changes outside is named by a refresh and healed by the next `./dive up`. The plugins' tables show it of each
// type alone; here the engine and the whole program are in between.
const stack = inject("stack");
const LIMIT = { timeout: 600_000 };
const SPOKE = "test-dive-spoke-fra";

/** As the superuser, who signs in inside the container only. */
async function sql(statement: string): Promise<void> {
  await execa("docker", ["exec", `${SPOKE}-postgres`, "psql", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", "orchestration", "-c", statement]);
}

/** What a preview after a refresh is going to do, by resource name. */
async function planned(): Promise<Record<string, string>> {
  const { stdout } = await pulumi(stack.name, ["preview", "--refresh", "--json"]);
  const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
  return Object.fromEntries(steps.filter(({ op }) => op !== "same" && op !== "refresh").map(({ op, urn }) => [urn.split("::").at(-1)!, op]));
}

async function expectNoDrift(): Promise<void> {
  const again = await dive(stack.name, ["up", "--refresh", "--expect-no-changes"], { mustSucceed: false });
  expect(again.exitCode, again.output).toBe(0);
}

test("a refresh names a gone container and volume, a left network, a changed realm and role and a dropped grant; up --refresh heals them", LIMIT, async () => {
  await docker.getContainer(`${SPOKE}-redis`).remove({ force: true });
  await docker.getVolume(`${SPOKE}-redis-data`).remove();
  await docker.getNetwork(SPOKE).disconnect({ Container: `${SPOKE}-opa`, Force: true });
  const { realm } = stack.instances["FRA"]!;
  await (await realmAdmin(stack, "FRA")).realms.update({ realm }, { displayName: "changed in the admin console" });
  await sql("ALTER ROLE orchestration_reader CONNECTION LIMIT 1");
  await sql("REVOKE USAGE ON SCHEMA orchestration FROM orchestration_reader");

  expect(await planned()).toMatchObject({
    "spoke-fra-redis-container": "create",
    "spoke-fra-redis-data": "create",
    "spoke-fra-opa-container": "replace",
    "spoke-fra-realm-realm": "update",
    "spoke-fra-role-orchestration-reader": "update",
    "spoke-fra-grant-orchestration-reader": "update",
  });
  await dive(stack.name, ["up", "--refresh"]);
  await expectNoDrift();
  expect(await (await realmAdmin(stack, "FRA")).realms.findOne({ realm })).toMatchObject({ displayName: "DIVE V3 FRA" });
});

// Half a minute more: in `./dive test all`.
test.skipIf(process.env["DIVE_TEST_ALL"] !== "1")("up heals that the containers are gone in which realms, roles and databases live, with their data", LIMIT, async () => {
  const { realm } = stack.instances["FRA"]!;
  const { id } = (await (await realmAdmin(stack, "FRA")).realms.findOne({ realm }))!;
  for (const service of ["keycloak", "postgres"]) await docker.getContainer(`${SPOKE}-${service}`).remove({ force: true });

  await dive(stack.name, ["up"]);
  await expectNoDrift();
  expect((await (await realmAdmin(stack, "FRA")).realms.findOne({ realm }))!.id, "the same realm, not one made anew").toBe(id);
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UnsureCreates, forgetUnsure, noteUnsure, readUnsure } from "./unsure.ts";

const urn = (name: string) => `urn:pulumi:dev::dive::keycloak:index/role:Role::${name}`;
const failed = (name: string, op = "create") => ({ resOpFailedEvent: { metadata: { op, urn: urn(name), type: "keycloak:index/role:Role", new: { inputs: { name }, provider: "p::1" } } } });
const said = (name: string, message: string) => ({ diagnosticEvent: { urn: urn(name), severity: "error", message } });

test("a create whose answer was lost is unsure; one that was answered, and an update, are not", () => {
  const unsure = new UnsureCreates();
  unsure.add(said("lost", "rpc error: code = Unavailable desc = error reading from server: EOF"));
  unsure.add(failed("lost"));
  unsure.add(said("service", "could not create role: ECONNRESET"));
  unsure.add(failed("service", "create-replacement"));
  unsure.add(said("taken", "409 Conflict: Role with name taken already exists"));
  unsure.add(failed("taken"));
  unsure.add(said("update", "socket hang up"));
  unsure.add(failed("update", "update"));
  unsure.add(said("never-failed", "socket hang up"));
  expect(unsure.list.map(({ urn: one }) => one)).toEqual([urn("lost"), urn("service")]);
  expect(unsure.list[0]).toEqual({ urn: urn("lost"), type: "keycloak:index/role:Role", inputs: { name: "lost" }, provider: "p::1" });
});

test("the note outlives the operation, until it is forgotten", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dive-unsure-"));
  try {
    await noteUnsure(folder, "dev", []);
    expect(await readUnsure(folder, "dev")).toEqual([]);
    await noteUnsure(folder, "dev", [{ urn: "u", type: "t" }]);
    expect(await readUnsure(folder, "dev")).toEqual([{ type: "creating", resource: { urn: "u", type: "t" } }]);
    await forgetUnsure(folder, "dev");
    expect(await readUnsure(folder, "dev")).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

import { expect, test } from "vitest";
import type { Owned } from "../inventory.ts";
import { deploymentCells, rowOf } from "./status.ts";

const container = (status: string): Owned => ({
  kind: "container", id: "1", name: "dive-hub-keycloak", root: "/c", stack: "dev", instance: "USA", service: "keycloak",
  state: "running", status, ports: ["127.0.0.1:8443->8443"],
});

test.each([
  ["Up 5 minutes", "5 minutes", ""],
  ["Up 5 minutes (healthy)", "5 minutes", "healthy"],
  ["Up 2 seconds (health: starting)", "2 seconds", "starting"],
  ["Exited (0) 3 minutes ago", "", ""],
])("%s: up for %j, health %j", (status, uptime, health) => expect(rowOf(container(status))).toMatchObject({ uptime, health, url: "https://localhost:8443" }));

test.each([
  [["127.0.0.1:4010->4000", "10.0.0.7:4010->4000"], "https://10.0.0.7:4010"],
  [["10.0.0.7:4710->4001", "127.0.0.1:4710->4001", "127.0.0.1:4010->4000"], "https://localhost:4010"],
  [["0.0.0.0:4010->4000", ":::4010->4000"], "https://localhost:4010"],
  [[], ""],
])("published as %j: %j", (ports, url) => expect(rowOf({ ...container("Up"), ports })).toMatchObject({ url }));

test("a failed deployment shows its step, the error's code and the first line of its text", () => {
  const cells = deploymentCells({ instance: "FRA", state: "FAILED", startedAt: "2026-11-24T10:00:00.000Z", seconds: 71.4, phases: { INITIALIZING: 3.1, DEPLOYING: 68.3 }, failedStep: "spoke-fra-opa", errorCode: "RESOURCE_FAILED", errorMessage: "port is taken\nstack" });
  expect(cells).toEqual(["FRA", "FAILED", "2026-11-24T10:00:00.000Z", "1 min 11 s", "INITIALIZING 3.1 s, DEPLOYING 1 min 08 s", "at spoke-fra-opa: RESOURCE_FAILED: port is taken"]);
});

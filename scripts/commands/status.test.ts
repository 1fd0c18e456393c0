import { expect, test } from "vitest";
import type { Owned } from "../inventory.ts";
import { rowOf } from "./status.ts";

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

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { testPostgres } from "../../tests/support/postgres-server.ts";
import { testAuthority } from "../test-servers.ts";
import { postgresAnswers } from "./postgres.ts";

test("SELECT 1 over verified TLS, with the right password and host name only", async () => {
  await using cluster = await testPostgres(["localhost"]);
  const inputs = { host: "localhost", port: cluster.port, username: "postgres", password: cluster.password, database: "postgres", caCertificate: readFileSync(cluster.caFile, "utf8") };
  await postgresAnswers(inputs);
  await expect(postgresAnswers({ ...inputs, password: "wrong-word" })).rejects.toMatchObject({ kind: "denied", message: expect.not.stringContaining("wrong-word") });
  await expect(postgresAnswers({ ...inputs, database: "none" })).rejects.toMatchObject({ kind: "denied" });
  await expect(postgresAnswers({ ...inputs, host: "127.0.0.1" })).rejects.toMatchObject({ kind: "denied", message: expect.stringContaining("altnames") });
  await expect(postgresAnswers({ ...inputs, caCertificate: testAuthority().certificate })).rejects.toMatchObject({ kind: "denied" });
}, 60_000);

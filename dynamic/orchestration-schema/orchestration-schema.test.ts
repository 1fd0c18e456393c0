import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CircuitBreaker } from "../circuit-breaker/resource.ts";
import { providerText } from "../dynamic-resource.ts";
import { TestClock } from "../test-clock.ts";
import { isGone, withConnection } from "./connection.ts";
import { pendingMigrations, readMigrations } from "./migrations.ts";
import { OrchestrationSchema } from "./resource.ts";

const run = promisify(execFile);

describe("the migration files", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "dive-migrations-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return readMigrations(pathToFileURL(`${folder}/`));
  };

  test("are read in their order with their hashes", () => {
    expect(read({ "0002-b.sql": "SELECT 2", "0001-a-b.sql": "" })).toEqual([
      { number: 1, name: "0001-a-b.sql", sql: "", sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
      expect.objectContaining({ number: 2, name: "0002-b.sql", sql: "SELECT 2" }),
    ]);
  });

  test.for([
    ["a file that is no migration", { "readme.md": "" }, "migration readme.md: expected a name like 0001-words-in-lower-case.sql"],
    ["a gap", { "0001-a.sql": "", "0003-b.sql": "" }, "migration 0003-b.sql: expected number 0002, for numbers follow each other without a gap"],
    ["a number given twice", { "0001-a.sql": "", "0001-b.sql": "" }, "migration 0001-b.sql: expected number 0002, for numbers follow each other without a gap"],
    ["transaction control", { "0001-a.sql": "SELECT 1;\n  commit;" }, 'migration 0001-a.sql: must not control its transaction, got "commit;"'],
  ] as const)("%s is refused by name", ([, files, message]) => {
    expect(() => read(files)).toThrow(message);
  });

  test("PL/pgSQL may begin and end its blocks", () => {
    expect(read({ "0001-a.sql": "DO $$\nBEGIN\n  PERFORM 1;\nEND\n$$;" })).toHaveLength(1);
  });

  test("of this project keep the convention, and an empty database needs them all", () => {
    const migrations = readMigrations();
    expect(migrations.length).toBeGreaterThanOrEqual(4);
    expect(pendingMigrations(migrations, [])).toEqual(migrations);
    expect(pendingMigrations(migrations, migrations)).toEqual([]);
  });
});

describe("connecting", () => {
  const login = { host: "127.0.0.1", port: 1, database: "orchestration", username: "orchestration", password: "hunter2", caCertificate: "none" };

  test("is tried again while nobody answers, and then tells where and as whom, without the password", async () => {
    const clock = new TestClock(5_000);
    const error = await withConnection(login, 10, async () => undefined, clock).catch((thrown: unknown) => thrown as Error);
    expect(clock.slept.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect((error as Error).message).toMatch(/^PostgreSQL at 127.0.0.1:1, database orchestration, user orchestration: time limit of 10 s over after \d+ attempts in .* s; last seen: .*ECONNREFUSED/);
    expect((error as Error).message).not.toContain("hunter2");
    expect(isGone(error)).toBe(false);
  });

  test.for([["3D000", true], ["28P01", true], ["3F000", true], ["42P01", true], ["57P03", false], ["53300", false], ["ECONNREFUSED", false]] as const)("SQLSTATE %s means that what was asked for is gone: %s", ([code, gone]) => {
    expect(isGone(Object.assign(new Error("x"), { code }))).toBe(gone);
  });
});

describe("the resources", () => {
  const SCRIPT = `
    import { createRequire } from "node:module";
    const requireFromString = createRequire(createRequire(process.cwd() + "/").resolve("@pulumi/pulumi"))("require-from-string");
    const results = [];
    for (const text of process.argv.slice(1)) {
      const revived = requireFromString(text).handler();
      results.push([await revived.diff("id", { port: 1 }, { port: 1 }), await revived.diff("id", { port: 1 }, { port: 2 }), (await revived.check({}, { port: 0 })).failures.map((failure) => failure.property)]);
    }
    console.log(JSON.stringify(results));
  `;

  test("run today's files in plain Node from the text in the state", async () => {
    const files = ["./dynamic/orchestration-schema/provider.ts", "./dynamic/circuit-breaker/provider.ts"];
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", SCRIPT, ...files.map(providerText)], { cwd: new URL("../..", import.meta.url) });
    const login = ["host", "port", "database", "username", "password", "caCertificate"];
    expect(JSON.parse(stdout)).toEqual([
      [{ changes: false }, { changes: true }, [...login, "reader", "readerPassword", "timeoutSeconds"]],
      [{ changes: false, replaces: [], deleteBeforeReplace: true }, { changes: true, replaces: [], deleteBeforeReplace: true }, [...login, "failures", "coolDownMs", "circuit", "instance"]],
    ]);
  }, 60_000);

  test("register with their defaults and the hashes of today's migrations, and keep passwords secret", async () => {
    const registered = new Map<string, Record<string, any>>();
    await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => (registered.set(name, inputs), { id: name, state: inputs }), call: () => ({}) }, "dive", "dev", false);
    const login = { host: "localhost", port: 5432, database: "orchestration", username: "orchestration", password: "hunter2", caCertificate: "c" };
    new OrchestrationSchema("schema", { ...login, reader: "orchestration_reader", readerPassword: "hunter3" });
    new CircuitBreaker("circuit", { ...login, circuit: "federation-link", instance: "FRA" });
    await (pulumi.runtime as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs(); // exported, but marked internal in 3.250
    const secret = (value: string) => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });
    const ids = readMigrations().map(({ sql: _sql, ...id }) => id);
    expect(registered.get("schema")).toMatchObject({ timeoutSeconds: 120, migrations: ids, password: secret("hunter2"), readerPassword: secret("hunter3") });
    expect(registered.get("circuit")).toMatchObject({ failures: 5, coolDownMs: 60_000, password: secret("hunter2") });
  });
});

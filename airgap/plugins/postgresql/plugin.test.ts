import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { privilegeFailures } from "./acl.ts";
import { grantTarget } from "./grant-target.ts";
import { Limiter } from "./limiter.ts";
import { passwordVerifier } from "./password.ts";
import { attributeClauses } from "./role-attributes.ts";
import { readSettings, settingStatements } from "./role-settings.ts";
import { Session } from "./session.ts";
import { SqlError } from "./sql.ts";
import { tlsOptions } from "./tls.ts";
import { grant } from "./types/grant.ts";
import { role } from "./types/role.ts";

describe("passwordVerifier", () => {
  test("gives RFC 7677's keys for its example", async () => {
    const verifier = await passwordVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"));
    expect(verifier).toBe("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
  });
  test.each(["SCRAM-SHA-256$4096:c2FsdA==$a:b", `md5${"0".repeat(32)}`, "пароль"])("passes %s on", async (text) => {
    expect(await passwordVerifier(text)).toBe(text);
  });
  test("salts each time anew", async () => {
    expect(await passwordVerifier("x")).not.toBe(await passwordVerifier("x"));
  });
});

describe("tlsOptions", () => {
  const host = "db.example";
  test.each(["prefer", "allow", "no-verify"])("refuses %s", (sslmode) => {
    expect(() => tlsOptions({ host, sslmode, sslrootcert: "/x" })).toThrow(`sslmode must be disable, require, verify-ca or verify-full, got "${sslmode}"`);
  });
  test("refuses to encrypt without verifying", () => {
    expect(() => tlsOptions({ host, sslmode: "require" })).toThrow("would not verify the server");
    expect(() => tlsOptions({ host })).toThrow("would not verify the server");
    expect(() => new Session({ host, sslmode: "require" })).toThrow("would not verify the server");
  });
  test("says what is wrong with a root certificate", () => {
    const folder = mkdtempSync(join(tmpdir(), "dive-test-"));
    try {
      writeFileSync(join(folder, "no.pem"), "hello");
      expect(() => tlsOptions({ host, sslmode: "verify-full", sslrootcert: join(folder, "no.pem") })).toThrow("holds no PEM certificate");
      expect(() => tlsOptions({ host, sslmode: "verify-full", sslrootcert: join(folder, "none.pem") })).toThrow("cannot be read");
      expect(() => tlsOptions({ host, sslmode: "verify-full", sslrootcert: "-----BEGIN CERTIFICATE-----" })).toThrow("must be the path");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test("disable is no TLS, and verification is never off otherwise", () => {
    expect(tlsOptions({ host, sslmode: "disable" })).toBe(false);
    expect(tlsOptions({ host, sslmode: "verify-full" })).toMatchObject({ rejectUnauthorized: true });
    expect(tlsOptions({ host, sslmode: "verify-ca" })).toMatchObject({ rejectUnauthorized: true });
  });
});

describe("a role's statements", () => {
  test("quote names and values", () => {
    expect(settingStatements('a"b', { searchPaths: ["x", 'Y"z'], statementTimeout: 5 })).toEqual([
      'ALTER ROLE "a""b" SET search_path TO "x", "Y""z"',
      'ALTER ROLE "a""b" SET statement_timeout TO 5',
    ]);
  });
  test("reset only what has changed to nothing", () => {
    expect(settingStatements("r", {}, ["searchPaths", "login"])).toEqual(['ALTER ROLE "r" RESET search_path']);
    expect(settingStatements("r", {})).toEqual([]);
  });
  test("name only changed attributes, and take a password away", async () => {
    expect(await attributeClauses({ login: true, superuser: false, validUntil: "NULL" })).toEqual(["LOGIN", "NOSUPERUSER", "VALID UNTIL 'infinity'"]);
    expect(await attributeClauses({ login: true, superuser: false }, ["login", "password"])).toEqual(["LOGIN", "PASSWORD NULL"]);
  });
  test.each([["5000", 5000], ["5s", 5000], ["2min", 120_000], ["1d", 86_400_000]])("read a timeout of %s", (text, ms) => {
    expect(readSettings([`statement_timeout=${text}`]).statementTimeout).toBe(ms);
  });
  test("read quoted search paths", () => {
    expect(readSettings(['search_path="a", b, "C""d"']).searchPaths).toEqual(["a", "b", 'C"d']);
  });
  test("refuse what the server would not do", () => {
    expect(role.check!({ encryptedPassword: false, searchPaths: ["a, b"] })).toEqual([
      expect.objectContaining({ property: "encryptedPassword" }), expect.objectContaining({ property: "searchPaths[0]" })]);
  });
});

describe("a grant's statements", () => {
  test.each([
    [{ objectType: "database" }, 'DATABASE "d"'],
    [{ objectType: "schema", schema: "s" }, 'SCHEMA "s"'],
    [{ objectType: "table", schema: "s" }, 'ALL TABLES IN SCHEMA "s"'],
    [{ objectType: "table", schema: "s", objects: ["b", 'a"'] }, 'TABLE "s"."a""", "s"."b"'],
    [{ objectType: "sequence", schema: "s" }, 'ALL SEQUENCES IN SCHEMA "s"'],
  ])("%j is on %s", (parts, target) => {
    expect(grantTarget({ database: "d", ...parts })).toBe(target);
  });
  test("refuse ALL, lower case and what the object does not have", () => {
    for (const privilege of ["ALL", "select", "EXECUTE"]) {
      expect(privilegeFailures("table", ["SELECT", privilege])).toEqual([{ property: "privileges[1]", reason: expect.stringContaining(`given: "${privilege}"`) }]);
    }
  });
  test("need a schema except on a database, and no objects on containers", () => {
    const base = { role: "r", database: "d", privileges: [] };
    expect(grant.check!({ ...base, objectType: "table" })).toEqual([{ property: "schema", reason: "is required for objectType table" }]);
    expect(grant.check!({ ...base, objectType: "database", objects: ["x"] })).toEqual([expect.objectContaining({ property: "objects" })]);
  });
});

test("SqlError tells state, detail and hint, and no statement", () => {
  const error = SqlError.from("creating x", { message: "no", code: "42P04", detail: "d", hint: "h", internalQuery: "secret" });
  expect([error.message, error.state]).toEqual(["creating x: no (SQLSTATE 42P04); d; h", "42P04"]);
  expect(SqlError.from("connecting", { message: "", code: "ECONNREFUSED" }).message).toBe("connecting: ECONNREFUSED");
});

describe("Limiter", () => {
  test("runs at most so many at once, all in the end, also after failures", async () => {
    const limiter = new Limiter(2);
    let now = 0;
    let most = 0;
    const results = await Promise.allSettled(Array.from({ length: 7 }, (_, n) => limiter.run(async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      if (n % 2) throw new Error("no");
      return n;
    })));
    expect([most, results.length, results.filter(({ status }) => status === "fulfilled").length]).toEqual([2, 7, 4]);
  });
  test("refuses a limit below 1", () => expect(() => new Limiter(-1)).toThrow("maxConnections"));
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ConfigurationError, readEnvironment } from "./environment.ts";
import { port, secret, text, url, wholeNumber, withDefault } from "./variables.ts";

const folder = mkdtempSync(join(tmpdir(), "environment-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const path = join(folder, "value");
  writeFileSync(path, content);
  return path;
}

const schema = { CODE: text(/^[A-Z]{3}$/, "three capital letters"), PORT: port(), OPA_URL: url("https:"), PASSWORD: secret(), LEVEL: withDefault(text(), "info") };
const good = { CODE: "USA", PORT: "4000", OPA_URL: "https://opa:8181/", PASSWORD: "p w" };

function problems(env: Record<string, string | undefined>): readonly string[] {
  try {
    readEnvironment(schema, env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe("readEnvironment", () => {
  it("yields typed values and defaults", () => {
    expect(readEnvironment(schema, good)).toEqual({ CODE: "USA", PORT: 4000, OPA_URL: "https://opa:8181", PASSWORD: "p w", LEVEL: "info" });
  });

  it.each(["0", "3601", "-1", "1.5", "1e3", "x", " 5"])("takes no %j for a whole number from 1 to 3600", (N) => {
    expect(readEnvironment({ N: wholeNumber(1, 3_600) }, { N: "3600" })).toEqual({ N: 3_600 });
    expect(() => readEnvironment({ N: wholeNumber(1, 3_600) }, { N })).toThrow("N: must be a whole number from 1 to 3600");
  });

  it("reads NAME_FILE without the newline at its end", () => {
    const { PASSWORD: _, ...rest } = good;
    expect(readEnvironment(schema, { ...rest, PASSWORD_FILE: file("s3cret \n") }).PASSWORD).toBe("s3cret ");
  });

  it("names every problem at once", () => {
    expect(problems({})).toEqual([
      "CODE: is required and must be three capital letters; set CODE or CODE_FILE",
      "PORT: is required and must be a port number from 0 to 65535; set PORT or PORT_FILE",
      "OPA_URL: is required and must be an absolute URL with protocol https:; set OPA_URL or OPA_URL_FILE",
      "PASSWORD: is required and must be a non-empty secret; set PASSWORD or PASSWORD_FILE",
    ]);
  });

  it("says what was given, unless it may be secret", () => {
    expect(problems({ ...good, CODE: "usa", OPA_URL: "http://u:hunter2@opa" })).toEqual([
      'CODE: must be three capital letters, got "usa"',
      "OPA_URL: must be an absolute URL with protocol https:, got a value of 20 characters that is not",
    ]);
  });

  it.each(["65536", "-1", "4000.5", "http", "", " 1"])("refuses the port %j", (PORT) => {
    expect(problems({ ...good, PORT })).toEqual([`PORT: must be a port number from 0 to 65535, got ${JSON.stringify(PORT)}`]);
  });

  it("refuses NAME together with NAME_FILE", () => {
    expect(problems({ ...good, PASSWORD_FILE: file("x") })).toEqual(["PASSWORD: both PASSWORD and PASSWORD_FILE are set; set one of them"]);
  });

  it("names a file that cannot be read", () => {
    const { PASSWORD: _, ...rest } = good;
    expect(problems({ ...rest, PASSWORD_FILE: "/nowhere/password" })).toEqual([
      "PASSWORD_FILE: cannot be read: ENOENT: no such file or directory, open '/nowhere/password'",
    ]);
  });
});

import { expect, test } from "vitest";
import { isUsable } from "./pulumi.ts";
import { atLeast, parseVersion } from "./version.ts";

test.each([
  ["v3.250.0\n", [3, 250, 0]],
  ["go version go1.26.1 linux/amd64", [1, 26, 1]],
  ["v22.18", [22, 18, 0]],
  ["3.251.0-alpha.1+dfsg1", [3, 251, 0]],
  ["none", undefined],
])("%j is version %j", (text, version) => expect(parseVersion(text)).toEqual(version));

test.each([
  [[1, 25, 11], true],
  [[1, 26, 0], true],
  [[1, 25, 10], false],
  [[0, 99, 99], false],
] as const)("%j is at least 1.25.11: %s", (have, expected) => expect(atLeast(have, [1, 25, 11])).toBe(expected));

test.each([
  ["v3.250.0", true],
  ["v3.261.2", true],
  ["v3.249.9", false],
  ["v4.0.0", false],
  ["unknown", false],
])("Pulumi %s may be used: %s", (text, expected) => expect(isUsable(parseVersion(text))).toBe(expected));

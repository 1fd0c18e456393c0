import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { exportLines } from "./shell.ts";

test("a shell that evaluates the lines has exactly the values", () => {
  const env = { PLAIN: "/usr/bin:/bin", QUOTES: `it's "so" $HOME \`id\` \\`, JSON: '{"a":"b c"}', EMPTY: "", LINES: "a\nb" };
  const names = Object.keys(env);
  const script = `${exportLines(env)}\nfor n in ${names.join(" ")}; do eval "printf '%s\\0' \\"\\$$n\\""; done`;
  const output = execFileSync("sh", ["-c", script], { encoding: "utf8" });
  expect(output.split("\0").slice(0, -1)).toEqual(Object.values(env));
});

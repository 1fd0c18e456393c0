import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { expect, test } from "vitest";
import { addSpoke } from "./add-spoke.ts";

const committed = `# Why this stack.
config:
  dive:hub:
    code: USA
  dive:spokes:
    - code: FRA # our first
    - code: deu
      portIndex: 12
  # Every resource names its provider.
  pulumi:disable-default-providers:
    - docker
`;

test("the spoke comes last, everything else stays as it was, comments too", () => {
  expect(addSpoke(committed, "TST", "file")).toBe(committed.replace("      portIndex: 12\n", "      portIndex: 12\n    - code: TST\n"));
});

test("a spoke that is there, in any case, changes nothing", () => {
  expect(addSpoke(committed, "FRA", "file")).toBe(committed);
  expect(addSpoke(committed, "DEU", "file")).toBe(committed);
});

test("a list that is missing is made", () => {
  expect(parse(addSpoke("config:\n  dive:hub: {code: USA} # here\n", "FRA", "file"))).toEqual({ config: { "dive:hub": { code: "USA" }, "dive:spokes": [{ code: "FRA" }] } });
  expect(parse(addSpoke("", "FRA", "file"))).toEqual({ config: { "dive:spokes": [{ code: "FRA" }] } });
});

test("the hub's code, and what is no list, are errors that say so", () => {
  expect(() => addSpoke(committed, "USA", "Pulumi.dev.yaml")).toThrow("USA is the hub of this stack (dive:hub in Pulumi.dev.yaml)");
  expect(() => addSpoke("config:\n  dive:spokes: FRA\n", "DEU", "f")).toThrow("dive:spokes in f must be a list");
  expect(() => addSpoke("- a list", "DEU", "f")).toThrow("must be a YAML map");
});

test("the committed configurations gain a line and lose none", async () => {
  for (const stack of ["dev", "test", "kill"]) {
    const text = await readFile(join(import.meta.dirname, "../..", `Pulumi.${stack}.yaml`), "utf8");
    const lines = addSpoke(text, "TST", stack).split("\n");
    expect(lines.filter((line) => !text.split("\n").includes(line))).toEqual(["    - code: TST"]);
    expect(lines).toHaveLength(text.split("\n").length + 1);
  }
});

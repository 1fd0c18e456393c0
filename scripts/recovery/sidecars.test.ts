import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeTornSidecars } from "./sidecars.ts";

let backend: string;
let stacks: string;
const handle = () => ({ project: "dive", stack: "dev", env: { PULUMI_BACKEND_URL: pathToFileURL(backend).href } });

beforeEach(() => {
  backend = mkdtempSync(join(tmpdir(), "dive-sidecars-"));
  stacks = join(backend, ".pulumi", "stacks", "dive");
  mkdirSync(stacks, { recursive: true });
});
afterEach(() => rmSync(backend, { recursive: true }));

test("an empty or torn sidecar is removed, and nothing else", async () => {
  for (const [name, text] of Object.entries({ "dev.json": "", "dev.json.attrs": "", "dev.json.bak.attrs": '{"user.cac', "test.json.attrs": "{}" })) writeFileSync(join(stacks, name), text);
  expect((await removeTornSidecars(handle())).sort()).toEqual(["dev.json.attrs", "dev.json.bak.attrs"]);
  expect(readdirSync(stacks).sort()).toEqual(["dev.json", "test.json.attrs"]);
});

test("a state elsewhere, and one that does not exist yet, have none", async () => {
  expect(await removeTornSidecars({ ...handle(), env: { PULUMI_BACKEND_URL: "s3://bucket" } })).toEqual([]);
  rmSync(stacks, { recursive: true });
  expect(await removeTornSidecars(handle())).toEqual([]);
});

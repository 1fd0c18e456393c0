import { chmod, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { contentHash } from "./content-hash.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "content-hash-"));
  await mkdir(join(folder, "sub"));
  await writeFile(join(folder, "Dockerfile"), "FROM base\n");
  await writeFile(join(folder, "sub", "run.sh"), "#!/bin/sh\n", { mode: 0o644 });
});

afterEach(() => rm(folder, { recursive: true }));

describe("contentHash", () => {
  it("is twelve hexadecimal digits, whatever the place and the times of the files", async () => {
    const first = await contentHash([folder], ["parent"]);
    await utimes(join(folder, "Dockerfile"), 1, 1);
    expect(first).toMatch(/^[0-9a-f]{12}$/);
    expect(await contentHash([`${folder}/`], ["parent"])).toBe(first);
  });

  it.each<[string, () => Promise<void>]>([
    ["a file's content", () => writeFile(join(folder, "Dockerfile"), "FROM other\n")],
    ["a file's executable bit", () => chmod(join(folder, "sub", "run.sh"), 0o755)],
    ["a further file", () => writeFile(join(folder, "sub", "more"), "")],
  ])("changes with %s", async (_what, change) => {
    const before = await contentHash([folder], []);
    await change();
    expect(await contentHash([folder], [])).not.toBe(before);
  });

  it("changes with the texts, and does not take two texts for one", async () => {
    const hashes = await Promise.all([["a", "b"], ["ab"], ["b", "a"]].map((texts) => contentHash([folder], texts)));
    expect(new Set(hashes).size).toBe(3);
  });

  it("leaves out tests and installed packages", async () => {
    const before = await contentHash([folder], []);
    await mkdir(join(folder, "node_modules", "x"), { recursive: true });
    await writeFile(join(folder, "node_modules", "x", "index.js"), "");
    await writeFile(join(folder, "server.test.ts"), "");
    expect(await contentHash([folder], [])).toBe(before);
  });
});

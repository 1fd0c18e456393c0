import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withLock } from "./lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("withLock", () => {
  it("gives the result and leaves nothing, also after a failure", async () => {
    const file = join(folder, "deep", "lock");
    expect(await withLock(file, vi.fn(), async () => 42)).toBe(42);
    await expect(withLock(file, vi.fn(), async () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await readdir(join(folder, "deep"))).toEqual([]);
  });

  it("waits for the holder as long as it lives, saying for whom", async () => {
    const file = join(folder, "lock");
    await writeFile(file, JSON.stringify({ pid: process.ppid }));
    const waiting = vi.fn();
    const work = vi.fn(async () => undefined);
    const done = withLock(file, waiting, work);
    await vi.waitFor(() => expect(waiting).toHaveBeenCalledWith(process.ppid));
    expect(work).not.toHaveBeenCalled();
    await rm(file);
    await done;
    expect(work).toHaveBeenCalledTimes(1);
  });

  it.each([
    ["whose process is gone", { pid: 2 ** 22 + 1 }],
    ["whose pid another process has now", { pid: process.ppid, started: "before the machine" }],
  ])("takes over a lock %s", async (_what, holder) => {
    const file = join(folder, "lock");
    await writeFile(file, JSON.stringify(holder));
    const waiting = vi.fn();
    expect(await withLock(file, waiting, async () => "done")).toBe("done");
    expect(waiting).not.toHaveBeenCalled();
  });
});

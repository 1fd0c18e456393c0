import { describe, expect, it, vi } from "vitest";
import { TestClock } from "../../common/testing/test-clock.ts";
import { keepHot } from "./hot-resources.ts";
import type { ResourceDocument } from "./resource.ts";

const KIB = 1024;
const resource = { _id: "USA-1" } as ResourceDocument;

describe("resources that many ask for", () => {
  it("are read once for all who ask within 5 seconds, and again after that", async () => {
    const find = vi.fn(async () => resource);
    const chunk = vi.fn(async () => new Uint8Array(10 * KIB));
    const clock = new TestClock();
    clock.pass(1);
    const hot = keepHot({ find, chunk }, clock);
    await Promise.all([1, 2, 3].map(async () => [await hot.find("USA-1"), await hot.chunk("USA-1", 0)]));
    clock.pass(4_999);
    expect(await hot.find("USA-1")).toBe(resource);
    expect((await hot.chunk("USA-1", 0)).byteLength).toBe(10 * KIB);
    expect([find.mock.calls, chunk.mock.calls]).toEqual([[["USA-1"]], [["USA-1", 0]]]);
    clock.pass(2);
    find.mockResolvedValueOnce(undefined as never);
    expect(await hot.find("USA-1")).toBeUndefined();
    await hot.chunk("USA-1", 0);
    expect([find.mock.calls.length, chunk.mock.calls.length]).toEqual([2, 2]);
  });

  it("are asked for again after a failure, and when there was none", async () => {
    const find = vi.fn<(id: string) => Promise<ResourceDocument | undefined>>().mockRejectedValueOnce(new Error("away")).mockResolvedValueOnce(undefined).mockResolvedValue(resource);
    const chunk = vi.fn<(id: string, index: number) => Promise<Uint8Array>>().mockRejectedValueOnce(new Error("away")).mockResolvedValue(new Uint8Array(0));
    const hot = keepHot({ find, chunk });
    await expect(hot.find("USA-1")).rejects.toThrow("away");
    expect(await hot.find("USA-1")).toBeUndefined();
    expect(await hot.find("USA-1")).toBe(resource);
    await expect(hot.chunk("USA-1", 0)).rejects.toThrow("away");
    expect((await hot.chunk("USA-1", 0)).byteLength).toBe(0);
  });

  it("keeps no large segment, and tells segments apart", async () => {
    const chunk = vi.fn(async (_id: string, index: number) => new Uint8Array(index === 0 ? 1024 * KIB : 1));
    const hot = keepHot({ find: vi.fn(), chunk });
    for (let round = 0; round < 2; round++) for (const index of [0, 1]) expect((await hot.chunk("USA-1", index)).byteLength).toBe(index === 0 ? 1024 * KIB : 1);
    expect(chunk.mock.calls.map(([, index]) => index)).toEqual([0, 1, 0]);
  });

  it("waits for what it has no room to keep: a slow read is not given up for others that end sooner", async () => {
    const { promise: slow, resolve: end } = Promise.withResolvers<void>();
    const hot = keepHot({
      find: async (id) => (await (id === "slow" ? slow : undefined), { _id: id } as ResourceDocument),
      chunk: async (id) => (await (id === "slow" ? slow : undefined), new Uint8Array(256 * KIB)),
    });
    const [found, segment] = [hot.find("slow"), hot.chunk("slow", 0)];
    await Promise.all(Array.from({ length: 1_001 }, (_, index) => Promise.all([hot.find(`USA-${index}`), hot.chunk(`USA-${index}`, 0)])));
    end();
    expect(await found).toEqual({ _id: "slow" });
    expect((await segment).byteLength).toBe(256 * KIB);
  });
});

import { expect, it, vi } from "vitest";
import { gathered } from "./gathered.ts";

/** A write that ends when it is told to. */
function heldWrites() {
  const ends: (() => void)[] = [];
  const write = vi.fn((items: readonly string[]) => new Promise<(Error | undefined)[]>((resolve) => ends.push(() => resolve(items.map((item) => (item.startsWith("bad") ? new Error(item) : undefined))))));
  const writes = () => write.mock.calls.map(([items]) => items);
  return { ends, write, writes };
}

it("writes for a caller alone at once, and for those who come meanwhile together", async () => {
  const { ends, write, writes } = heldWrites();
  const put = gathered(write);
  const all = [put(["a"]), put(["b1", "b2"]), put(["c"]), put(["d"])];
  expect(writes()).toEqual([["a"], ["b1", "b2"]]);
  ends[1]!();
  await all[1];
  expect(writes()[2]).toEqual(["c", "d"]);
  ends[0]!();
  ends[2]!();
  await Promise.all(all);
  expect(write).toHaveBeenCalledTimes(3);
});

it("tells each caller of its own failures only", async () => {
  const { ends, write, writes } = heldWrites();
  const put = gathered(write);
  const held = [put(["x"]), put(["y"])];
  const [good, bad] = [put(["good"]), put(["fine", "bad 1", "bad 2"])];
  const refused = expect(bad).rejects.toThrow("bad 1");
  ends[0]!();
  await held[0];
  expect(writes()[2]).toEqual(["good", "fine", "bad 1", "bad 2"]);
  ends[1]!();
  ends[2]!();
  await Promise.all([held[1], good, refused]);
});

it("fails everybody's of a write that failed as a whole, and goes on with the next", async () => {
  const write = vi.fn(async (_items: readonly string[]): Promise<undefined[]> => [undefined]).mockRejectedValueOnce(new Error("away"));
  const put = gathered(write);
  await expect(put(["a"])).rejects.toThrow("away");
  await put(["b"]);
});

it("puts at most 500 items into one write, unless one caller has more", async () => {
  const { ends, write, writes } = heldWrites();
  const put = gathered(write);
  const many = (count: number) => Array<string>(count).fill("item");
  const all = [put(["x"]), put(["y"]), put(many(300)), put(many(201)), put(many(600))];
  for (let n = 0; n < all.length; n++) {
    ends[n]!();
    await all[n];
  }
  expect(writes().map(({ length }) => length)).toEqual([1, 1, 300, 201, 600]);
});

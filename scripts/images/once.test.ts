import { describe, expect, it, vi } from "vitest";
import { Work } from "./once.ts";

const deferred = () => Promise.withResolvers<void>();

describe("Work", () => {
  it("runs each named piece once and gives its result to all who ask", async () => {
    const work = new Work(1);
    const run = vi.fn(async () => 42);
    expect(await Promise.all([work.once("a", run), work.once("a", run)])).toEqual([42, 42]);
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("gives the same failure to all who ask", async () => {
    const work = new Work(1);
    const run = vi.fn(async () => Promise.reject(new Error("no room")));
    await expect(work.once("a", run)).rejects.toThrow("no room");
    await expect(work.once("a", run)).rejects.toThrow("no room");
    expect(run).toHaveBeenCalledTimes(1);
  });

  it("runs no more heavy parts at once than allowed, and goes on after a failure", async () => {
    const work = new Work(2);
    const started: number[] = [];
    const gates = [deferred(), deferred(), deferred(), deferred()];
    const results = gates.map((gate, index) => work.heavy(async () => (started.push(index), gate.promise)));
    await vi.waitFor(() => expect(started).toEqual([0, 1]));
    gates[0]!.reject(new Error("broken"));
    await expect(results[0]).rejects.toThrow("broken");
    await vi.waitFor(() => expect(started).toEqual([0, 1, 2]));
    for (const gate of gates.slice(1)) gate.resolve();
    await Promise.all(results.slice(1));
    expect(started).toEqual([0, 1, 2, 3]);
  });

  it.each([0, -1, 1.5])("refuses a limit of %s", (limit) => {
    expect(() => new Work(limit)).toThrow(`limit must be a positive integer, got ${limit}`);
  });
});

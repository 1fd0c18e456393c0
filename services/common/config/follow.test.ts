import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { followFiles, refill } from "./follow.ts";
import { wholeNumber } from "./variables.ts";

test("what changes in a file is told once, and what cannot be used leaves the last in force", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dive-follow-"));
  const file = join(folder, "number");
  writeFileSync(file, "1");
  const logger = { info: vi.fn(), warn: vi.fn() };
  const seen: number[] = [];
  const following = followFiles({ schema: { N: wholeNumber(0, 9) }, env: { N_FILE: file }, logger, pollMs: 2, onChange: ({ N }) => seen.push(N) });
  onTestFinished(() => {
    following.stop();
    rmSync(folder, { recursive: true });
  });
  following.start();

  writeFileSync(file, "2");
  await expect.poll(() => seen).toEqual([2]);
  writeFileSync(file, "");
  await expect.poll(() => logger.warn.mock.calls.length).toBe(1);
  rmSync(file);
  await expect.poll(() => logger.warn.mock.calls.length).toBeGreaterThan(1);
  writeFileSync(file, "2");
  await vi.waitFor(() => expect(seen).toEqual([2]));
  writeFileSync(file, "3");
  await expect.poll(() => seen).toEqual([2, 3]);
  expect(logger.info).toHaveBeenCalledTimes(2);
});

test("a service that starts with a file that cannot be used does not start", () => {
  expect(() => followFiles({ schema: { N: wholeNumber(0, 9) }, env: {}, logger: { info: vi.fn(), warn: vi.fn() }, onChange: () => undefined })).toThrow(/N: is required/);
});

test("refill changes the list itself", () => {
  const list = [1, 2, 3];
  refill(list, [4]);
  expect(list).toEqual([4]);
});

import { TOTP } from "otpauth";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freshCode } from "./one-time-code.ts";

const factor = new TOTP({ issuer: "test", label: "user", secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" });

beforeEach(() => void vi.useFakeTimers({ now: 90_000, toFake: ["Date", "setTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("gives the present code, then the next, never one twice", async () => {
  expect(await freshCode(factor.toString())).toBe(factor.generate({ timestamp: 90_000 }));
  expect(await freshCode(factor.toString())).toBe(factor.generate({ timestamp: 120_000 }));
  vi.setSystemTime(121_000);
  expect(await freshCode(factor.toString())).toBe(factor.generate({ timestamp: 150_000 }));
});

test("refuses a counter-based factor", async () => {
  await expect(freshCode("otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1")).rejects.toThrow("no time-based one");
});

import { afterEach, expect, test, vi } from "vitest";
import { goBuildEnv } from "./go.ts";

afterEach(() => vi.unstubAllEnvs());

const GIB = 2 ** 30;

test("compilers side by side keep to a quarter of the machine's memory", () => {
  vi.stubEnv("GOGC", undefined);
  vi.stubEnv("GOMEMLIMIT", undefined);
  expect(goBuildEnv("-mod=readonly", 2, 24 * GIB)).toEqual({ CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: "-mod=readonly", GOGC: "off", GOMEMLIMIT: "3072MiB" });
  expect(goBuildEnv("", 16, 8 * GIB)["GOMEMLIMIT"]).toBe("128MiB");
});

test("what the user has set of it stays", () => {
  vi.stubEnv("GOGC", "50");
  vi.stubEnv("GOMEMLIMIT", "1GiB");
  expect(goBuildEnv("", 2, 24 * GIB)).toMatchObject({ GOGC: "50", GOMEMLIMIT: "1GiB" });
});

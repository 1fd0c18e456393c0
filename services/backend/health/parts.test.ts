import type { KeySource } from "@dive/common";
import { describe, expect, it, vi } from "vitest";
import { cacheProbe, healthParts, opaProbe } from "./parts.ts";

const signal = new AbortController().signal;
const up = async () => {};

describe("healthParts", () => {
  it("makes MongoDB and OPA critical, and nothing else", () => {
    const parts = healthParts({ mongodb: up, opa: up, keycloak: up, kas: up, redis: up, blacklistRedis: up, cache: up });
    expect(parts.map((part) => [part.name, part.critical])).toEqual([
      ["mongodb", true], ["opa", true], ["keycloak", false], ["kas", false], ["redis", false], ["blacklistRedis", false], ["cache", false],
    ]);
  });
});

describe("opaProbe", () => {
  it("is up when OPA decides and down when it does not", async () => {
    await expect(opaProbe({ probe: up })(signal)).resolves.toBeUndefined();
    await expect(opaProbe({ probe: () => Promise.reject(new Error("refused")) })(signal)).rejects.toThrow("refused");
  });
});

describe("cacheProbe", () => {
  const keys = (age: number | undefined, refresh: () => Promise<void>): KeySource => ({ getKey: vi.fn(), ageMs: () => age, maxAgeMs: 600_000, refresh });
  const works = vi.fn(async () => {});
  const fails = () => Promise.reject(new Error("refused"));

  it("renews at half the bound and not before", async () => {
    await cacheProbe(keys(299_999, works))(signal);
    expect(works).not.toHaveBeenCalled();
    await cacheProbe(keys(300_000, works))(signal);
    expect(works).toHaveBeenCalledTimes(1);
  });

  it("is up on keys within their bound, degraded beyond, down without any", async () => {
    await expect(cacheProbe(keys(600_000, fails))(signal)).resolves.toBeUndefined();
    await expect(cacheProbe(keys(600_001, fails))(signal)).resolves.toEqual({ degraded: "signing keys are 600 s old, more than 600 s, and cannot be renewed" });
    await expect(cacheProbe(keys(undefined, fails))(signal)).rejects.toThrow("no signing keys yet");
  });
});

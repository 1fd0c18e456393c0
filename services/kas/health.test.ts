import type { KeySource } from "@dive/common";
import { describe, expect, it } from "vitest";
import { healthParts, issuersProbe } from "./health.ts";

const signal = new AbortController().signal;
const up = async () => {};
const keys = (age: number | undefined): KeySource => ({ getKey: async () => new Uint8Array(), ageMs: () => age, maxAgeMs: 600_000, refresh: () => Promise.reject(new Error("refused")) });

describe("the parts of a KAS", () => {
  it("has its keys and OPA as critical ones, and nothing else", () => {
    const parts = healthParts({ keys: up, opa: up, mongodb: up, redis: up, blacklistRedis: up, cache: up });
    expect(parts.filter(({ critical }) => critical).map(({ name }) => name)).toEqual(["keys", "opa"]);
    expect(parts.map(({ name }) => name)).toEqual(["keys", "opa", "mongodb", "redis", "blacklistRedis", "cache"]);
  });
});

describe("the cache of signing keys", () => {
  it("is up with every issuer's, degraded when a partner's got too old, down without the own realm's", async () => {
    await expect(issuersProbe(() => [keys(0), keys(0)])(signal)).resolves.toBeUndefined();
    await expect(issuersProbe(() => [keys(0), keys(700_000), keys(0), keys(700_000)])(signal)).resolves.toEqual({ degraded: "signing keys of 2 of 3 partners cannot be had" });
    await expect(issuersProbe(() => [keys(undefined), keys(0)])(signal)).rejects.toThrow("no signing keys yet");
    await expect(issuersProbe(() => [keys(700_000), keys(0)])(signal)).resolves.toEqual({ degraded: expect.stringContaining("700 s old") });
  });

  it("does not mind a partner that was never there", async () => {
    await expect(issuersProbe(() => [keys(0), keys(undefined), keys(0)])(signal)).resolves.toBeUndefined();
  });
});

import { expect, test } from "vitest";
import { withDigests } from "./images-pin.ts";

const digest = `sha256:${"a".repeat(64)}`;
const table = '  redis: { reference: "docker.io/library/redis:8" },\n';

test("a digest goes into the entry of its reference, and replaces an older one", () => {
  const pinned = `  redis: { reference: "docker.io/library/redis:8", digest: "${digest}" },\n`;
  const digests = new Map([["docker.io/library/redis:8", digest]]);
  expect(withDigests(table, digests)).toBe(pinned);
  expect(withDigests(pinned.replace(/a{64}/, "b".repeat(64)), digests)).toBe(pinned);
});

test("entries without an answer stay as they are", () => expect(withDigests(table, new Map())).toBe(table));

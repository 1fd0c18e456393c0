import { expect, it } from "vitest";
import { repoDigest, withTag } from "./remote-image.ts";

it.each([["a", "a:latest"], ["a:1", "a:1"], ["h:5000/a", "h:5000/a:latest"], ["h:5000/a:1", "h:5000/a:1"], ["a@sha256:00", "a@sha256:00"]])("names one tag of %s", (name, full) => {
  expect(withTag(name)).toBe(full);
});

it("finds the digest of the image's own repository", () => {
  const digests = ["other@sha256:11", "h:5000/a@sha256:22"];
  expect(repoDigest("h:5000/a:1", digests)).toBe("h:5000/a@sha256:22");
  expect(repoDigest("h:5000/b", digests)).toBe("");
  expect(repoDigest("h:5000/b", null)).toBe("");
});

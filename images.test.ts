import { describe, expect, it } from "vitest";
import { BUILT, IMAGE_NAMES, imageReference, isBuilt, OFFICIAL, officialReference } from "./images.ts";

describe("imageReference", () => {
  it("gives the official image where nothing is mapped", () => {
    expect(imageReference("redis", {})).toBe("docker.io/library/redis:8");
    expect(imageReference("redis", { DIVE_IMAGES: "" })).toBe("docker.io/library/redis:8");
  });

  it("prefers the entry of DIVE_IMAGES", () => {
    const env = { DIVE_IMAGES: JSON.stringify({ redis: "mirror.example/redis:8", backend: "dive/backend:1" }) };
    expect(imageReference("redis", env)).toBe("mirror.example/redis:8");
    expect(imageReference("backend", env)).toBe("dive/backend:1");
    expect(imageReference("opa", env)).toBe(officialReference("opa"));
  });

  it.each(Object.keys(BUILT) as (keyof typeof BUILT)[])("says how to get %s, which is published nowhere", (name) => {
    expect(() => imageReference(name, {})).toThrow(`"${name}" is built by ./dive`);
    expect(() => imageReference(name, {})).toThrow('eval "$(./dive env)"');
  });

  it.each([["nonsense"], ["[]"], ["null"], ['{"redis": 8}'], ['{"redis": ""}']])("refuses DIVE_IMAGES=%s", (json) => {
    expect(() => imageReference("redis", { DIVE_IMAGES: json })).toThrow("DIVE_IMAGES must be a JSON object of image references");
  });
});

describe("the table", () => {
  it("pins every official image by tag", () => {
    for (const { reference } of Object.values(OFFICIAL)) expect(reference).toMatch(/^[a-z.]+\/[a-z0-9/_-]+:[\w.-]+$/);
  });

  it("has a source for every image that a container runs", () => {
    for (const name of IMAGE_NAMES) expect(isBuilt(name) || name in OFFICIAL, name).toBe(true);
  });
});

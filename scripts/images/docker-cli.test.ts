import { describe, expect, it } from "vitest";
import { isLocal } from "./docker-cli.ts";

describe("isLocal", () => {
  const local = new Set(["redis:8", "quay.io/keycloak/keycloak:26.7.4", "redis@sha256:aa", "dive/opa:0123456789ab"]);

  it.each([
    ["docker.io/library/redis:8", true],
    ["docker.io/library/redis:8@sha256:aa", true],
    ["docker.io/library/redis:8@sha256:bb", false],
    ["docker.io/openpolicyagent/opa:1", false],
    ["quay.io/keycloak/keycloak:26.7.4", true],
    ["dive/opa:0123456789ab", true],
    ["dive/opa:000000000000", false],
  ])("%s: %s", (reference, expected) => {
    expect(isLocal(local, reference)).toBe(expected);
  });
});

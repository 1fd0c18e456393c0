import { describe, expect, it } from "vitest";
import type { Schema } from "./check.ts";
import { checkConfig } from "./provider-config.ts";
import { Secret, Unknown } from "./values.ts";

const schema: Schema = {
  url: { type: "string", required: true },
  clientTimeout: { type: "number", default: 5 },
  initialLogin: { type: "boolean" },
  registryAuth: { type: { array: { object: { address: { type: "string" } } } } },
};

describe("checkConfig", () => {
  it("decodes what is not a string from JSON, and fills defaults", () => {
    expect(checkConfig("test", schema, { version: "1.0.0", url: "5", initialLogin: "false", registryAuth: new Secret('[{"address":"a"}]') })).toEqual({
      bag: { url: "5", initialLogin: false, registryAuth: new Secret([{ address: "a" }]), clientTimeout: 5 },
      failures: [],
    });
  });

  it("takes values that are not known yet", () => {
    expect(checkConfig("test", schema, { url: Unknown.value, clientTimeout: Unknown.value }).failures).toEqual([]);
  });

  it("refuses what is missing, unknown, of the wrong type or no JSON, without repeating it", () => {
    const { failures } = checkConfig("test", schema, { clientTimeout: '"5"', initialLogin: "yes please", nonsense: "x" });
    expect(failures.map(({ property, reason }) => `${property} ${reason}`)).toEqual([
      "initialLogin must be JSON text, because its type is not string; given: text of 10 characters that is not JSON",
      "clientTimeout must be a number; given: a string",
      "nonsense is not a property that the stand-in plugin supports; provider test supports: clientTimeout, initialLogin, registryAuth, url",
      "url is required by provider test and missing; expected a string",
    ]);
  });
});

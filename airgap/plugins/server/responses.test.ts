import { describe, expect, it } from "vitest";
import { checkResponse } from "./responses.ts";
import { Secret } from "./values.ts";

describe("the answer to Check", () => {
  const told = (news: Parameters<typeof checkResponse>[1], reason: string) =>
    checkResponse({ bag: news!, failures: [{ property: "addresses[0]", reason }] }, news).getFailuresList().map((failure) => failure.getReason());

  it("takes secrets out of reasons, also where they are quoted", () => {
    const secret = 'pass"word\nof the server';
    expect(told({ addresses: [new Secret(secret)] }, `must be an address; given: ${JSON.stringify(secret)}`)).toEqual(['must be an address; given: "[secret]"']);
    expect(told({ addresses: [new Secret(secret)] }, `must be an address; given: ${secret}`)).toEqual(["must be an address; given: [secret]"]);
  });

  it("leaves reasons without secrets as they are", () => {
    expect(told({ addresses: ["localhost"] }, 'must be an address; given: "localhost"')).toEqual(['must be an address; given: "localhost"']);
  });
});

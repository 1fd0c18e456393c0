import { describe, expect, it } from "vitest";
import { count, countText, duration, entries, flag, flagText, hashedTexts, lowerText, outside, text, texts } from "./fields.ts";
import { decode, encode } from "./mapping.ts";
import { nested } from "./nested.ts";

const fields = {
  realmId: outside(),
  name: text(["name"]),
  username: lowerText(["username"]),
  enabled: flag(["enabled"]),
  session: flagText(["attributes", "session"]),
  order: count(["order"]),
  guiOrder: countText(["attributes", "gui"]),
  lifespan: duration(["lifespan"]),
  uris: texts(["uris"]),
  logout: hashedTexts(["attributes", "logout"]),
  secret: text(["secret"], { writeOnly: true }),
  block: nested({ inner: text(["headers", "inner"]), other: count(["other"]) }),
  extraConfig: entries(["attributes"], {}, ""),
};

const inputs = {
  realmId: "r",
  name: "n",
  username: "Upper",
  enabled: false,
  session: true,
  order: 0,
  guiOrder: 7,
  lifespan: "90m",
  uris: ["b", "a"],
  logout: ["y", "x"],
  secret: "s3",
  block: { inner: "i", other: 2 },
  extraConfig: { k: "v" },
};

const representation = {
  name: "n",
  username: "upper",
  enabled: false,
  order: 0,
  lifespan: 5400,
  uris: ["b", "a"],
  secret: "s3",
  headers: { inner: "i" },
  other: 2,
  attributes: { session: "true", gui: "7", logout: "y##x", k: "v" },
};

describe("encode", () => {
  it("puts every property in its place and the location nowhere", () => {
    expect(encode(fields, inputs)).toEqual(representation);
  });

  it("keeps what Keycloak has and the program does not speak about", () => {
    expect(encode(fields, { name: "new" }, { name: "old", id: "1", attributes: { mine: "1" } })).toEqual({ name: "new", id: "1", attributes: { mine: "1" } });
  });

  it("empties what the program no longer sets, and leaves numbers and flags alone", () => {
    const found = structuredClone(representation);
    expect(encode(fields, {}, found, inputs)).toEqual({
      ...representation, name: "", username: "", uris: [], secret: "", attributes: { session: "true", gui: "7", logout: "", k: "" },
    });
  });
});

describe("decode", () => {
  it("gives the inputs back as they were, whatever order, case or unit Keycloak answers in", () => {
    const answered = { ...structuredClone(representation), uris: ["a", "b"], secret: "**********", attributes: { ...representation.attributes, logout: "x##y", keycloaksOwn: "1" } };
    expect(decode(fields, answered, inputs)).toEqual(inputs);
  });

  it("looks only at what the state holds", () => {
    expect(decode(fields, representation, { name: "n" })).toEqual({ name: "n" });
  });

  it("gives what Keycloak has where it differs, and undefined where it is gone", () => {
    const drifted = { ...structuredClone(representation), lifespan: 60, uris: ["c"], name: undefined, headers: {}, attributes: { session: "false", k: "w" } };
    expect(decode(fields, drifted, inputs)).toEqual({
      ...inputs, name: undefined, lifespan: "1m0s", uris: ["c"], session: false, guiOrder: undefined, logout: undefined, block: { inner: undefined, other: 2 }, extraConfig: { k: "w" },
    });
  });

  it("takes an empty value for none", () => {
    expect(decode(fields, { attributes: {} }, { name: "", uris: [], logout: [], extraConfig: {} })).toEqual({ name: "", uris: [], logout: [], extraConfig: {} });
  });

  it("reads everything on an import but what is write-only", () => {
    expect(decode(fields, representation, undefined)).toEqual({
      name: "n", username: "upper", enabled: false, session: true, order: 0, guiOrder: 7, lifespan: "1h30m0s", uris: ["a", "b"], logout: ["x", "y"], block: { inner: "i", other: 2 },
    });
  });
});

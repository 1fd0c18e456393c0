import { describe, expect, it } from "vitest";
import { autoname } from "./autoname.ts";
import { type Schema, check } from "./check.ts";
import { Asset, type Bag, Secret, Unknown } from "./values.ts";

const schema: Schema = {
  name: { type: "string", required: true },
  count: { type: "number", default: 3 },
  mode: { type: "string", oneOf: ["a", "b"] },
  password: { type: "string", secret: true },
  labels: { type: { map: "string" } },
  ports: { type: { array: { object: { internal: { type: "number", required: true }, protocol: { type: "string", default: "tcp" } } } } },
};
const run = (bag: Bag) => check("test:index:Thing", schema, bag);
const reasons = (bag: Bag) => run(bag).failures.map(({ property, reason }) => `${property} ${reason}`);

describe("check", () => {
  it("fills defaults, also in nested objects, and leaves null out", () => {
    expect(run({ name: "n", mode: null, ports: [{ internal: 1 }] })).toEqual({ bag: { name: "n", count: 3, ports: [{ internal: 1, protocol: "tcp" }] }, failures: [] });
  });

  it("refuses an unknown property by its full path and says what is supported", () => {
    expect(reasons({ name: "n", ports: [{ internal: 1, externl: 2 }] })).toEqual([
      "ports[0].externl is not a property that the stand-in plugin supports; ports[0] of test:index:Thing supports: internal, protocol",
    ]);
  });

  it("names a missing property and its type", () => {
    expect(reasons({ ports: [{}] })).toEqual(["ports[0].internal is required by test:index:Thing and missing; expected a number", "name is required by test:index:Thing and missing; expected a string"]);
  });

  it("names a wrong type: what was given and what is allowed", () => {
    expect(reasons({ name: 1, labels: { "dive.root": true }, ports: "80" })).toEqual([
      "name must be a string; given: a number",
      'labels["dive.root"] must be a string; given: a boolean',
      "ports must be an array; given: a string",
    ]);
    expect(reasons({ name: new Asset() })[0]).toContain("an asset or archive");
  });

  it("refuses a value outside oneOf, and never repeats a secret one", () => {
    expect(reasons({ name: "n", mode: "c" })).toEqual(['mode must be one of "a", "b"; given: "c"']);
    expect(reasons({ name: "n", mode: new Secret("hunter2") })).toEqual(['mode must be one of "a", "b"; given: a secret value']);
  });

  it("takes unknown values for anything", () => {
    expect(reasons({ name: Unknown.value, ports: [Unknown.value], labels: { a: Unknown.value } })).toEqual([]);
  });

  it("marks what the schema calls secret and keeps other marks", () => {
    expect(run({ name: new Secret("n"), password: "p" }).bag).toEqual({ name: new Secret("n"), password: new Secret("p"), count: 3 });
  });
});

describe("autoname", () => {
  const naming = { name: "net", randomSeed: new Uint8Array(32).fill(0xab) };

  it("makes a name of the resource's name and the seed, the same on every repetition", () => {
    const inputs: Bag = {};
    autoname("name", inputs, {}, naming);
    expect(inputs).toEqual({ name: "net-abababa" });
  });

  it("prefers what the program says, then the old name, then the engine's proposal", () => {
    const proposed = { name: "net-proposed", disabled: false };
    const named = (inputs: Bag, old: Bag) => (autoname("name", inputs, old, { ...naming, proposed }), inputs.name);
    expect(named({ name: "mine" }, { name: "old" })).toBe("mine");
    expect(named({}, { name: "old" })).toBe("old");
    expect(named({}, { name: "old", __defaults: ["name"] })).toBe("old");
    expect(named({}, { name: "the program's", __defaults: [] })).toBe("net-proposed");
    expect(named({}, {})).toBe("net-proposed");
  });

  it("fails when autonaming is disabled and no name is given", () => {
    expect(autoname("name", {}, {}, { ...naming, proposed: { name: "", disabled: true } })?.property).toBe("name");
  });

  it.each(["constructor", "toString", "__proto__"])("knows no property %s, which every object of the language has", (name) => {
    const { failures } = check("t", { a: { type: "string" } }, Object.fromEntries([[name, "x"]]));
    expect(failures).toMatchObject([{ property: name, reason: expect.stringMatching(/^is not a property/) as string }]);
  });
});

import { describe, expect, it } from "vitest";
import type { Schema } from "./check.ts";
import { diff, same } from "./diff.ts";
import { Unknown } from "./values.ts";

const schema: Schema = {
  name: { type: "string", replaces: true },
  memory: { type: "number" },
  labels: { type: { map: "string" } },
  hosts: { type: { array: "string" }, unordered: true },
  command: { type: { array: "string" } },
  ports: { type: { array: { object: { internal: { type: "number", replaces: true }, ip: { type: "string" } } } } },
};
const changes = (old: object, now: object, always = false) => diff(schema, old, now, always).map(({ path, kind, replace }) => `${kind}${replace ? "_REPLACE" : ""} ${path}`);

describe("diff", () => {
  it("says nothing when nothing changed", () => {
    expect(changes({ name: "a", labels: { b: "c" }, ports: [{ internal: 1 }] }, { name: "a", labels: { b: "c" }, ports: [{ internal: 1, ip: undefined }] })).toEqual([]);
  });

  it("tells update from replacement, with nested paths", () => {
    expect(changes({ name: "a", memory: 1, ports: [{ internal: 1, ip: "x" }] }, { name: "b", memory: 2, ports: [{ internal: 2, ip: "y" }] })).toEqual([
      "UPDATE memory",
      "UPDATE_REPLACE name",
      "UPDATE_REPLACE ports[0].internal",
      "UPDATE ports[0].ip",
    ]);
  });

  it("names what was added and deleted", () => {
    expect(changes({ labels: { "a.b": "1" }, command: ["x"] }, { labels: { c: "2" }, command: ["x", "y"], memory: 1 })).toEqual(["ADD command[1]", 'DELETE labels["a.b"]', "ADD labels.c", "ADD memory"]);
  });

  it("replaces when a whole element comes whose inside would replace", () => {
    expect(changes({ ports: [] }, { ports: [{ internal: 1 }] })).toEqual(["ADD_REPLACE ports[0]"]);
  });

  it("ignores order only where it has no meaning", () => {
    expect(changes({ hosts: ["a", "b"], command: ["a", "b"] }, { hosts: ["b", "a"], command: ["b", "a"] })).toEqual(["UPDATE command[0]", "UPDATE command[1]"]);
    expect(changes({ hosts: ["a", "b", "b"] }, { hosts: ["b", "c", "a"] })).toEqual(["ADD hosts[1]", "DELETE hosts[2]"]);
    expect(changes({ hosts: ["a", "b"] }, { hosts: ["b", "c"] })).toEqual(["ADD hosts[1]", "DELETE hosts[0]"]);
    expect(changes({ hosts: ["a", "b"] }, { hosts: ["c", "b"] })).toEqual(["UPDATE hosts[0]"]);
  });

  it("counts an unknown new value as changed", () => {
    expect(changes({ memory: 1, name: "a" }, { memory: Unknown.value, name: Unknown.value })).toEqual(["UPDATE memory", "UPDATE_REPLACE name"]);
  });

  it("replaces always when the type has no update, and skips what only a state of the official plugin has", () => {
    expect(changes({ memory: 1, __defaults: [], gpus: "" }, { memory: 2 }, true)).toEqual(["UPDATE_REPLACE memory"]);
  });
});

describe("same", () => {
  it("compares by meaning", () => {
    expect(same(schema.hosts, ["a", "b"], ["b", "a"])).toBe(true);
    expect(same(schema.command, ["a", "b"], ["b", "a"])).toBe(false);
    expect(same(schema.labels, { a: "1", b: "2" }, { b: "2", a: "1" })).toBe(true);
  });
});

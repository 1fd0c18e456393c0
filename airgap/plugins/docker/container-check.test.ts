import { expect, it } from "vitest";
import { checkContainer } from "./container-check.ts";
import type { ContainerInputs } from "./types.ts";

const file = "/run/dive/key";

it.each<[string, Partial<ContainerInputs>, string, RegExp]>([
  ["a variable without a value", { envs: ["A=1", "B"] }, "envs[1]", /NAME=value/],
  ["a time without a unit", { healthcheck: { tests: [], interval: "30" } }, "healthcheck.interval", /"30" is not a duration/],
  ["no CPU", { cpus: "none" }, "cpus", /"none" is not a number of CPUs/],
  ["too little memory", { memory: 2 }, "memory", /at least 6/],
  ["an impossible port", { ports: [{ internal: 80, external: 70000 }] }, "ports[0].external", /1 to 65535/],
  ["networks beside the host's", { networkMode: "host", networksAdvanced: [{ name: "n" }] }, "networkMode", /excludes networksAdvanced/],
  ["a relative upload", { uploads: [{ file: "x", content: "" }] }, "uploads[0].file", /absolute/],
  ["two contents", { uploads: [{ file, content: "a", contentBase64: "YQ==" }] }, "uploads[0].contentBase64", /only one/],
  ["a symbolic mode", { uploads: [{ file, content: "a", permissions: "u=rw" }] }, "uploads[0].permissions", /octal/],
  ["an upload that a tmpfs hides", { tmpfs: { "/run": "" }, uploads: [{ file, content: "a" }] }, "uploads[0].file", /tmpfs/],
  ["an upload to a read-only root", { readOnly: true, uploads: [{ file, content: "a" }] }, "uploads[0].file", /read-only root/],
  ["an upload to a read-only volume", { readOnly: true, volumes: [{ volumeName: "v", containerPath: "/run/dive", readOnly: true }], uploads: [{ file, content: "a" }] }, "uploads[0].file", /read-only root/],
])("refuses %s", (_, inputs, property, reason) => {
  expect(checkContainer({ image: "i", ...inputs })).toEqual([{ property, reason: expect.stringMatching(reason) }]);
});

it("takes an upload to a writable volume below a read-only root", () => {
  expect(checkContainer({ image: "i", readOnly: true, volumes: [{ volumeName: "v", containerPath: "/run/dive" }], uploads: [{ file, content: "a", permissions: "0640" }] })).toEqual([]);
});

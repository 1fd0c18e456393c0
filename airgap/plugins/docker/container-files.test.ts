import { expect, it } from "vitest";
import { planUploads } from "./container-files.ts";

it("unpacks each file in the innermost writable volume that holds it, else in the root", () => {
  const plan = planUploads({
    image: "i",
    volumes: [{ volumeName: "a", containerPath: "/a" }, { volumeName: "b", containerPath: "/a/b/" }, { volumeName: "r", containerPath: "/r", readOnly: true }],
    uploads: [
      { file: "/a/b/x", content: "é", permissions: "0640" },
      { file: "/a/bc", contentBase64: "AP8=", permissions: "0755" },
      { file: "/r/y", content: "" },
    ],
  });
  expect(Object.fromEntries(plan)).toEqual({
    "/a/b/": [{ name: "x", mode: 0o640, content: Buffer.from("é") }],
    "/a": [{ name: "bc", mode: 0o755, content: Buffer.from([0, 255]) }],
    "/": [{ name: "r/y", mode: 0o644, content: Buffer.from("") }],
  });
});

it("refuses a file without content", () => {
  expect(() => planUploads({ image: "i", uploads: [{ file: "/x" }] })).toThrow('"/x" has neither content nor contentBase64');
});

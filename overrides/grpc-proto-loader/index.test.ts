import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const dockerode = dirname(require.resolve("dockerode/package.json"));

it("is what dockerode gets, and the gRPC library does not", () => {
  expect(createRequire(join(dockerode, "lib", "session.js")).resolve("@grpc/proto-loader")).toBe(require.resolve("./index.cjs"));
  expect(createRequire(require.resolve("@grpc/grpc-js")).resolve("@grpc/proto-loader")).not.toBe(require.resolve("./index.cjs"));
});

it("says what is missing, and why, where dockerode would use it", () => {
  expect(() => (require("@grpc/proto-loader") as { loadSync(file: string): unknown }).loadSync("auth.proto")).toThrow("@grpc/proto-loader is left out of this project (overrides/grpc-proto-loader)");
});

it("is asked for by dockerode in that one place only, and for that one function", async () => {
  const users: string[] = [];
  for (const file of await readdir(dockerode, { recursive: true })) {
    if (!file.endsWith(".js") || file.startsWith("node_modules")) continue;
    const text = await readFile(join(dockerode, file), "utf8");
    if (text.includes("proto-loader")) users.push(file);
    if (file === "lib/session.js") expect(text.match(/protoLoader\.\w+/g)).toEqual(["protoLoader.loadSync"]);
  }
  expect(users).toEqual(["lib/session.js"]);
});

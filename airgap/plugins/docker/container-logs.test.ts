import { expect, it } from "vitest";
import { demultiplex, redact } from "./container-logs.ts";

it("joins the frames of both streams", () => {
  const frame = (stream: number, text: string) => Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, Buffer.byteLength(text)]), Buffer.from(text)]);
  expect(demultiplex(Buffer.concat([frame(1, "out\n"), frame(2, "err\n")]))).toBe("out\nerr\n");
});

it("hides values given by environment and files, also inside lines, and leaves the rest readable", () => {
  const inputs = {
    image: "i",
    command: ["--config", "/run/dive/redis.conf"],
    envs: ["PASSWORD=p4ssw0rd=x", "N=1"],
    uploads: [{ file: "/run/dive/redis.conf", content: 'requirepass "s3cr3t!"\ninclude /run/dive/redis.conf' }, { file: "/k", contentBase64: Buffer.from("raw-secret").toString("base64") }],
  };
  expect(redact("1: p4ssw0rd=x s3cr3t! raw-secret in /run/dive/redis.conf", inputs)).toBe("1: [redacted] [redacted] [redacted] in /run/dive/redis.conf");
});

it.each([
  ["FATAL: password=hunter2 refused", "FATAL: password=[redacted] refused"],
  ['{"client_secret": "hunter2", "a": 1}', '{"client_secret": "[redacted]", "a": 1}'],
  ["cannot reach redis://default:hunter2@redis:6379", "cannot reach redis://default:[redacted]@redis:6379"],
  ["password authentication failed for user x", "password authentication failed for user x"],
  ["listening on https://localhost:8443/", "listening on https://localhost:8443/"],
])("hides what calls itself a secret: %s", (text, shown) => expect(redact(text, { image: "i" })).toBe(shown));

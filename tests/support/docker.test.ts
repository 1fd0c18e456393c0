import { expect, test } from "vitest";
import { unframe } from "./docker.ts";

const frame = (stream: number, text: string): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

test("logs come out of Docker's frames in order, stdout and stderr together", () => {
  expect(unframe(Buffer.concat([frame(1, "one\n"), frame(2, "zwei – 2\n"), frame(1, "")]))).toBe("one\nzwei – 2\n");
});

test("no frame is no log, and a frame that was cut off gives what is there", () => {
  expect(unframe(Buffer.alloc(0))).toBe("");
  expect(unframe(frame(1, "whole").subarray(0, 10))).toBe("wh");
});

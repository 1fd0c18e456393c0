import bcrypt from "bcryptjs";
import { expect, it } from "vitest";
import { bcryptHash } from "./web-config.ts";

it("hashes a password the same way at every run, and each password another way", () => {
  const hash = bcryptHash("a password");
  expect(hash).toBe(bcryptHash("a password"));
  expect(bcrypt.compareSync("a password", hash)).toBe(true);
  expect(bcrypt.compareSync("a passwore", hash)).toBe(false);
  expect(hash.slice(0, 29)).not.toBe(bcryptHash("another").slice(0, 29));
});

import { expect, test } from "vitest";
import { prependPath, userEnvironment } from "./environment.ts";

test("what an earlier dive env set is not taken for the user's", () => {
  const env = { DIVE_ENV: "PATH,CAROOT", PATH: "/bin", CAROOT: "/clone/.dive/ca", HOME: "/home/u", PULUMI_BACKEND_URL: "s3://bucket" };
  expect(userEnvironment(env)).toEqual({ DIVE_ENV: "PATH,CAROOT", PATH: "/bin", HOME: "/home/u", PULUMI_BACKEND_URL: "s3://bucket" });
});

test("putting folders before PATH again changes nothing", () => {
  const once = prependPath(["/a", "/b"], "/usr/bin:/b:/bin");
  expect(once).toBe("/a:/b:/usr/bin:/bin");
  expect(prependPath(["/a", "/b"], once)).toBe(once);
});

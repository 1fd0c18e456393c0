import { expect, test } from "vitest";
import { removeLate } from "./late.ts";

test("what appears late is removed, what was there is not looked for again", async () => {
  const asked: string[] = [];
  await removeLate(["there", "late"], async (name) => {
    asked.push(name);
    return name === "there" || asked.filter((one) => one === "late").length === 3;
  });
  expect(asked).toEqual(["there", "late", "late", "late"]);
});

test("what never appears ends the search", async () => {
  let asked = 0;
  await removeLate(["never"], async () => (asked++, false), 100);
  expect(asked).toBeGreaterThan(0);
});

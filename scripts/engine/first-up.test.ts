import { expect, test } from "vitest";
import { isByItself } from "./first-up.ts";

test.each([
  ["hub and spokes", "config:\n  dive:hub: {code: USA}\n  dive:spokes: [{code: FRA}]\n"],
  ["the role it has by default", "config:\n  dive:role: hub\n"],
  ["no partners yet", "config:\n  dive:partners: []\n"],
])("a stack with %s is by itself", (_what, config) => expect(isByItself(config)).toBe(true));

test.each([
  ["a hub elsewhere", "config:\n  dive:role: spoke\n"],
  ["partners in other stacks", "config:\n  dive:partners: [{code: DEU}]\n"],
  ["partners that nobody can read", "config:\n  dive:partners: DEU\n"],
  ["no settings", "config:\n"],
  ["an empty configuration", ""],
  ["no configuration", undefined],
])("one with %s is not", (_what, config) => expect(isByItself(config)).toBe(false));

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Case, driveTable } from "../server/table-driver.ts";
import { PluginProcess } from "../server/test-client.ts";
import { plain } from "../server/values.ts";

const token = "random:index/randomPassword:RandomPassword";

// Sources: the schema and the code of terraform-provider-random, which the official plugin bridges, and this project's own rules.
const schema = "schema v3: RequiresReplace";
const defaults = "schema v3: defaults";
const docs = "RandomPassword, import";
const ours = "own rule: refuse what cannot be fulfilled";

/** The password in the state. */
const password = (stored: { state: Parameters<typeof plain>[0] } | undefined): string => (plain(stored?.state) as { result: string }).result;
const made = (pattern: RegExp): Extract<Case<undefined>, { does: "create" }>["effect"] => (_seen, { stored }) => expect(password(stored)).toMatch(pattern);

const cases: Case<undefined>[] = [
  {
    does: "create", name: "with what is required, every default in the state", source: defaults,
    outputs: { length: 12, special: true, upper: true, lower: true, numeric: true, number: true, minSpecial: 0, minUpper: 0, minLower: 0, minNumeric: 0 },
    computed: ["result", "number", "numeric"], effect: made(/^[!-~]{12}$/),
  },
  { does: "create", name: "its id is the word none", source: "resource_password.go, Create", effect: (_seen, { stored }) => expect(stored?.id).toBe("none") },
  { does: "create", name: "without special characters", source: "doc of special", given: { special: false }, effect: made(/^[A-Za-z0-9]{12}$/) },
  { does: "create", name: "with the program's own special characters alone", source: "doc of overrideSpecial", given: { overrideSpecial: "-_", upper: false, lower: false, numeric: false }, effect: made(/^[-_]{12}$/) },
  { does: "create", name: "with at least as many of a kind as asked", source: "doc of minNumeric", given: { length: 20, minNumeric: 15, special: false }, effect: made(/^(?=(\D*\d){15})[A-Za-z0-9]{20}$/) },
  { does: "create", name: "numeric fills its old name number, too", source: "NumberNumericAttributePlanModifier", given: { numeric: false }, outputs: { number: false, numeric: false }, effect: made(/^\D{12}$/) },
  { does: "create", name: "number fills its new name numeric, too", source: "NumberNumericAttributePlanModifier", given: { number: false }, outputs: { number: false, numeric: false }, effect: made(/^\D{12}$/) },

  { does: "change", name: "length", source: schema, change: { length: 13 }, verdict: { length: "UPDATE_REPLACE" }, effect: made(/^.{13}$/) },
  { does: "change", name: "special", source: schema, change: { special: false }, verdict: { special: "UPDATE_REPLACE" }, effect: made(/^[A-Za-z0-9]{12}$/) },
  { does: "change", name: "upper", source: schema, change: { upper: false }, verdict: { upper: "UPDATE_REPLACE" }, effect: made(/^[^A-Z]{12}$/) },
  { does: "change", name: "lower", source: schema, change: { lower: false }, verdict: { lower: "UPDATE_REPLACE" }, effect: made(/^[^a-z]{12}$/) },
  { does: "change", name: "numeric", source: schema, change: { numeric: false }, verdict: { numeric: "ADD_REPLACE" }, effect: made(/^\D{12}$/) },
  { does: "change", name: "number", source: schema, change: { number: false }, verdict: { number: "ADD_REPLACE" }, effect: made(/^\D{12}$/) },
  { does: "change", name: "minSpecial", source: schema, change: { minSpecial: 3 }, verdict: { minSpecial: "UPDATE_REPLACE" }, effect: made(/^(.*[^A-Za-z0-9]){3}/) },
  { does: "change", name: "minUpper", source: schema, change: { minUpper: 3 }, verdict: { minUpper: "UPDATE_REPLACE" }, effect: made(/^(.*[A-Z]){3}/) },
  { does: "change", name: "minLower", source: schema, change: { minLower: 3 }, verdict: { minLower: "UPDATE_REPLACE" }, effect: made(/^(.*[a-z]){3}/) },
  { does: "change", name: "minNumeric", source: schema, change: { minNumeric: 3 }, verdict: { minNumeric: "UPDATE_REPLACE" }, effect: made(/^(.*\d){3}/) },
  { does: "change", name: "overrideSpecial comes", source: schema, change: { overrideSpecial: "-" }, verdict: { overrideSpecial: "ADD_REPLACE" } },
  { does: "change", name: "overrideSpecial changes", source: schema, given: { overrideSpecial: "-" }, change: { overrideSpecial: "_" }, verdict: { overrideSpecial: "UPDATE_REPLACE" } },
  { does: "change", name: "overrideSpecial goes", source: schema, given: { overrideSpecial: "-" }, change: { overrideSpecial: undefined }, verdict: { overrideSpecial: "DELETE_REPLACE" } },
  { does: "change", name: "keepers come", source: "RequiresReplaceIfValuesNotNull", change: { keepers: { turn: "1" } }, verdict: { keepers: "ADD_REPLACE" } },
  { does: "change", name: "a keeper changes", source: "RequiresReplaceIfValuesNotNull", given: { keepers: { turn: "1" } }, change: { keepers: { turn: "2" } }, verdict: { "keepers.turn": "UPDATE_REPLACE" } },
  { does: "change", name: "a keeper goes", source: "RequiresReplaceIfValuesNotNull", given: { keepers: { turn: "1", more: "1" } }, change: { keepers: { turn: "1" } }, verdict: { "keepers.more": "DELETE_REPLACE" } },
  { does: "change", name: "a default that the program now spells out is no change", source: defaults, change: { special: true, upper: true, lower: true, minUpper: 0, minSpecial: 0 }, verdict: {} },

  { does: "import", name: "by the password itself", source: docs, id: ({ stored }) => password(stored) },
  { does: "import", name: "of another length than the program's", source: docs, id: () => "short", verdict: { length: "UPDATE_REPLACE" } },
  { does: "import", name: "where the program says other than the defaults, which an import assumes", source: "resource_password.go, ImportState", given: { special: false }, id: ({ stored }) => password(stored), verdict: { special: "UPDATE_REPLACE" } },

  { does: "invalid", name: "length is missing", source: "schema v3: Required", change: { length: undefined }, failures: { length: /^is required by .* and missing; expected a number$/ } },
  { does: "invalid", name: "length of no character", source: "schema v3: AtLeast(1)", change: { length: 0 }, failures: { length: /^must be a whole number from 1 to 100000; given: 0$/ } },
  { does: "invalid", name: "half a character", source: "schema v3: Int64", change: { length: 8.5 }, failures: { length: /^must be a whole number/ } },
  { does: "invalid", name: "more characters than anybody needs", source: ours, change: { length: 1e9 }, failures: { length: /^must be a whole number from 1 to 100000; given: 1000000000$/ } },
  { does: "invalid", name: "length as a text", source: "schema v3: Int64", change: { length: "12" }, failures: { length: /^must be a number; given: a string$/ } },
  { does: "invalid", name: "shorter than its parts", source: "schema v3: AtLeastSumOf", change: { length: 3, minUpper: 2, minLower: 2 }, failures: { length: /^must be at least .* = 4; given: 3$/ } },
  { does: "invalid", name: "number against numeric", source: "NumberNumericAttributePlanModifier", change: { number: true, numeric: false }, failures: { number: /must not differ/ } },
  { does: "invalid", name: "a keeper that is no text", source: "schema v3: map of strings", change: { keepers: { turn: 2 } }, failures: { "keepers.turn": /^must be a string; given: a number$/ } },
  { does: "invalid", name: "no kind of characters", source: ours, change: { special: false, upper: false, lower: false, numeric: false }, failures: { length: /^cannot be filled/ } },
  { does: "invalid", name: "at least one of a kind that is switched off", source: ours, change: { upper: false, minUpper: 1 }, failures: { minUpper: /^must be 0 when upper is false; given: 1$/ } },
  { does: "invalid", name: "an empty set of special characters", source: ours, change: { overrideSpecial: "" }, failures: { overrideSpecial: /^must not be empty/ } },
  { does: "invalid", name: "a property that nobody knows", source: ours, change: { colour: "red" }, failures: { colour: /^is not a property/ } },

  { does: "delete", name: "twice", source: "resource_password.go, Delete: the state is all there is" },
];

describe("random by table", { timeout: 60_000 }, () => {
  let plugin: PluginProcess;
  beforeAll(async () => {
    plugin = await PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), token);
  });
  afterAll(() => plugin[Symbol.asyncDispose]());

  driveTable({ token, logical: true, base: () => ({ length: 12 }), look: async () => undefined, cases }, () => plugin, () => undefined);
});

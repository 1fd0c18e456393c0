import type { RandomPasswordArgs, RandomPasswordState } from "@pulumi/random";
import type { ResourceType } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";
import { type CharacterClass, generatePassword } from "./password.ts";

type Args = Plain<RandomPasswordArgs>;
type State = Plain<RandomPasswordState>;

// The official plugin's set.
const defaultSpecial = "!@#$%&*()-_=+[]{}<>:?";

/** The official plugin has no limit; this one would be busy for minutes with a thousand million characters. */
const longest = 100_000;

/**
 * `random.RandomPassword`. A password is made once and never changes: every property replaces. An import takes the password as id.
 *
 * The official output `bcryptHash` is left out: it needs a bcrypt library, and nothing uses it.
 */
export const randomPassword: ResourceType<undefined, Args, State> = {
  token: "random:index/randomPassword:RandomPassword",
  inputs: {
    length: { type: "number", required: true, replaces: true },
    keepers: { type: { map: "string" }, replaces: true },
    special: { type: "boolean", default: true, replaces: true },
    upper: { type: "boolean", default: true, replaces: true },
    lower: { type: "boolean", default: true, replaces: true },
    // No defaults: the two are one setting under its old and its new name, true unless either says otherwise.
    number: { type: "boolean", replaces: true },
    numeric: { type: "boolean", replaces: true },
    overrideSpecial: { type: "string", replaces: true },
    minSpecial: { type: "number", default: 0, replaces: true },
    minUpper: { type: "number", default: 0, replaces: true },
    minLower: { type: "number", default: 0, replaces: true },
    minNumeric: { type: "number", default: 0, replaces: true },
  },
  computed: ["result", "number", "numeric"],
  secretOutputs: ["result"],

  check(args) {
    const failures: { property: string; reason: string }[] = [];
    const counts = { length: args.length, minSpecial: args.minSpecial, minUpper: args.minUpper, minLower: args.minLower, minNumeric: args.minNumeric };
    for (const [property, count] of Object.entries(counts)) {
      const least = property === "length" ? 1 : 0;
      if (count !== undefined && (!Number.isInteger(count) || count < least || count > longest)) failures.push({ property, reason: `must be a whole number from ${least} to ${longest}; given: ${count}` });
    }
    if (args.number !== undefined && args.numeric !== undefined && args.number !== args.numeric) {
      failures.push({ property: "number", reason: `is the old name of numeric and must not differ from it; given: number ${args.number}, numeric ${args.numeric}` });
    }
    if (args.overrideSpecial === "") failures.push({ property: "overrideSpecial", reason: "must not be empty: leave it out for the default characters" });
    const classes = Object.entries(classesOf(args));
    for (const [name, one] of classes) {
      if (one.characters === "" && one.minimum > 0) failures.push({ property: minimumOf(name), reason: `must be 0 when ${name} is false; given: ${one.minimum}` });
    }
    if (classes.every(([, one]) => one.characters === "")) failures.push({ property: "length", reason: "cannot be filled: special, upper, lower and numeric are all false" });
    const minimum = classes.reduce((sum, [, one]) => sum + one.minimum, 0);
    if (minimum > args.length) failures.push({ property: "length", reason: `must be at least minSpecial + minUpper + minLower + minNumeric = ${minimum}; given: ${args.length}` });
    return failures;
  },

  async create(_client, args) {
    const classes = Object.values(classesOf(args)).filter((one) => one.characters !== "");
    return { id: "none", state: { ...args, ...numbers(args), result: generatePassword({ length: args.length, classes }) } };
  },

  async read(_client, id, state) {
    // The state is all there is. Without one it is an import, whose id is the password itself.
    if (state.result !== undefined) return { id, state, inputs: {} };
    return { id: "none", state: { ...numbers({}), result: id, length: Buffer.byteLength(id) }, inputs: { length: Buffer.byteLength(id) } };
  },

  async delete() {},
};

function classesOf(args: Args): Record<"special" | "upper" | "lower" | "numeric", CharacterClass> {
  const special = args.overrideSpecial ?? defaultSpecial;
  const one = (wanted: boolean | undefined, characters: string, minimum: number | undefined): CharacterClass => ({ characters: wanted === false ? "" : characters, minimum: minimum ?? 0 });
  return {
    special: one(args.special, special, args.minSpecial),
    upper: one(args.upper, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", args.minUpper),
    lower: one(args.lower, "abcdefghijklmnopqrstuvwxyz", args.minLower),
    numeric: one(numbers(args).numeric, "0123456789", args.minNumeric),
  };
}

function numbers(args: Pick<Args, "number" | "numeric">): { number: boolean; numeric: boolean } {
  const value = args.numeric ?? args.number ?? true;
  return { number: value, numeric: value };
}

function minimumOf(name: string): string {
  return `min${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

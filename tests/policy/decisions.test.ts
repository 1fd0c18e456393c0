/** The decision suite: every case of `policies/authz/cases`, asked of a real OPA over HTTP, on the bundle that the program builds. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/paths.ts";
import { revisionOf, signedBundle } from "../../components/policy-bundle.ts";
import { hubFiles, signingKey, startOpa, type OpaServer } from "./opa-server.ts";

interface Case {
  readonly name: string;
  /** The rule that the case shows: the reason that must come first, or `permitted`. */
  readonly rule: string;
  /** JSON pointers to set in the base; "" is the whole input. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
  readonly allow: boolean;
}

interface Decision {
  readonly allow: boolean;
  readonly reason: string;
  readonly reasons: readonly string[];
  readonly evaluation_details: { readonly checks: Readonly<Record<string, boolean>>; readonly policy: unknown };
}

const folder = join(ROOT, "policies", "authz", "cases");
const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));
const base = read("base.json") as Record<string, unknown>;
const suites = readdirSync(folder)
  .filter((name) => name !== "base.json")
  .map((name) => ({ name, ...(read(name) as { about: string; cases: readonly Case[] }) }));
const all = suites.flatMap(({ cases }) => cases);
const files = hubFiles();

let opa: OpaServer;
beforeAll(async () => {
  const key = signingKey();
  opa = await startOpa(await signedBundle(files, key.privateKey), key.publicKey);
}, 180_000);
afterAll(() => opa[Symbol.asyncDispose]());

async function decide(input: unknown): Promise<Decision> {
  const response = await fetch(`${opa.url}/v1/data/dive/authz`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ input }) });
  expect(response.status).toBe(200);
  const { result } = (await response.json()) as { result: Record<string, Decision> };
  expect(Object.keys(result)).toEqual(["decision"]);
  return result["decision"]!;
}

/** The base with a case's changes. */
function inputOf({ set = {}, remove = [] }: Case): unknown {
  if ("" in set) return set[""];
  const input = structuredClone(base);
  for (const [pointer, value] of Object.entries(set)) change(input, pointer, (parent, name) => (parent[name] = value));
  for (const pointer of remove) change(input, pointer, (parent, name) => delete parent[name]);
  return input;
}

function change(input: Record<string, unknown>, pointer: string, apply: (parent: Record<string, unknown>, name: string) => void): void {
  const [, ...names] = pointer.split("/");
  const last = names.pop()!;
  const parent = names.reduce((node, name) => node[name] as Record<string, unknown>, input);
  if (parent === undefined) throw new Error(`${pointer} leads nowhere in the base`);
  apply(parent, last);
}

it("has at least 200 cases, each with a name of its own in its file", () => {
  expect(all.length).toBeGreaterThanOrEqual(200);
  for (const { name, cases } of suites) expect(new Set(cases.map((one) => one.name)).size, name).toBe(cases.length);
});

it("shows every reason as the one that counts, but those that another always comes before", () => {
  const priority = /priority := \[([^\]]*)\]/.exec(files["reasons.rego"]!)![1]!.match(/"[^"]+"/g)!.map((quoted) => quoted.slice(1, -1));
  const shown = new Set(all.map(({ rule }) => rule));
  const hidden = ["action_attribute_missing", "action_attribute_malformed", "country_not_federated", "unknown_country"];
  expect([...shown].filter((rule) => !priority.includes(rule))).toEqual(["permitted"]);
  expect(priority.filter((reason) => !shown.has(reason))).toEqual(hidden);
});

describe.each(suites)("$name: $about", ({ cases }) => {
  it.each(cases)("$name: $rule", async (one) => {
    const decision = await decide(inputOf(one));
    expect([decision.allow, decision.reason]).toEqual([one.allow, one.rule]);
    expect(decision.allow).toBe(decision.reasons.length === 0);
    expect(decision.allow).toBe(Object.values(decision.evaluation_details.checks).every(Boolean));
    expect(decision.evaluation_details.policy).toEqual({ instance: "USA", revision: revisionOf(files) });
  });
});

describe("whatever is sent", { timeout: 120_000 }, () => {
  it("is denied with a reason when it is not a request", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (input) => {
        const decision = await decide(input);
        expect(decision.allow).toBe(false);
        expect(decision.reasons.length).toBeGreaterThan(0);
        expect(decision.reasons[0]).toBe(decision.reason);
      }),
      { numRuns: 200 },
    );
  });

  it("is decided with a reason when one attribute is anything", async () => {
    const attributes = Object.entries(base).flatMap(([part, names]) => Object.keys(names as object).map((name) => `/${part}/${name}`));
    const harmless = ["/subject/uniqueID", "/resource/resourceId", "/context/requestId", "/context/sourceIP"];
    const isText = (value: unknown): boolean => typeof value === "string" && value.trim() !== "";
    // Methods that nobody knows are no factor, and take none away: the context class says enough by itself.
    const isMethods = (pointer: string, value: unknown): boolean => pointer === "/context/amr" && Array.isArray(value) && value.every(isText);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...attributes), fc.jsonValue(), async (pointer, value) => {
        const decision = await decide(inputOf({ name: "", rule: "", set: { [pointer]: value }, allow: false }));
        // Arbitrary JSON is no clearance, country, list, time or level that exists; identifiers may be any text.
        if (!(harmless.includes(pointer) && isText(value)) && !isMethods(pointer, value) && !(typeof value === "boolean" && /authenticated|encrypted/.test(pointer)) && !(Array.isArray(value) && value.length === 0) && !(typeof value === "string" && /^\d$/.test(value)))
          expect([pointer, value, decision.allow]).toEqual([pointer, value, false]);
        expect(decision.allow ? decision.reason : decision.reasons[0]).toBe(decision.allow ? "permitted" : decision.reason);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the decision log", () => {
  it("has each decision with the bundle's revision, without personal identifiers and tokens", async () => {
    const marks = { uniqueID: "mark-of-a-person", sourceIP: "203.0.113.77", token: "mark-of-a-token" };
    await decide(inputOf({ name: "", rule: "", set: { "/subject/uniqueID": marks.uniqueID, "/context/sourceIP": marks.sourceIP, "/context/requestId": "logged-1" }, allow: true }));
    await decide(inputOf({ name: "", rule: "", set: { "/context/requestId": "logged-2", "/subject/accessToken": marks.token }, allow: true }));
    await decide(marks.token);
    const logged = () => opa.log().filter((line) => line["msg"] === "Decision Log");
    await expect.poll(() => logged().filter((line) => /logged-[12]/.test(JSON.stringify(line["input"]))).length).toBe(2);
    const text = opa.log().map((line) => JSON.stringify(line)).join("\n");
    for (const mark of Object.values(marks)) expect(text).not.toContain(mark);
    for (const line of logged()) expect(Object.values(line["bundles"] as object)).toEqual([{ revision: revisionOf(files) }]);
  });
});

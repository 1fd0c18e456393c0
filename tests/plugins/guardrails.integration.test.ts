import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dive, pulumi } from "../support/dive.ts";
import { ROOT, stateDir } from "../support/paths.ts";

// The real CLI runs the project's policy pack over the whole program, which proves RunPlugin of the language host as well.
// What each rule refuses, the pack's unit tests show. A preview starts no container.
const STACK = "test";
const OWN = { use: "guardrails", mustSucceed: false };

afterAll(() => rm(stateDir("guardrails"), { recursive: true, force: true }));

describe("the guardrails", () => {
  it("let the program pass", async () => {
    const { exitCode, output } = await dive(STACK, ["preview", "--json"], OWN);
    expect(exitCode, output.slice(-2000)).toBe(0);
    const judged = output.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Record<string, any>] : [])).flatMap((event) => event["policyAnalyzeSummaryEvent"] ?? []) as { passed: string[] }[];
    expect(judged.length, "resources judged").toBeGreaterThan(100);
    for (const { passed } of judged) expect(passed).toContain("confinement");
  });

  it("stop a preview that publishes ports to everybody without the pack knowing, and name rule and containers", async () => {
    const own = await pulumi(STACK, ["preview", "--policy-pack", join(ROOT, "policies/guardrails"), "--config", "dive:bindAddress=0.0.0.0"], OWN);
    expect(own.exitCode).toBe(1);
    expect(own.output).toContain("publishes port 5432 on 0.0.0.0; bindAddress is 127.0.0.1");
    expect(own.output).toContain("published-ports");
  });
});

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { guardrailArguments, guardrailConfig } from "./guardrails.ts";

it("hands the stack's addresses to the policy pack, and nothing when there is none", () => {
  expect(guardrailConfig({ "dive:bindAddress": "10.0.0.7", "dive:hub": { code: "USA" } })).toEqual({ "published-ports": { bindAddress: "10.0.0.7" } });
  expect(guardrailConfig({ "dive:advertiseAddress": "10.0.0.7" })).toEqual({ "published-ports": { advertiseAddress: "10.0.0.7" } });
  expect(guardrailConfig({})).toEqual({});
});

it("says that cAdvisor may hold Docker's socket where the stack's configuration does", () => {
  expect(guardrailConfig({ "dive:monitoring": { containers: true } })).toEqual({ confinement: { containerExporter: "true" } });
  expect(guardrailConfig({ "dive:monitoring": { containers: "true" } })).toEqual({});
  expect(guardrailConfig({ "dive:monitoring": { enabled: true } })).toEqual({});
});

it("names pack and settings to the CLI", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dive-guardrails-"));
  try {
    await writeFile(join(folder, "Pulumi.dev.yaml"), "encryptionsalt: x\nconfig:\n  dive:bindAddress: 0.0.0.0\n");
    const args = await guardrailArguments({ root: "/clone", stateDir: folder, cacheDir: "/cache" }, "dev");
    expect(args).toEqual(["--policy-pack", "/clone/policies/guardrails", "--policy-pack-config", join(folder, "guardrails.dev.json")]);
    expect(JSON.parse(await readFile(args[3]!, "utf8"))).toEqual({ "published-ports": { bindAddress: "0.0.0.0" } });
  } finally {
    await rm(folder, { recursive: true });
  }
});

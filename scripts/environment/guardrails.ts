import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { writeWhole } from "../files.ts";
import { liveConfigFile, type Paths } from "../paths.ts";

/** The settings of the stack that guardrails depend on; a policy pack does not see the stack's configuration. */
const ADDRESSES = ["bindAddress", "advertiseAddress"];
const MONITORING = "dive:monitoring";

/**
 * Arguments that make an operation of the CLI run the project's policy pack, with what the pack needs of the stack's live configuration.
 * They are for `preview`: see docs/decisions/0010.
 */
export async function guardrailArguments(paths: Paths, stack: string): Promise<string[]> {
  const live = parse(await readFile(liveConfigFile(paths, stack), "utf8")) as { config?: Record<string, unknown> } | null;
  const file = join(paths.stateDir, `guardrails.${stack}.json`);
  await writeWhole(file, JSON.stringify(guardrailConfig(live?.config ?? {})), 0o600);
  return ["--policy-pack", join(paths.root, "policies", "guardrails"), "--policy-pack-config", file];
}

/** The pack's configuration for a stack's. */
export function guardrailConfig(config: Record<string, unknown>): Record<string, Record<string, unknown>> {
  const addresses = ADDRESSES.flatMap((name) => (config[`dive:${name}`] === undefined ? [] : [[name, config[`dive:${name}`]]]));
  const monitoring = config[MONITORING];
  const containers = typeof monitoring === "object" && monitoring !== null && "containers" in monitoring && monitoring.containers === true;
  return {
    ...(addresses.length === 0 ? {} : { "published-ports": Object.fromEntries(addresses) as Record<string, unknown> }),
    ...(containers ? { confinement: { containerExporter: "true" } } : {}),
  };
}

import { parse } from "yaml";
import { readIfExists } from "../files.ts";
import { liveConfigFile, type Paths } from "../paths.ts";
import type { Topology } from "./owners.ts";

/**
 * The instances that a stack's live configuration names. Entries that the program will refuse are left out: it says what is wrong with
 * them, here they only cannot be recorded.
 */
export async function readTopology(paths: Paths, stack: string): Promise<Topology> {
  return topologyOf(parse((await readIfExists(liveConfigFile(paths, stack))) ?? "") as unknown);
}

/** The same from the parsed file. */
export function topologyOf(file: unknown): Topology {
  const config = field(file, "config");
  const spokes = field(config, "dive:spokes");
  // In a spoke's stack the hub is another stack's.
  const hub = field(config, "dive:role") === "spoke" ? undefined : codeIn(field(config, "dive:hub"));
  return { hub, spokes: [...new Set((Array.isArray(spokes) ? spokes : []).flatMap((spoke) => codeIn(spoke) ?? []))] };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function codeIn(instance: unknown): string | undefined {
  const code = field(instance, "code");
  return typeof code === "string" && /^[a-z]{3}$/i.test(code) ? code.toUpperCase() : undefined;
}

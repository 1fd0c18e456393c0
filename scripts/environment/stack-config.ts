import { parse, stringify } from "yaml";
import { DiveError, EXIT } from "../errors.ts";
import { readIfExists, writeWhole } from "../files.ts";
import { committedConfigFile, liveConfigFile, type Paths } from "../paths.ts";

/** What the CLI writes into a stack's configuration about its secrets; never committed. */
const MACHINE_KEYS = ["secretsprovider", "encryptedkey", "encryptionsalt"] as const;

function read(text: string | undefined, file: string): Record<string, unknown> {
  const value: unknown = parse(text ?? "") ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new DiveError(`${file} must be a YAML map (keys "config", "environment"); it is not.`, EXIT.usage);
  }
  return value as Record<string, unknown>;
}

/**
 * The live configuration: the committed one, with the machine's keys of the live one.
 * @param committed text of the committed file
 * @param live text of the live file, if there is one
 * @param salt the salt that the state was encrypted with, used when the live file was lost
 */
export function mergeStackConfig(committed: string, live: string | undefined, salt?: string): string {
  const merged = read(committed, "the committed stack configuration");
  const machine: Record<string, unknown> = { ...(salt === undefined ? {} : { encryptionsalt: salt }), ...read(live, "the live stack configuration") };
  for (const key of MACHINE_KEYS) if (key in machine && !(key === "secretsprovider" && key in merged)) merged[key] = machine[key];
  return stringify(merged, { lineWidth: 0 });
}

/**
 * Brings the live configuration of a stack up to date with the committed one.
 * @param salt the salt that the state was encrypted with
 * @returns path of the live file
 * @throws DiveError when the stack has no committed file
 */
export async function writeLiveConfig(paths: Paths, stack: string, salt?: string): Promise<string> {
  const source = committedConfigFile(paths, stack);
  const committed = await readIfExists(source);
  if (committed === undefined) throw new DiveError(`Stack "${stack}" has no configuration: ${source} does not exist.`, EXIT.usage);
  const target = liveConfigFile(paths, stack);
  await writeWhole(target, mergeStackConfig(committed, await readIfExists(target), salt), 0o600);
  return target;
}

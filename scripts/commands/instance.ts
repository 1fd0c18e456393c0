import { DiveError, EXIT } from "../errors.ts";
import { addSpoke } from "../environment/add-spoke.ts";
import { readIfExists, writeWhole } from "../files.ts";
import { committedConfigFile, findPaths } from "../paths.ts";
import { topologyOf } from "../deployment-record/topology.ts";
import { parse } from "yaml";

/** Which instance a verb means: the hub, or a spoke by its code in any case. */
export type Which = { role: "hub" } | { role: "spoke"; code: string };

/**
 * The code of an instance of the stack, as its committed configuration names it.
 * @throws DiveError naming what there is
 */
export async function instanceOf(stack: string, which: Which): Promise<string> {
  const { hub, spokes } = topologyOf(parse(await committed(stack)));
  const code = which.role === "hub" ? hub : spokes.find((one) => one === which.code.toUpperCase());
  if (code !== undefined) return code;
  const what = which.role === "hub" ? "hub" : `spoke "${which.code}"`;
  throw new DiveError(`Stack ${stack} has no ${what}. Its hub: ${hub ?? "none"}; its spokes: ${spokes.join(", ") || "none"} (${committedConfigFile(findPaths(), stack)}).`, EXIT.usage);
}

/**
 * `dive spoke deploy <code>` before its `up`: the committed configuration names the spoke.
 * @returns whether it had to be added
 * @throws DiveError when the code is no instance's, or the hub's
 */
export async function nameSpoke(stack: string, code: string): Promise<boolean> {
  const { isInstanceCode } = await import("../../config.ts"); // the rule of the program itself; loads the SDK
  const upper = code.toUpperCase();
  if (!isInstanceCode(upper)) throw new DiveError(`"${code}" is no code of an instance. Allowed: ISO 3166-1 alpha-3 (FRA, DEU, ...), or TST, DEV, QAA, in any case.`, EXIT.usage);
  const file = committedConfigFile(findPaths(), stack);
  return writeWhole(file, addSpoke(await committed(stack), upper, file));
}

async function committed(stack: string): Promise<string> {
  const file = committedConfigFile(findPaths(), stack);
  const text = await readIfExists(file);
  if (text === undefined) throw new DiveError(`Stack "${stack}" has no configuration: ${file} does not exist.`, EXIT.usage);
  return text;
}

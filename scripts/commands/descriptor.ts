import { stringify } from "yaml";
import type { SiteDescriptor } from "../../partner-config.ts";
import { DiveError, EXIT, messageOf } from "../errors.ts";
import { openSession } from "../session.ts";
import { readState, runPulumi, type StackHandle } from "../state.ts";
import { instanceOf, type Which } from "./instance.ts";

/**
 * `dive spoke descriptor <code>` and `dive hub descriptor`: prints what the partner's configuration needs of this site. A spoke that was
 * never brought up gets the one thing that the descriptor waits for, its password on the hub's blacklist; of it only the hash is shown.
 */
export async function printDescriptor(stack: string, which: Which, options: { json?: true }): Promise<void> {
  const code = await instanceOf(stack, which);
  const { environment, progress } = await openSession(stack, "named", "questions");
  let descriptor = await readDescriptor(environment, code);
  if (descriptor === undefined && which.role === "spoke") {
    const handle = { ...environment, env: { ...environment.env, DIVE_ONLY_DESCRIPTORS: "1" } };
    const making = () => runPulumi(handle, ["up", "--yes", "--skip-preview", "--target", `**::blacklist-password-${code.toLowerCase()}`, "--stack", stack]);
    await progress.step(`Making ${code}'s password on the hub's blacklist`, making).catch((error: unknown) => {
      throw new DiveError(messageOf(error), EXIT.failed, { cause: error });
    });
    descriptor = await readDescriptor(environment, code);
  }
  if (descriptor === undefined) throw new DiveError(`Stack ${stack} has no output descriptors.${code}: bring it up first (./dive up).`, EXIT.failed);
  process.stdout.write(options.json ? `${JSON.stringify(descriptor, undefined, 2)}\n` : stringify(descriptor));
}

async function readDescriptor(handle: StackHandle, code: string): Promise<SiteDescriptor | undefined> {
  const outputs = (await readState(handle))?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  const found = (outputs?.["descriptors"] as Record<string, SiteDescriptor> | undefined)?.[code];
  // While a password is being made its hash is not known.
  return found?.role === "spoke" && !/^[0-9a-f]{64}$/.test(found.blacklistPasswordSha256 ?? "") ? undefined : found;
}

import { findOpa } from "../../scripts/toolchain/opa.ts";
import { findPaths } from "../../scripts/paths.ts";
import { createProgress } from "../../scripts/progress.ts";

let found: Promise<string> | undefined;

/** Path of the OPA program that the policies are tested with, built when this machine has none. */
export function opaProgram(): Promise<string> {
  return (found ??= findOpa(findPaths(), createProgress()));
}

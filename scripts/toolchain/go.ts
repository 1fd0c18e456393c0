import { availableParallelism, totalmem } from "node:os";
import { execa } from "execa";
import { DiveError, EXIT } from "../errors.ts";
import { which } from "./which.ts";
import { atLeast, parseVersion, type Version } from "./version.ts";

/** The Go version that the toolchain's module asks for. */
export const GO_REQUIRED: Version = [1, 25, 11];

/** From this version on, Go itself obtains the toolchain that a module asks for. */
const GO_OBTAINS_TOOLCHAINS: Version = [1, 21, 0];

const MIB = 2 ** 20;

/** Bytes of memory there are for us: the machine's, or fewer where a container has a limit (0 where that is not known). */
const memoryHere = (): number => Math.min(totalmem(), process.constrainedMemory() || Infinity);

/**
 * The environment of every Go build here. A compiler's process is short, so most of its garbage need never be collected: it collects
 * only from a limit on, by which the compilers of one build, side by side, take a quarter of the memory; two builds run at a time. What
 * the user has set of the two stays as it is.
 * @param cores compilers of one build that run side by side
 * @param memory bytes there are
 */
export function goBuildEnv(goflags: string, cores = availableParallelism(), memory = memoryHere()): Record<string, string> {
  const { GOGC = "off", GOMEMLIMIT = `${Math.floor(memory / 4 / cores / MIB)}MiB` } = process.env;
  return { CGO_ENABLED: "0", GOTOOLCHAIN: "auto", GOFLAGS: goflags, GOGC, GOMEMLIMIT };
}

/**
 * Finds a Go that can build the CLI: at least {@link GO_REQUIRED}, or one new enough to obtain it
 * from the module proxy by itself.
 * @returns path of `go` and the environment to run it with
 * @throws DiveError saying what to install
 */
export async function findGo(): Promise<{ go: string; env: Record<string, string> }> {
  const needed = `Go >= ${GO_REQUIRED.join(".")} (or >= ${GO_OBTAINS_TOOLCHAINS.join(".")}, which obtains it by itself)`;
  const go = await which("go");
  if (go === undefined) {
    throw new DiveError(
      `Building the Pulumi CLI needs ${needed}; there is no "go" on PATH. Install Go, or Pulumi >= 3.250.0 itself.`,
      EXIT.requirement,
    );
  }
  const { stdout } = await execa(go, ["version"], { env: { GOTOOLCHAIN: "local" } });
  const version = parseVersion(stdout);
  if (version === undefined || !atLeast(version, GO_OBTAINS_TOOLCHAINS)) {
    throw new DiveError(`Building the Pulumi CLI needs ${needed}; ${go} says "${stdout}".`, EXIT.requirement);
  }
  return { go, env: goBuildEnv("-mod=readonly") };
}

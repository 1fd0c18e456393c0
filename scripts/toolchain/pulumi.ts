import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import type { Paths } from "../paths.ts";
import type { Progress } from "../progress.ts";
import { findGo } from "./go.ts";
import type { Reachability } from "./reachability.ts";
import { atLeast, parseVersion, type Version } from "./version.ts";
import { isExecutable, which } from "./which.ts";

/** The version that is obtained when PATH has none; the npm package @pulumi/pulumi is the same. */
export const PULUMI_VERSION = "3.250.0";

/** The oldest version that may be used; newer ones of the same major may, too. */
const OLDEST: Version = [3, 250, 0];

/** A Pulumi CLI and where it came from. */
export interface PulumiCli {
  /** Absolute path of the binary. */
  binary: string;
  /** One line for the operator. */
  chosen: string;
}

/** Whether a version of the CLI may be used: at least {@link OLDEST}, of the same major. */
export function isUsable(version: Version | undefined): boolean {
  return version !== undefined && version[0] === OLDEST[0] && atLeast(version, OLDEST);
}

/**
 * Finds the Pulumi CLI: the one on PATH, the one obtained before, the official installer's, or one
 * built from its Go module. The last two land in the user's cache.
 */
export async function findPulumi(paths: Paths, progress: Progress, reachability: Promise<Reachability>): Promise<PulumiCli> {
  const cached = join(paths.cacheDir, "pulumi", PULUMI_VERSION, "bin", "pulumi");
  const onPath = await which("pulumi");
  if (onPath !== undefined && onPath !== cached) {
    const { stdout } = await execa(onPath, ["version"]);
    if (isUsable(parseVersion(stdout))) return { binary: onPath, chosen: `Pulumi CLI: ${stdout.trim()} of PATH (${onPath})` };
  }
  if (await isExecutable(cached)) return { binary: cached, chosen: `Pulumi CLI: v${PULUMI_VERSION} of the cache (${cached})` };
  if ((await reachability).pulumi) {
    await install(dirname(dirname(cached)), progress);
    return { binary: cached, chosen: `Pulumi CLI: v${PULUMI_VERSION} by the official installer (${cached})` };
  }
  await build(paths, cached, progress);
  return { binary: cached, chosen: `Pulumi CLI: v${PULUMI_VERSION} built from its Go module (${cached})` };
}

async function install(home: string, progress: Progress): Promise<void> {
  await progress.step(`Pulumi CLI ${PULUMI_VERSION}: official installer`, async () => {
    const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
    await PulumiCommand.install({ root: home }); // its default is the version of the npm package, ours too
  });
}

/** Two clones may get here at once: flock lets one build, the other finds the result. */
async function build(paths: Paths, target: string, progress: Progress): Promise<void> {
  const { go, env } = await findGo();
  await mkdir(dirname(target), { recursive: true });
  await progress.step(`Pulumi CLI ${PULUMI_VERSION}: built from its Go module (some minutes, once)`, async (update) => {
    const script = `[ -x "$TARGET" ] || { "$GO" build -v -trimpath -ldflags "$LDFLAGS" -o "$TARGET.$$" "$PACKAGE" && mv "$TARGET.$$" "$TARGET"; }`;
    const lock = (await which("flock")) === undefined ? [] : ["flock", `${target}.lock`];
    const command = [...lock, "sh", "-c", script];
    update("waiting for the compiler");
    const child = execa(command[0] as string, command.slice(1), {
      cwd: join(paths.root, "airgap", "toolchain"),
      env: {
        ...env,
        GO: go,
        TARGET: target,
        PACKAGE: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        LDFLAGS: `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${PULUMI_VERSION}`,
      },
      all: true,
    });
    for await (const line of child.iterable({ from: "all" })) update(String(line));
    await child;
  });
}

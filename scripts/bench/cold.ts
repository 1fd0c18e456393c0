import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeImages } from "../images/docker-cli.ts";
import type { Display } from "../progress.ts";
import { measure, type Figure } from "./measure.ts";

/** Images of the cold run are named apart, so that it finds none and takes none away. */
const REPOSITORY = "dive-cold";

/**
 * Measures a machine's first time: every cache that `./dive` and its compilers use is empty (Go, Maven, npm, our own) and no image is
 * there. Toolchain and images are obtained side by side, as `up` does it, and then the stack comes up from nothing.
 * @returns two figures: all that has to be obtained, and the first `up` after it
 */
export async function coldStart(stack: string, progress: Display): Promise<Figure[]> {
  const room = await mkdtemp(join(tmpdir(), "dive-cold-"));
  const environment = {
    DIVE_CACHE_DIR: join(room, "cache"),
    DIVE_STATE_DIR: join(room, "state"),
    DIVE_IMAGE_REPOSITORY: REPOSITORY,
    GOCACHE: join(room, "go-build"),
    GOMODCACHE: join(room, "go-mod"),
    GOFLAGS: "-modcacherw",
    npm_config_cache: join(room, "npm"),
    MAVEN_ARGS: `-Dmaven.repo.local=${join(room, "maven")}`,
    MAVEN_OPTS: `-Dmaven.repo.local=${join(room, "maven")}`,
  };
  const run = (name: string, args: string[]) =>
    progress.step(`Measuring: ${name}`, (update) => measure(name, ["--stack", stack, ...args], update, environment));
  try {
    const figures = [await run("toolchain and images, cold", ["env"])];
    if (figures[0]!.exitCode === 0) figures.push(await run("first up after that", ["up"]));
    await run("clearing the cold stack", ["nuke", "--confirm"]);
    return figures;
  } finally {
    await removeImages(REPOSITORY);
    await rm(room, { recursive: true, force: true });
  }
}

import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { goBuildEnv } from "../toolchain/go.ts";
import { which } from "../toolchain/which.ts";
import { atLeast, parseVersion } from "../toolchain/version.ts";
import { docker, dockerShowing } from "./docker-cli.ts";
import { imageCache } from "./staging.ts";

/** Go from which the recipes' modules can be built; an older one (>= 1.21) fetches it by itself. */
const GO_REQUIRED = [1, 21, 0] as const;
type Update = (detail: string) => void;

/** Where an artifact is made: the user-level cache, and the base image for hosts without the tool. */
export interface Workshop {
  cacheDir: string;
  /** Tag of the base image, built when it is asked for. */
  baseImage: () => Promise<string>;
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);

/** Makes a file of the cache unless it is there; other processes never see half of it. */
async function cached(target: string, make: (folder: string) => Promise<string>): Promise<string> {
  if (await exists(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(`${target}.`);
  try {
    await rename(await make(folder), target);
    return target;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Builds a static program of a recipe's Go module. A recipe that changes something of what it is built from has a `prepare.sh`, which puts
 * that, and a go.mod that uses it, into the folder it is given.
 * @param version key of the cache: hash of the recipe
 * @param target package to build: `.` or an import path
 */
export function goProgram(shop: Workshop, recipe: string, name: string, version: string, target: string, update: Update): Promise<string> {
  return cached(imageCache(shop.cacheDir, "go", `${name}-${version}`), async (folder) => {
    const prepares = await exists(join(recipe, "prepare.sh"));
    const argsWith = (prepared: string) => ["build", "-mod=readonly", ...(prepares ? [`-modfile=${prepared}/go.mod`] : []), "-trimpath", "-ldflags=-s -w"];
    const go = await which("go");
    const found = go === undefined ? undefined : parseVersion((await execa(go, ["version"], { env: { GOTOOLCHAIN: "local" } })).stdout);
    if (go !== undefined && found !== undefined && atLeast(found, [...GO_REQUIRED])) {
      const options = { cwd: recipe, env: goBuildEnv("") };
      const prepared = join(folder, "prepared");
      if (prepares) {
        await mkdir(prepared);
        await execa("sh", ["prepare.sh", prepared], options);
      }
      const child = execa(go, [...argsWith(prepared), "-v", "-o", join(folder, name), target], { ...options, all: true });
      for await (const line of child.iterable({ from: "all" })) update(String(line));
      await child;
    } else {
      const build = `go ${argsWith("/prepared").map((arg) => `'${arg}'`).join(" ")} -o /artifact '${target}'`;
      const steps = ["export CGO_ENABLED=0 GOTOOLCHAIN=auto", "cd /recipe", ...(prepares ? ["mkdir /prepared", "sh prepare.sh /prepared"] : []), build];
      await inBase(shop, ["golang-go"], steps.join(" && "), { recipe, artifact: join(folder, name) }, update);
    }
    return join(folder, name);
  });
}

/** Fetches Keycloak's distribution from the Maven repository that the host is set up for. */
export function keycloakDistribution(shop: Workshop, version: string, update: Update): Promise<string> {
  const file = `keycloak-quarkus-dist-${version}.tar.gz`;
  return cached(imageCache(shop.cacheDir, "keycloak", file), async (folder) => {
    const args = (output: string) => ["--batch-mode", "dependency:copy", `-Dartifact=org.keycloak:keycloak-quarkus-dist:${version}:tar.gz`, `-DoutputDirectory=${output}`];
    const mvn = await which("mvn");
    if (mvn !== undefined) {
      const child = execa(mvn, args(folder), { all: true });
      for await (const line of child.iterable({ from: "all" })) update(String(line));
      await child;
    } else {
      const command = `mvn ${args("/output").join(" ")} && mv /output/${file} /artifact`;
      await inBase(shop, ["maven", "default-jre-headless"], command, { artifact: join(folder, file) }, update);
    }
    return join(folder, file);
  });
}

/** The Node.js program out of npm's `node` package. @param version exact version */
export async function nodeProgram(shop: Workshop, version: string, update: Update): Promise<string> {
  const prefix = join(shop.cacheDir, "node", version);
  const name = `node-linux-${process.arch}`;
  const program = join(prefix, "node_modules", name, "bin", "node");
  if (!(await exists(program))) {
    update(`npm install ${name}@${version}`);
    await mkdir(prefix, { recursive: true });
    await execa("npm", ["install", "--prefix", prefix, "--no-save", "--no-audit", "--no-fund", `${name}@${version}`]);
  }
  return program;
}

/** Runs a command in a container of the base image with Debian packages, and takes /artifact out of it. */
async function inBase(
  shop: Workshop, packages: readonly string[], command: string, files: { recipe?: string; artifact: string }, update: Update,
): Promise<void> {
  const install = `mkdir -p /usr/share/man/man1 && apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  const id = await docker(["create", await shop.baseImage(), "sh", "-euc", `${install} && ${command}`]);
  try {
    if (files.recipe !== undefined) await docker(["cp", files.recipe, `${id}:/recipe`]);
    await dockerShowing(["start", "--attach", id], update);
    await docker(["cp", `${id}:/artifact`, files.artifact]);
  } finally {
    await docker(["rm", "--force", "--volumes", id]);
  }
}

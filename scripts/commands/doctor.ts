import { execa } from "execa";
import { canInstallPackages } from "../debian.ts";
import { dockerClient } from "../docker.ts";
import { messageOf } from "../errors.ts";
import { findPaths } from "../paths.ts";
import { findGo, GO_REQUIRED } from "../toolchain/go.ts";
import { isUsable, PULUMI_VERSION } from "../toolchain/pulumi.ts";
import { probeReachability, type Reachability } from "../toolchain/reachability.ts";
import { parseVersion } from "../toolchain/version.ts";
import { isExecutable, which } from "../toolchain/which.ts";
import { join } from "node:path";
import { renderTable } from "../table.ts";

/** The result of one check. */
interface Check {
  what: string;
  /** "missing" fails; "later" is obtained or built when it is needed. */
  result: "ok" | "later" | "missing";
  found: string;
  /** What to do about it. */
  advice: string;
}

/** `dive doctor`: looks at each requirement, changes nothing. @returns 20 when something is missing */
export async function doctor(options: { json?: true }): Promise<number> {
  const reachable = await probeReachability();
  const installs = await canInstallPackages();
  const checks = await Promise.all([node(), npm(), docker(installs), pulumi(reachable), go(reachable), flock(), debstrap(reachable, installs), sources(reachable)]);
  if (options.json) process.stdout.write(`${JSON.stringify(checks, undefined, 2)}\n`);
  else {
    const cells = checks.map(({ what, result, found, advice }) => [what, result, found, advice]);
    process.stdout.write(`${renderTable(["Requirement", "Result", "Found", "What to do"], cells)}\n`);
  }
  return checks.some(({ result }) => result === "missing") ? 20 : 0;
}

const ok = (what: string, found: string): Check => ({ what, result: "ok", found, advice: "" });

async function node(): Promise<Check> {
  return ok("Node.js >= 22.18", `${process.version} (${process.execPath})`);
}

async function npm(): Promise<Check> {
  const found = await which("npm");
  if (found !== undefined) return ok("npm", found);
  return { what: "npm", result: "later", found: "not on PATH", advice: "needed when package-lock.json changes: apt-get install npm" };
}

async function docker(installs: boolean): Promise<Check> {
  const what = "Docker >= 20.10";
  try {
    const version = await (await dockerClient()).version();
    return ok(what, `${version.Version} (API ${version.ApiVersion})`);
  } catch (error) {
    const advice = installs ? "./dive up installs docker.io and starts it" : "install Docker Engine, start it, let this user reach its socket";
    return { what, result: installs ? "later" : "missing", found: messageOf(error), advice };
  }
}

async function pulumi(reachable: Reachability): Promise<Check> {
  const what = `Pulumi >= ${PULUMI_VERSION}`;
  const onPath = await which("pulumi");
  if (onPath !== undefined) {
    const { stdout } = await execa(onPath, ["version"]);
    if (isUsable(parseVersion(stdout))) return ok(what, `${stdout} (${onPath})`);
  }
  const cached = join(findPaths().cacheDir, "pulumi", PULUMI_VERSION, "bin", "pulumi");
  if (await isExecutable(cached)) return ok(what, cached);
  return { what, result: "later", found: "none", advice: reachable.pulumi ? "obtained by the official installer" : "built from its Go module, some minutes once" };
}

async function go(reachable: Reachability): Promise<Check> {
  const what = `Go >= ${GO_REQUIRED.join(".")}`;
  try {
    return ok(what, (await findGo()).go);
  } catch (error) {
    const needed = !reachable.pulumi && (await which("pulumi")) === undefined;
    return { what, result: needed ? "missing" : "later", found: messageOf(error), advice: needed ? "install it, or Pulumi itself" : "needed only where the official downloads do not answer" };
  }
}

async function flock(): Promise<Check> {
  const found = await which("flock");
  if (found !== undefined) return ok("flock", found);
  return { what: "flock", result: "later", found: "not on PATH", advice: "without it two clones may build the same thing at once (harmless)" };
}

async function debstrap(reachable: Reachability, installs: boolean): Promise<Check> {
  const found = await which("mmdebstrap");
  if (found !== undefined || reachable.images) return ok("mmdebstrap (stand-in images)", found ?? "not needed: the registry answers");
  return { what: "mmdebstrap (stand-in images)", result: installs ? "later" : "missing", found: "not on PATH", advice: installs ? "./dive up installs it" : "install it: the image registry does not answer" };
}

async function sources({ pulumi: downloads, images }: Reachability): Promise<Check> {
  const say = (name: string, answers: boolean) => `${name} ${answers ? "answers" : "does not answer"}`;
  return { ...ok("Official sources", `${say("Pulumi's server", downloads)}, ${say("the image registry", images)}`), advice: downloads && images ? "" : "stand-ins of airgap/ are used" };
}

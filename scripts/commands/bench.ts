import { ensureDocker } from "../docker.ts";
import { DiveError, EXIT } from "../errors.ts";
import { imageReferences } from "../image-set.ts";
import { findPaths } from "../paths.ts";
import { createProgress, type Display } from "../progress.ts";
import { coldStart } from "../bench/cold.ts";
import { machine } from "../bench/machine.ts";
import { measure, type Figure } from "../bench/measure.ts";
import { renderTable } from "../table.ts";
import { probeReachability } from "../toolchain/reachability.ts";

/** The stack that is measured: not `dev`, so that a running one is not touched. */
const STACK = "test";

/** A hub and two spokes. */
const THREE = "revoke";
/** What `bench revocation` does. */
const REVOCATIONS = { revocations: 10_000, logouts: 100 };

/** What `bench up` measures, in this order; each line is one run of `./dive`. */
const STEPS: { name: string; args: string[]; allowed: number[] }[] = [
  { name: "toolchain and images, warm", args: ["env"], allowed: [0] },
  { name: "preview of nothing", args: ["preview"], allowed: [0] },
  { name: "up from nothing", args: ["up"], allowed: [0] },
  { name: "no-op up", args: ["up", "--expect-no-changes"], allowed: [0] },
  { name: "preview of no change", args: ["preview"], allowed: [0] },
  { name: "destroy (nuke)", args: ["nuke", "--confirm"], allowed: [0] },
];

/** Aims: MiB of the whole monitoring stack, seconds for one scrape of every target, one after the other. */
const MONITORING_AIMS = { memoryMib: 600, scrapeSeconds: 1 };

/** Aims: MiB of a plugin's process, ms of a plugin beyond its service's own time for one resource. */
const PLUGIN_AIMS = { memoryMiB: 100, overheadMs: 15 };

/**
 * `dive bench up`: seconds and peak memory of each operation, on stack `test`; with `cold` also toolchain, images and a whole first
 * `up` with empty caches.
 * `dive bench plugins`: memory of each stand-in plugin, and its overhead beyond the service's own time.
 * `dive bench monitoring`: memory of the monitoring stack of `stack`, which is up, and how long its scrapes take.
 * `dive bench services`: latencies of downloads, decisions and rewraps, times from revocation to refusal, and the backend's memory, on
 * stack `test`, which is kept with DIVE_KEEP=1. `dive bench revocation`: 10,000 revocations, 100 of them logouts, on a hub and two spokes.
 * @returns 1 when an operation failed, or a plugin, a service or the monitoring stack missed an aim
 */
export async function bench(what: string, stack: string, options: { json?: true; cold?: true }): Promise<number> {
  if (what === "plugins") return plugins(options);
  if (what === "monitoring") return monitoring(stack, options);
  if (what === "services" || what === "revocation") return services(what, options);
  if (what !== "up") throw new DiveError(`bench knows "up", "plugins", "monitoring", "services" and "revocation"; given: "${what}".`, EXIT.usage);
  const progress = createProgress();
  await run(progress, "clearing leftovers", ["nuke", "--confirm"]);
  const figures: Figure[] = options.cold ? await coldStart(STACK, progress) : [];
  for (const { name, args, allowed } of STEPS) {
    const figure = await run(progress, name, args);
    figures.push(figure);
    if (!allowed.includes(figure.exitCode)) break;
  }
  if (options.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  else {
    process.stdout.write(`${await machine()}\n`);
    const rows = figures.map(({ name, seconds, peakMiB, exitCode }) => [name, seconds.toFixed(1), Math.round(peakMiB), exitCode]);
    process.stdout.write(`${renderTable(["Operation", "Seconds", "Peak memory (MiB)", "Exit code"], rows)}\n`);
  }
  return figures.every(({ exitCode }) => exitCode === 0) ? EXIT.ok : EXIT.failed;
}

async function plugins(options: { json?: true }): Promise<number> {
  const { benchPlugins } = await import("../bench/plugins.ts"); // loads tests' support: only where it is used
  const paths = findPaths();
  const progress = createProgress();
  await ensureDocker(progress, paths.cacheDir);
  const { images } = await probeReachability(process.env);
  process.env["DIVE_IMAGES"] = JSON.stringify((await imageReferences(paths, progress, images, "built")).images);
  const figures = await benchPlugins(progress);
  if (options.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  else {
    process.stdout.write(`${await machine()}\n`);
    const rows = figures.map(({ plugin, token, peakMiB, createMs, unchangedMs, serviceMs }) => [plugin, token.split(":").at(-1)!, Math.round(peakMiB), createMs.toFixed(1), unchangedMs.toFixed(1), serviceMs.toFixed(1)]);
    process.stdout.write(`${renderTable(["Plugin", "Type", `Peak memory (MiB, aim ${PLUGIN_AIMS.memoryMiB})`, `Overhead of a create (ms, aim ${PLUGIN_AIMS.overheadMs})`, "Overhead of no change, refreshed (ms)", "Service's own time for a create (ms)"], rows)}\n`);
  }
  return figures.every(({ peakMiB, createMs, unchangedMs }) => peakMiB < PLUGIN_AIMS.memoryMiB && Math.max(createMs, unchangedMs) < PLUGIN_AIMS.overheadMs) ? EXIT.ok : EXIT.failed;
}

async function monitoring(stack: string, options: { json?: true }): Promise<number> {
  const { benchMonitoring } = await import("../bench/monitoring.ts");
  const { memoryMib, scrapeSeconds } = await benchMonitoring(stack, createProgress());
  const allMemory = Object.values(memoryMib).reduce((sum, mib) => sum + mib, 0);
  const allScrapes = scrapeSeconds.reduce((sum, { seconds }) => sum + seconds, 0);
  if (options.json) process.stdout.write(`${JSON.stringify({ memoryMib, scrapeSeconds }, undefined, 2)}\n`);
  else {
    process.stdout.write(`${await machine()}\n`);
    const services = Object.entries(memoryMib).sort(([a], [b]) => a.localeCompare(b)).map(([service, mib]) => [service, mib.toFixed(1)]);
    process.stdout.write(`${renderTable(["Service", "Memory (MiB)"], [...services, [`all (aim ${MONITORING_AIMS.memoryMib})`, allMemory.toFixed(1)]])}\n\n`);
    const scrapes = scrapeSeconds.map(({ target, seconds }) => [target, seconds.toFixed(3)]);
    process.stdout.write(`${renderTable(["Target", "Scrape (s)"], [...scrapes, [`all, one after the other (aim ${MONITORING_AIMS.scrapeSeconds})`, allScrapes.toFixed(3)]])}\n`);
  }
  return allMemory < MONITORING_AIMS.memoryMib && allScrapes < MONITORING_AIMS.scrapeSeconds ? EXIT.ok : EXIT.failed;
}

async function services(what: "services" | "revocation", options: { json?: true }): Promise<number> {
  const [{ benchServices, benchRevocation, isAsAimed }, { bringUp, tearDown }] = await Promise.all([import("../bench/services.ts"), import("../../tests/support/stack.ts")]); // they load tests' support: only where it is used
  const progress = createProgress();
  const keep = process.env["DIVE_KEEP"] === "1";
  const name = what === "services" ? STACK : THREE;
  const stack = await progress.step(`Bringing stack ${name} up`, () => bringUp(name, keep));
  const figures = await (what === "services" ? benchServices(stack, progress) : benchRevocation(stack, REVOCATIONS, progress)).finally(async () => {
    if (!keep) await progress.step(`Destroying stack ${name}`, () => tearDown(name));
  });
  if (options.json) process.stdout.write(`${JSON.stringify(figures, undefined, 2)}\n`);
  else {
    process.stdout.write(`${await machine()}\n`);
    const shown = (value: number | undefined, digits = 1) => value?.toFixed(digits) ?? "";
    const rows = figures.map(({ name, calls, success, p50, p95, p99, unit, aim }) => [name, calls, `${(100 * success).toFixed(success === 1 ? 0 : 2)} %`, shown(p50), shown(p95), shown(p99), unit, aim === undefined ? "" : `${aim.of} ${aim.most}`]);
    process.stdout.write(`${renderTable(["What", "Calls", "Success", "p50", "p95", "p99", "Unit", "Aim"], rows)}\n`);
    for (const { name, errors } of figures) for (const error of errors ?? []) process.stdout.write(`${name}: ${error}\n`);
  }
  return figures.every(isAsAimed) ? EXIT.ok : EXIT.failed;
}

function run(progress: Display, name: string, args: string[]): Promise<Figure> {
  return progress.step(`Measuring: ${name}`, (update) => measure(name, ["--stack", STACK, ...args], update));
}

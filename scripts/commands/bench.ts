import { DiveError, EXIT } from "../errors.ts";
import { createProgress, type Display } from "../progress.ts";
import { coldStart } from "../bench/cold.ts";
import { machine } from "../bench/machine.ts";
import { measure, type Figure } from "../bench/measure.ts";
import { renderTable } from "../table.ts";

/** The stack that is measured: not `dev`, so that a running one is not touched. */
const STACK = "test";

/** What `bench up` measures, in this order; each line is one run of `./dive`. */
const STEPS: { name: string; args: string[]; allowed: number[] }[] = [
  { name: "toolchain and images, warm", args: ["env"], allowed: [0] },
  { name: "preview of nothing", args: ["preview"], allowed: [0] },
  { name: "up from nothing", args: ["up"], allowed: [0] },
  { name: "no-op up", args: ["up", "--expect-no-changes"], allowed: [0] },
  { name: "preview of no change", args: ["preview"], allowed: [0] },
  { name: "destroy (nuke)", args: ["nuke", "--confirm"], allowed: [0] },
];

/**
 * `dive bench up`: seconds and peak memory of each operation, on stack `test`; with `cold` also toolchain, images and a whole first
 * `up` with empty caches.
 * @returns 1 when one of them failed
 */
export async function bench(what: string, options: { json?: true; cold?: true }): Promise<number> {
  if (what !== "up") throw new DiveError(`bench knows "up"; given: "${what}".`, EXIT.usage);
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

function run(progress: Display, name: string, args: string[]): Promise<Figure> {
  return progress.step(`Measuring: ${name}`, (update) => measure(name, ["--stack", STACK, ...args], update));
}

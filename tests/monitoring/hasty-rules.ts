import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import { ROOT } from "../support/paths.ts";

/** The folder that Pulumi.watch.yaml names. */
const FOLDER = join(ROOT, ".dive-test", "watch-rules");
/** How long a condition must hold here: two evaluations, so that an alert is seen pending before it fires. */
const FOR = "4s";

interface RuleFile {
  readonly groups: { readonly name: string; readonly rules: { readonly alert?: string; for?: string }[] }[];
}

/** Writes the project's rules with every `for` cut to seconds; nothing else of them is changed. */
export async function writeHastyRules(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  for await (const file of glob("monitoring/rules/*.rules.yml", { cwd: ROOT })) {
    const rules = parse(await readFile(join(ROOT, file), "utf8")) as RuleFile;
    for (const rule of rules.groups.flatMap((group) => group.rules)) if (rule.for !== undefined) rule.for = FOR;
    await writeFile(join(FOLDER, basename(file)), stringify(rules, { lineWidth: 0 }));
  }
}

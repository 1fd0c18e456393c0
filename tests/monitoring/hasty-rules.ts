import { glob, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse, stringify } from "yaml";
import { ROOT } from "../support/paths.ts";

/**
 * The alerts that the tests provoke, and the only ones whose `for` is cut: the others judge the running stack as they judge any other, so
 * that what a busy machine does for seconds is no alert here either.
 */
export const PROVOKED = ["OPADown", "KeycloakDegraded", "CertificateExpiringSoon", "DBConnectionPoolExhausted", "SpokeDeploymentFailed"] as const;

/** The folder that Pulumi.watch.yaml names. */
const FOLDER = join(ROOT, ".dive-test", "watch-rules");
/** How long a condition must hold here: two evaluations, so that an alert is seen pending before it fires. */
const FOR = "4s";

interface RuleFile {
  readonly groups: { readonly name: string; readonly rules: { readonly alert?: string; for?: string }[] }[];
}

/** Writes the project's rules with the `for` of {@link PROVOKED} cut to seconds; nothing else of them is changed. @throws when one of these is no alert */
export async function writeHastyRules(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const missing = new Set<string>(PROVOKED);
  for await (const file of glob("monitoring/rules/*.rules.yml", { cwd: ROOT })) {
    const rules = parse(await readFile(join(ROOT, file), "utf8")) as RuleFile;
    for (const rule of rules.groups.flatMap((group) => group.rules)) if (rule.alert !== undefined && missing.delete(rule.alert)) rule.for = FOR;
    await writeFile(join(FOLDER, basename(file)), stringify(rules, { lineWidth: 0 }));
  }
  if (missing.size > 0) throw new Error(`monitoring/rules has no alert ${[...missing].join(", ")}`);
}

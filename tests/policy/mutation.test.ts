/** Whether the policy's tests notice a rule that is missing: each rule is made to never hold, each condition is left out, one at a time. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { ROOT } from "../support/paths.ts";
import { mutantsOf } from "./mutants.ts";
import { opaProgram } from "./opa.ts";

const folder = join(ROOT, "policies", "authz");
const sources = readdirSync(folder).filter((name) => name.endsWith(".rego") && !name.endsWith("_test.rego"));
const mutants = sources.flatMap((name) => mutantsOf(readFileSync(join(folder, name), "utf8")).map((mutant) => ({ name, ...mutant })));

it("finds every rule of the policies", () => {
  expect(mutants.length).toBeGreaterThan(150);
  expect(new Set(mutants.map(({ name }) => name))).toEqual(new Set(sources));
});

it("has a test that fails for every rule and condition", { timeout: 1_200_000 }, async () => {
  const opa = await opaProgram();
  const passing = await passed(opa, folder);
  expect(passing).toMatch(/test_the_whole_answer_of_a_permission/);
  const survivors: string[] = [];
  let broken = 0;
  const queue = [...mutants];
  const work = async (): Promise<void> => {
    const copy = mkdtempSync(join(tmpdir(), "dive-mutant-"));
    cpSync(folder, copy, { recursive: true, filter: (source) => source !== join(folder, "cases") }); // the cases are another test's
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      writeFileSync(join(copy, mutant.name), mutant.text);
      const result = await passed(opa, copy);
      const description = `${mutant.name}:${mutant.line} ${mutant.what}`;
      if (result === passing) survivors.push(description);
      else if (result === undefined) {
        // Without a condition a rule may not compile, or contradict another; that a rule never holds must show in a test.
        if (mutant.what.startsWith("never")) survivors.push(`${description}: OPA refuses it, so it shows nothing`);
        broken += 1;
      }
      cpSync(join(folder, mutant.name), join(copy, mutant.name));
    }
    rmSync(copy, { recursive: true });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  process.stdout.write(`mutants: ${mutants.length}, of which ${broken} OPA refuses outright\n`);
  expect(survivors).toEqual([]);
});

/**
 * Every test of a folder that holds, as text; undefined when OPA refuses the policies. By `opa eval`, because `opa test` traces
 * each test and is nine times slower, and without collecting garbage, of which a run makes less than it may keep.
 */
async function passed(opa: string, policies: string): Promise<string | undefined> {
  const query = "[data.dive.authz_test, data.system.authz_test, data.system.log_test]";
  const { stdout } = await execa(opa, ["eval", "--bundle", policies, "--format=json", query], { reject: false, env: { GOMAXPROCS: "1", GOGC: "off", GOMEMLIMIT: "512MiB" } });
  const { result } = JSON.parse(stdout) as { result?: [{ expressions: [{ value: Record<string, unknown>[] }] }] };
  const packages = result?.[0].expressions[0].value;
  return packages && JSON.stringify(packages.map((tests) => Object.entries(tests).filter(([name]) => name.startsWith("test_"))));
}

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { ensureDocker } from "../docker.ts";
import { DiveError, EXIT } from "../errors.ts";
import { imageReferences } from "../image-set.ts";
import { findPaths, type Paths } from "../paths.ts";
import { createProgress } from "../progress.ts";
import { formatElapsed } from "../progress/elapsed.ts";
import { renderTable } from "../table.ts";
import { addCounts, NOTHING, parseVitest, type Counts } from "../test-counts.ts";
import { findOpa } from "../toolchain/opa.ts";
import { probeReachability } from "../toolchain/reachability.ts";

/** A suite: its name, and what runs it. */
interface Suite {
  name: string;
  /** Whether it needs no containers, and so belongs to `--quick`. */
  quick: boolean;
  /** Whether it runs only when it is named, or all is. Default: false. */
  onDemand?: true;
  run: (paths: Paths) => Promise<Counts>;
}

const SUITES: Suite[] = [
  { name: "types", quick: true, run: typeCheck },
  { name: "unit", quick: true, run: (paths) => vitest(paths, "unit") },
  { name: "policy", quick: true, run: policyTests },
  { name: "service", quick: false, run: serviceTests },
  { name: "integration", quick: false, run: (paths) => vitest(paths, "integration") },
  { name: "resilience", quick: false, run: (paths) => vitest(paths, "resilience") },
  { name: "monitoring", quick: false, onDemand: true, run: (paths) => vitest(paths, "monitoring") },
  { name: "stacks", quick: false, onDemand: true, run: (paths) => vitest(paths, "stacks") },
];

/**
 * `dive test`: runs the suites one after the other and sums them up in the last line,
 * `N passed, N failed, N skipped`. Before it, what each suite took. `all` also runs the long repetitions (DIVE_TEST_ALL=1).
 * @returns 1 when anything failed
 */
export async function test(names: readonly string[], options: { quick?: true }): Promise<number> {
  const known = SUITES.map(({ name }) => name);
  const wrong = names.filter((name) => name !== "all" && !known.includes(name));
  if (wrong.length > 0) throw new DiveError(`There is no suite "${wrong.join('", "')}". Suites: ${known.join(", ")}, all.`, EXIT.usage);
  if (names.includes("all")) process.env["DIVE_TEST_ALL"] = "1";
  const all = names.includes("all");
  const paths = findPaths();
  await mkdir(join(paths.root, "tests", "reports"), { recursive: true });
  let total = NOTHING;
  const rows: (string | number)[][] = [];
  for (const suite of SUITES) {
    const wanted = all || names.includes(suite.name) || (names.length === 0 && suite.onDemand !== true);
    if (!wanted || (options.quick === true && !suite.quick)) continue;
    process.stdout.write(`\n== ${suite.name}\n`);
    const began = performance.now();
    const counts = await suite.run(paths);
    process.stdout.write(`${suite.name}: ${sentence(counts)}\n`);
    total = addCounts(total, counts);
    rows.push([suite.name, counts.passed, counts.failed, counts.skipped, formatElapsed(performance.now() - began)]);
  }
  process.stdout.write(`\n${renderTable(["Suite", "Passed", "Failed", "Skipped", "Time"], rows)}\n\n${sentence(total)}\n`);
  return total.failed > 0 || total.passed === 0 ? EXIT.failed : EXIT.ok;
}

const sentence = ({ passed, failed, skipped }: Counts): string => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** The type check counts as one test. */
async function typeCheck(paths: Paths): Promise<Counts> {
  const tsc = join(paths.root, "node_modules", "typescript-compiler", "bin", "tsc");
  const { failed } = await execa(process.execPath, [tsc, "--noEmit"], { cwd: paths.root, stdout: "inherit", stderr: "inherit", reject: false });
  return { ...NOTHING, [failed ? "failed" : "passed"]: 1 };
}

/** Runs a project of vitest.config.ts: its report is read from a file, so that its output stays for people. */
async function vitest(paths: Paths, project: string, env: Record<string, string> = {}): Promise<Counts> {
  const report = join(paths.root, "tests", "reports", `${project}.json`);
  const cli = join(paths.root, "node_modules", "vitest", "vitest.mjs");
  const result = await execa(
    process.execPath,
    [cli, "run", "--project", project, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { cwd: paths.root, stdin: "ignore", stdout: "inherit", stderr: "inherit", reject: false, env },
  );
  return parseVitest(await readFile(report, "utf8"), result.failed);
}

/** Tests that start single services: they need the images, which are obtained here, where it can be seen. */
async function serviceTests(paths: Paths): Promise<Counts> {
  const progress = createProgress();
  await ensureDocker(progress, paths.cacheDir);
  const { images } = await probeReachability(process.env);
  const references = await imageReferences(paths, progress, images, "built");
  return vitest(paths, "service", { DIVE_IMAGES: JSON.stringify(references.images) });
}

/**
 * Tests of the policies: their form (`opa fmt`, `opa check` strict and against the input's schema) and full coverage count as a test
 * each, then `opa test`, then those that need OPA's program (decisions over HTTP, tampered bundles, mutants).
 */
async function policyTests(paths: Paths): Promise<Counts> {
  const folder = join(paths.root, "policies", "authz");
  const opa = await findOpa(paths, createProgress());
  const checks: [string, string[]][] = [
    ["format", ["fmt", "--fail", "--list", folder]],
    ["strict check", ["check", "--strict", "--bundle", folder, "--schema", join(folder, "schemas")]],
    ["coverage of 100 %", ["test", "--bundle", "--timeout=120s", "--coverage", "--threshold=100", "--fail-on-empty", folder]],
  ];
  let total = { ...NOTHING };
  for (const [name, args] of checks) {
    const { failed, stdout, stderr } = await execa(opa, args, { reject: false });
    if (failed) process.stdout.write(`FAIL ${name}\n${stderr}\n${stdout.slice(0, 4_000)}\n`);
    total[failed ? "failed" : "passed"] += 1;
  }
  total = addCounts(total, await opaTest(opa, folder));
  return addCounts(total, await vitest(paths, "policy"));
}

/** `opa test`; a test over a table counts once for each of its cases. */
async function opaTest(opa: string, folder: string): Promise<Counts> {
  type Case = { name: string; fail?: boolean; error?: unknown; skip?: boolean; sub_results?: Record<string, Case> };
  const result = await execa(opa, ["test", "--bundle", "--timeout=120s", "--format=json", folder], { reject: false });
  let tests: Case[];
  try {
    tests = JSON.parse(result.stdout) as Case[];
  } catch {
    process.stderr.write(`${result.stdout}\n${result.stderr}\n`); // not JSON: opa says why it could not even begin
    return { ...NOTHING, failed: 1 };
  }
  if (tests.length === 0) throw new DiveError(`opa test found no test in ${folder}: a suite without tests proves nothing.`);
  const cases = tests.flatMap((one) => {
    const subs = Object.entries(one.sub_results ?? {}).map(([name, sub]) => ({ ...sub, name: `${one.name}: ${name}` }));
    return subs.length > 0 && one.error === undefined ? subs : [one];
  });
  const counts = { ...NOTHING };
  for (const one of cases) {
    const failed = one.fail === true || one.error !== undefined;
    if (failed) process.stdout.write(`FAIL ${one.name}\n`);
    counts[failed ? "failed" : one.skip ? "skipped" : "passed"] += 1;
  }
  return counts;
}

/** How the tests of one or more suites ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** No tests at all. */
export const NOTHING: Readonly<Counts> = { passed: 0, failed: 0, skipped: 0 };

/** Adds two sums. */
export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/**
 * Reads a report of vitest's JSON reporter. A run that failed without a failed test (a file that
 * does not load, an unhandled error) counts as one failure, so that it is never taken for success.
 * @param runFailed whether vitest's exit code was not 0
 */
export function parseVitest(text: string, runFailed: boolean): Counts {
  const report = JSON.parse(text) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
    numTodoTests: number;
    testResults?: { status: string; assertionResults: unknown[] }[];
  };
  const broken = (report.testResults ?? []).filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && runFailed ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

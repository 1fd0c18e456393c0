import { expect, test } from "vitest";
import { addCounts, parseVitest } from "./test-counts.ts";

const report = (failed: number, results: object[] = []) =>
  JSON.stringify({ numPassedTests: 5, numFailedTests: failed, numPendingTests: 1, numTodoTests: 2, testResults: results });

test("reads passed, failed and skipped", () => expect(parseVitest(report(2), true)).toEqual({ passed: 5, failed: 2, skipped: 3 }));

test("a file that does not load is a failure", () => {
  expect(parseVitest(report(0, [{ status: "failed", assertionResults: [] }]), true)).toMatchObject({ failed: 1 });
});

test("a run that failed without a failed test is never taken for success", () => expect(parseVitest(report(0), true)).toMatchObject({ failed: 1 }));

test("adds up", () => expect(addCounts({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 })).toEqual({ passed: 11, failed: 22, skipped: 33 }));

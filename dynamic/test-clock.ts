/** For tests here; it lives with what services share. */
export * from "../services/common/testing/test-clock.ts";

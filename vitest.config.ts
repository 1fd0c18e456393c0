import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

/** Containers are slow to start, and two deployments at once would measure each other. */
const onContainers = { fileParallelism: false, testTimeout: 10 * MINUTE_MS, hookTimeout: 15 * MINUTE_MS };

/** Tests of the keycloak plugin: they use the Keycloak of the stack `test`. */
const onKeycloak = ["airgap/plugins/keycloak/*.integration.test.ts"];

const never = ["**/node_modules/**", "**/.dive/**", "**/.dive-test/**"];

export default defineConfig({
  // Not in node_modules, which `./dive` replaces when the lock file changed.
  cacheDir: ".dive/vitest",
  test: {
    // The end of the integration tests destroys their stack.
    teardownTimeout: 5 * MINUTE_MS,
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...never, "**/*.integration.test.ts", "tests/integration/**", "tests/monitoring/**", "tests/policy/**", "tests/resilience/**", "tests/stacks/**"],
          // Some start processes, which takes seconds on a busy machine; what hangs ends all the same.
          testTimeout: MINUTE_MS,
          hookTimeout: MINUTE_MS,
          restoreMocks: true,
          unstubEnvs: true,
        },
      },
      {
        // Against OPA's program, which `./dive test policy` finds or builds.
        test: { name: "policy", include: ["tests/policy/**/*.test.ts"], exclude: never, testTimeout: MINUTE_MS, hookTimeout: 5 * MINUTE_MS },
      },
      {
        // Against single real services that the tests start themselves, mostly the stand-in plugins.
        test: { name: "service", include: ["**/*.integration.test.ts"], exclude: [...never, ...onKeycloak], sequence: { groupOrder: 1 }, ...onContainers },
      },
      {
        // Against the stack `test`, which the global setup brings up.
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts", ...onKeycloak],
          exclude: never,
          globalSetup: ["tests/support/global-setup.ts"],
          setupFiles: ["tests/support/integration-setup.ts"],
          sequence: { groupOrder: 2 },
          ...onContainers,
        },
      },
      {
        // Several stacks at once; minutes, and gigabytes of memory.
        test: { name: "stacks", include: ["tests/stacks/**/*.test.ts"], exclude: never, sequence: { groupOrder: 4 }, ...onContainers },
      },
      {
        test: { name: "resilience", include: ["tests/resilience/**/*.test.ts"], exclude: never, sequence: { groupOrder: 3 }, ...onContainers },
      },
      {
        // Against the stack `watch`, which has a monitoring stack whose rules fire after seconds.
        test: {
          name: "monitoring",
          include: ["tests/monitoring/**/*.test.ts"],
          exclude: never,
          globalSetup: ["tests/monitoring/global-setup.ts"],
          setupFiles: ["tests/monitoring/setup.ts"],
          sequence: { groupOrder: 4 },
          ...onContainers,
        },
      },
    ],
  },
});

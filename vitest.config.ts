import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

/** Containers are slow to start. */
const onContainers = { testTimeout: 10 * MINUTE_MS, hookTimeout: 15 * MINUTE_MS };

/** Two deployments at once would measure each other, and what one file stops another would miss. */
const oneAtATime = { ...onContainers, fileParallelism: false };

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
          // vitest would leave one core idle, on two cores half the machine.
          maxWorkers: availableParallelism(),
        },
      },
      {
        // Against OPA's program, which `./dive test policy` finds or builds. One file after the other: the mutants take every core.
        test: {
          name: "policy",
          include: ["tests/policy/**/*.test.ts"],
          exclude: never,
          sequence: { groupOrder: 1 },
          testTimeout: MINUTE_MS,
          hookTimeout: 5 * MINUTE_MS,
          fileParallelism: false,
        },
      },
      {
        // Against single real services that the tests start themselves, mostly the stand-in plugins. Each file has its own, and waits
        // for them about half of the time.
        test: {
          name: "service",
          include: ["**/*.integration.test.ts"],
          exclude: [...never, ...onKeycloak],
          sequence: { groupOrder: 2 },
          ...onContainers,
          maxWorkers: availableParallelism() + 1,
        },
      },
      {
        // Against the stack `test`, which the global setup brings up.
        test: {
          name: "integration",
          include: ["tests/integration/**/*.test.ts", ...onKeycloak],
          exclude: never,
          globalSetup: ["tests/support/global-setup.ts"],
          setupFiles: ["tests/support/integration-setup.ts"],
          sequence: { groupOrder: 3 },
          ...oneAtATime,
        },
      },
      {
        // Several stacks at once; minutes, and gigabytes of memory.
        test: { name: "stacks", include: ["tests/stacks/**/*.test.ts"], exclude: never, sequence: { groupOrder: 5 }, ...oneAtATime },
      },
      {
        test: { name: "resilience", include: ["tests/resilience/**/*.test.ts"], exclude: never, sequence: { groupOrder: 4 }, ...oneAtATime },
      },
      {
        // Against the stack `watch`, which has a monitoring stack whose rules fire after seconds.
        test: {
          name: "monitoring",
          include: ["tests/monitoring/**/*.test.ts"],
          exclude: never,
          globalSetup: ["tests/monitoring/global-setup.ts"],
          setupFiles: ["tests/monitoring/setup.ts"],
          sequence: { groupOrder: 6 },
          ...oneAtATime,
        },
      },
    ],
  },
});

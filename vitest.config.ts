import { defineConfig } from "vitest/config";

const MINUTE_MS = 60_000;

/** Containers are slow to start, and two deployments at once would measure each other. */
const onContainers = { fileParallelism: false, testTimeout: 10 * MINUTE_MS, hookTimeout: 15 * MINUTE_MS };

const never = ["**/node_modules/**", "**/.dive/**"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["**/*.test.ts"],
          exclude: [...never, "**/*.integration.test.ts", "tests/**"],
          restoreMocks: true,
          unstubEnvs: true,
        },
      },
      {
        test: { name: "integration", include: ["tests/integration/**/*.test.ts", "**/*.integration.test.ts"], exclude: never, ...onContainers },
      },
      {
        test: { name: "resilience", include: ["tests/resilience/**/*.test.ts"], exclude: never, ...onContainers },
      },
    ],
  },
});

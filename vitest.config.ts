import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    reporters: ["default", "./test/plain_reporter.ts"],
    // Two native sessions at a time at most: the models' threads would otherwise fight for the cores.
    maxWorkers: 2,
  },
});

import { defineConfig } from "vitest/config";

/** A real server: started by `npm run test:servers`, which installs it first. */
export default defineConfig({
  test: {
    include: ["test/servers/**/*.servers.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 300_000,
    reporters: ["default", "./test/plain_reporter.ts"],
    maxWorkers: 1,
  },
});

import { defineConfig } from "vitest/config";

/** The page in a real browser: `npm run test:browser`, after a build. Says so and skips where there is none. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.browser.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});

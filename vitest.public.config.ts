import { defineConfig } from "vitest/config";

/** Public weights, compared with torch: started by `npm run test:public`, which builds them first. */
export default defineConfig({
  test: {
    include: ["test/public/**/*.public.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
    reporters: ["default", "./test/plain_reporter.ts"],
    maxWorkers: 1,
  },
});

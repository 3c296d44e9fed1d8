import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** All that tests leave behind goes here, and with the run. */
const scratch = mkdtempSync(join(tmpdir(), "mllm-shap-test-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Commands that tests start without an environment of their own remember answers here, not in the developer's folder.
    env: { MLLM_SHAP_CACHE: join(scratch, "cache"), TMPDIR: scratch },
    // Generous: a busy machine is no failure.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    reporters: ["default", "./test/plain_reporter.ts"],
    // Two native sessions at a time at most: the models' threads would otherwise fight for the cores.
    maxWorkers: 2,
  },
});

import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one line that any log reader understands: `N passed, N failed, N skipped`. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      const before = counts.failed;
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      // A file that could not be loaded, or a hook that failed, is no test, yet it failed.
      if (counts.failed === before && !module.ok()) counts.failed += 1;
    }
    process.stdout.write(`${counts.passed} passed, ${counts.failed + counts.pending} failed, ${counts.skipped} skipped\n`);
  }
}

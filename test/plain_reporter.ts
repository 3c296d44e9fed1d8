import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one line that any log reader understands: `N passed, N failed, N skipped`. */
export default class PlainReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      let tests = 0;
      for (const test of module.children.allTests()) {
        counts[test.result().state] += 1;
        tests += 1;
      }
      // A file that could not be loaded holds no test, yet it failed.
      if (tests === 0 && !module.ok()) counts.failed += 1;
    }
    process.stdout.write(`${counts.passed} passed, ${counts.failed + counts.pending} failed, ${counts.skipped} skipped\n`);
  }
}

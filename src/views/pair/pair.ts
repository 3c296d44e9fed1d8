import type { ComparisonReport } from "../../results/comparison.js";
import type { Result } from "../../results/result_schema.js";

/** Two results of the same players, and how alike they are. */
export interface ComparedPair {
  readonly a: Result;
  readonly b: Result;
  readonly report: ComparisonReport;
}

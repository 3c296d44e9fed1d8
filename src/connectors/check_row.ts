/** One line of the table that a first run of a model should be judged by. */
export interface CheckRow {
  readonly check: string;
  /** What is there. */
  readonly found: string;
  readonly status: "passed" | "failed" | "skipped";
  /** What was compared, or why it failed or was skipped. */
  readonly detail: string;
}

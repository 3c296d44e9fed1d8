import type { Job } from "../../batch/plan.js";
import type { StoredResult } from "../../results/player_rows.js";
import type { Override } from "../../spec/overrides.js";
import type { Policy } from "../../spec/request.js";

/** What is the same for all results of a set; plain JSON. */
export interface EvaluateSettings {
  /** Absolute; specs' paths start there, or in the folders below it that results name. */
  readonly folder: string;
  /** Whether `--folder` said so. */
  readonly folderSaid: boolean;
  /** Absolute folders besides in which files may lie. */
  readonly also: readonly string[];
  readonly overrides: readonly Override[];
  readonly policy: Policy;
  readonly rankings: number | undefined;
  /** Evaluations say what they cost. */
  readonly run: boolean;
  /** Answers are remembered, where the spec does not say otherwise. */
  readonly cache: boolean;
  readonly cwd: string;
  /** As in `Settings`. */
  readonly devices: readonly string[];
}

/** What a worker process is asked. */
export interface EvaluateTask {
  readonly job: Pick<Job, "id" | "key">;
  readonly result: StoredResult;
  readonly settings: EvaluateSettings;
}

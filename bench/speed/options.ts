import type { ThreadsOption } from "../shared/threads.js";

export interface SpeedOptions extends ThreadsOption {
  /** Coalitions that the naive loop answers. */
  readonly sample: number;
  /** Workloads whose name holds this. */
  readonly only: string;
  readonly out: string;
}

import type { AttemptFailure } from "../../batch/drive.js";
import type { Planned } from "../../batch/plan.js";
import type { RunEvent } from "../../events.js";
import type { AudioContent } from "../../results/conversation_block.js";
import type { Override } from "../../spec/overrides.js";
import type { Policy } from "../../spec/request.js";
import type { Presenting } from "../presentable.js";

/** What is the same for all conversations of a batch; plain JSON. */
export interface Settings extends Presenting {
  readonly overrides: readonly Override[];
  readonly policy: Policy;
  readonly audioContent: AudioContent;
  readonly cwd: string;
  /** CUDA devices, of which each worker process takes one in turn; none leaves the choice to the runtime. */
  readonly devices: readonly string[];
  /** The batch's folder, where each conversation's archive is to be kept in it; null: none is kept. @default null */
  readonly archives?: string | null;
  /** The conversation must have the key that it was asked by: files and flags may differ from host to host. @default false */
  readonly checksKey?: boolean;
}

/** What a worker process is asked. */
export interface Task {
  readonly job: Pick<Planned, "id" | "key" | "where" | "source">;
  readonly settings: Settings;
}

/** What it answers. */
export type Answer = {
  /** What was told on the way, progress left out. */
  readonly events: readonly RunEvent[];
} & (
  | { readonly line: string }
  | {
      readonly failure: AttemptFailure;
      /** Shown with `--debug`. */
      readonly stack: string;
    }
);

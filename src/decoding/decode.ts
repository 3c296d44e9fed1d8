import { choosePrefill, rowsPerBatch } from "./batch_size.js";
import { Cohorts } from "./cohorts.js";
import { leastWidth, parts } from "./length_groups.js";
import type { Feeder } from "./prefill.js";
import { shareStarts } from "./prefix_sharing.js";
import { RaggedRows } from "./ragged_rows.js";
import type { DecodeOptions } from "./step_policy.js";

/** Decodes every prompt until its policy ends it. */
export async function decode(feeder: Feeder, prompts: readonly Int32Array[], options: DecodeOptions): Promise<void> {
  const { can, size, limits } = feeder;
  const ragged = can.raggedSteps && options.policy.wantHidden !== true;
  for (const group of shareStarts(feeder, prompts, { ...options, ragged })) {
    const { past, length } = group;
    const plan = choosePrefill(
      can,
      size,
      { past, fed: leastWidth(length, past, ragged) - past, logits: 1, grow: options.maxSteps },
      limits,
    );
    const together = can.cache ? can.stepBatch : can.batch;
    const stepShape = { past: length, fed: can.cache ? 1 : length + options.maxSteps, logits: 1, grow: options.maxSteps };
    const rows = together ? rowsPerBatch(size, stepShape, limits) : 1;
    for (const members of parts(group.members, rows)) {
      const cohorts = ragged ? new RaggedRows(feeder, options) : new Cohorts(feeder, options);
      await cohorts.prefill(members, prompts, group, plan);
      await cohorts.run();
    }
  }
}

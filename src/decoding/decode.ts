import { choosePrefill, rowsPerBatch } from "./batch_size.js";
import { Cohorts } from "./cohorts.js";
import { parts } from "./length_groups.js";
import type { Feeder } from "./prefill.js";
import { shareStarts } from "./prefix_sharing.js";
import type { DecodeOptions } from "./step_policy.js";

/** Decodes every prompt until its policy ends it. Rows that are fed together have equal lengths and never see padding. */
export async function decode(feeder: Feeder, prompts: readonly Int32Array[], options: DecodeOptions): Promise<void> {
  const { can, size, limits } = feeder;
  for (const group of shareStarts(feeder, prompts, options)) {
    const { past, length } = group;
    const plan = choosePrefill(can, size, { past, fed: length - past, logits: 1, grow: options.maxSteps }, limits);
    const together = can.cache ? can.stepBatch : can.batch;
    const stepShape = { past: length, fed: can.cache ? 1 : length + options.maxSteps, logits: 1, grow: options.maxSteps };
    const rows = together ? rowsPerBatch(size, stepShape, limits) : 1;
    for (const members of parts(group.members, rows)) {
      const cohorts = new Cohorts(feeder, options);
      await cohorts.prefill(members, prompts, group, plan);
      await cohorts.run();
    }
  }
}

import { defineArray, numberOf, said } from "./array.js";

/** `sbatch --array=0-15`, `1-16`, `0-30:2`. Of a part that is run again (`--array=3,7 … --shards 16`), ids are those of the whole, from 0. */
export const slurm = defineArray({
  name: "slurm",
  title: "Slurm",
  read(env, shards) {
    const id = numberOf(env, "SLURM_ARRAY_TASK_ID");
    if (id === null) return null;
    const words = said(env, "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT");
    if (shards !== null) return { index: id, count: shards, said: words };
    const first = numberOf(env, "SLURM_ARRAY_TASK_MIN") ?? 0;
    const step = numberOf(env, "SLURM_ARRAY_TASK_STEP") || 1;
    return { index: (id - first) / step, count: numberOf(env, "SLURM_ARRAY_TASK_COUNT"), said: words };
  },
});

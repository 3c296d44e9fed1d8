import { defineArray, numberOf, said } from "./array.js";

/** `qsub -t 1-16`. Outside of an array the variables are the word "undefined". */
export const sge = defineArray({
  name: "sge",
  title: "Grid Engine",
  read(env, shards) {
    const id = numberOf(env, "SGE_TASK_ID");
    if (id === null) return null;
    const words = said(env, "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE");
    if (shards !== null) return { index: id - 1, count: shards, said: words };
    const [first, last] = [numberOf(env, "SGE_TASK_FIRST") ?? 1, numberOf(env, "SGE_TASK_LAST")];
    const step = numberOf(env, "SGE_TASK_STEPSIZE") || 1;
    return { index: (id - first) / step, count: last === null ? null : Math.floor((last - first) / step) + 1, said: words };
  },
});

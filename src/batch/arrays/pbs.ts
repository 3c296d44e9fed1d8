import { defineArray, numberOf, said } from "./array.js";

/** `qsub -J 0-15`; jobs are not told how many there are. */
export const pbs = defineArray({
  name: "pbs",
  title: "PBS",
  read(env) {
    const index = numberOf(env, "PBS_ARRAY_INDEX");
    return index === null ? null : { index, count: null, said: said(env, "PBS_ARRAY_INDEX") };
  },
});

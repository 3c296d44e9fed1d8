import { defineArray, numberOf, said } from "./array.js";

/** `bsub -J "name[1-16]"`, counted from 1; outside of an array the index is 0. */
export const lsf = defineArray({
  name: "lsf",
  title: "LSF",
  read(env, shards) {
    const id = numberOf(env, "LSB_JOBINDEX");
    if (id === null || id === 0) return null;
    const words = said(env, "LSB_JOBINDEX", "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP");
    if (shards !== null) return { index: id - 1, count: shards, said: words };
    const step = numberOf(env, "LSB_JOBINDEX_STEP") || 1;
    const last = numberOf(env, "LSB_JOBINDEX_END");
    return { index: (id - 1) / step, count: last === null ? null : Math.floor((last - 1) / step) + 1, said: words };
  },
});

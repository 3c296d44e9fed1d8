import { defineArray, numberOf, said } from "./array.js";

/** `completionMode: Indexed`; pods are not told `completions`. */
export const kubernetes = defineArray({
  name: "kubernetes",
  title: "Kubernetes indexed job",
  read(env) {
    const index = numberOf(env, "JOB_COMPLETION_INDEX");
    return index === null ? null : { index, count: null, said: said(env, "JOB_COMPLETION_INDEX") };
  },
});

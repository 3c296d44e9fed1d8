import type { Evaluation } from "../../src/results/evaluation.js";

const metric = (explanation: number, advantage: number) => ({
  better: "higher",
  explanation,
  leave_one_out: 1,
  random: 0,
  over_leave_one_out: explanation - 1,
  over_random: { value: advantage, low: 0, high: 1 },
});
/** An evaluation of an earlier version, which measured four metrics. @param advantage over random rankings. */
export const evaluation = (explanation: number, advantage: number) =>
  ({
    schema: "mllm-shap/evaluation@1",
    metrics: Object.fromEntries(
      ["insertion", "deletion", "comprehensiveness", "sufficiency"].map((name) => [name, metric(explanation, advantage)]),
    ),
  }) as unknown as Evaluation;

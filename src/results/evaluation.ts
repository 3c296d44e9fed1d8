import type { Faithfulness, RankingScore } from "../game/faithfulness.js";
import { eachMetric, METRICS, type Metric } from "../game/metrics.js";
import type { Interval } from "../math/bootstrap.js";
import { assertFinite } from "./finite.js";
import type { StoredResult } from "./player_rows.js";
import type { Result } from "./result_schema.js";

export const EVALUATION_FORMAT = "mllm-shap/evaluation@1";

/** How faithful an explanation is to its model; all figures in payoff units, but for lds, a correlation. Keys as in the file. */
export interface Evaluation {
  /** The result's, where a batch gave it one. */
  readonly id?: string;
  readonly schema: typeof EVALUATION_FORMAT;
  readonly tool: Result["tool"];
  /** Of what: the result's own provenance. */
  readonly spec: Pick<Result["spec"], "path" | "sha256">;
  readonly model: Result["model"];
  readonly explainer: Pick<Result["explainer"], "sampler" | "payoff" | "n_players" | "coalitions">;
  /** What coalitions were worth here: the explained payoff, or the one that was asked for. */
  readonly payoff: { readonly kind: string; readonly full: number; readonly empty: number };
  readonly random_rankings: number;
  readonly confidence: number;
  readonly seed: number;
  readonly metrics: Readonly<Record<Metric, MetricBlock>>;
  readonly curves: { readonly explanation: CurveBlock; readonly leave_one_out: CurveBlock };
  readonly run?: { readonly seconds: number; readonly model_calls: number; readonly memo_hits: number };
}

/** A result with what was said of it. */
export type EvaluatedResult = StoredResult & { readonly evaluation?: Evaluation };

export interface MetricBlock {
  readonly better: "higher" | "lower";
  readonly explanation: number;
  readonly leave_one_out: number;
  /** Mean over the random rankings. */
  readonly random: number;
  /** How much better than the leave-one-out ranking: positive is better whatever the metric. */
  readonly over_leave_one_out: number;
  /** The same over random rankings, with its bootstrap interval. */
  readonly over_random: Interval;
}

export interface CurveBlock {
  /** Payoff with the first k players of the ranking alone, k = 0…n. */
  readonly insertion: readonly number[];
  /** Payoff without the first k players. */
  readonly deletion: readonly number[];
}

export interface EvaluationParts {
  readonly toolVersion: string;
  readonly result: StoredResult;
  /** Kind of the payoff that it is evaluated by. */
  readonly payoff: string;
  readonly faithfulness: Faithfulness;
  readonly confidence: number;
  readonly seed: number;
  readonly run: Evaluation["run"];
}

/** @throws ExplainError where a figure is not finite. */
export function buildEvaluation({ toolVersion, result, payoff: kind, faithfulness, confidence, seed, run }: EvaluationParts): Evaluation {
  const { path, sha256 } = result.spec;
  const { sampler, payoff, n_players, coalitions } = result.explainer;
  const evaluation: Evaluation = {
    ...(result.id === undefined ? {} : { id: result.id }),
    schema: EVALUATION_FORMAT,
    tool: { name: "mllm-shap", version: toolVersion },
    spec: { path, sha256 },
    model: result.model,
    explainer: { sampler, payoff, n_players, coalitions },
    payoff: { kind, full: faithfulness.full, empty: faithfulness.empty },
    random_rankings: faithfulness.random.rankings,
    confidence,
    seed,
    metrics: eachMetric((metric) => metricBlock(metric, faithfulness)),
    curves: { explanation: curveBlock(faithfulness.explanation), leave_one_out: curveBlock(faithfulness.leaveOneOut) },
    ...(run === undefined ? {} : { run }),
  };
  assertFinite(evaluation, "evaluation");
  return evaluation;
}

function metricBlock(metric: Metric, { explanation, leaveOneOut, random, advantage }: Faithfulness): MetricBlock {
  return {
    better: METRICS[metric] > 0 ? "higher" : "lower",
    explanation: explanation[metric],
    leave_one_out: leaveOneOut[metric],
    random: random[metric],
    over_leave_one_out: advantage[metric].overLeaveOneOut,
    over_random: advantage[metric].overRandom,
  };
}

function curveBlock({ insertionCurve, deletionCurve }: RankingScore): CurveBlock {
  return { insertion: [...insertionCurve], deletion: [...deletionCurve] };
}

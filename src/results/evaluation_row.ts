import { metricNames } from "../game/metrics.js";
import type { Evaluation } from "./evaluation.js";

const FIGURES = ["", "_over_leave_one_out", "_over_random"] as const;
const HEAD = ["id", "model", "sampler", "payoff", "players", "coalitions", "payoff_full", "payoff_empty"] as const;

/** Columns of a table with one row an evaluation. */
export const EVALUATION_COLUMNS: readonly string[] = [
  ...HEAD,
  ...metricNames.flatMap((metric) => FIGURES.map((figure) => `${metric}${figure}`)),
];

/** @param position among all, which is its id where it has none. */
export function evaluationRow(
  { id, spec, model, explainer, payoff, metrics }: Evaluation,
  position: number,
): Readonly<Record<string, string | number | null>> {
  const known: Partial<Evaluation["metrics"]> = metrics;
  const figures = metricNames.flatMap((metric) => {
    const block = known[metric];
    const values = block === undefined ? [null, null, null] : [block.explanation, block.over_leave_one_out, block.over_random.value];
    return FIGURES.map((figure, i) => [`${metric}${figure}`, values[i] ?? null] as const);
  });
  return {
    id: id ?? spec.path ?? String(position),
    model: model.repo,
    sampler: explainer.sampler,
    payoff: payoff.kind,
    players: explainer.n_players,
    coalitions: explainer.coalitions,
    payoff_full: payoff.full,
    payoff_empty: payoff.empty,
    ...Object.fromEntries(figures),
  };
}

import type { Result } from "../../results/result_schema.js";

/** Beyond rounding, in shares of |full − empty| (or of 1, where that is smaller). */
const GAP_TOLERANCE = 1e-6;

/** What a reader of the values should know, the result's own warnings last. */
export function warningsOf(result: Result): readonly string[] {
  const { explainer, payoff, players, uncertainty, response } = result;
  const difference = payoff.full - payoff.empty;
  const own = result.warnings?.filter((warning) => warning !== "") ?? [];
  return [
    ...(response.finish_reason === "length" ? ["The answer was cut off at the longest length allowed."] : []),
    ...(explainer.biased ? [`Biased: at this budget the values of ${explainer.sampler} are off on average, not only by chance.`] : []),
    ...(players.some((player) => player.std_error === null)
      ? [`No standard errors${uncertainty.reason ? `: ${uncertainty.reason}` : " are known for these values"}.`]
      : []),
    ...(Math.abs(payoff.efficiency_gap) > GAP_TOLERANCE * Math.max(1, Math.abs(difference))
      ? [`The values do not add up to the payoff's difference: the gap is ${payoff.efficiency_gap.toPrecision(3)}.`]
      : []),
    ...own,
  ];
}

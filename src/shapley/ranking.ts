import type { Estimate } from "../game/types.js";
import { normalCdf } from "../math/normal.js";
import { meanRanks } from "../math/ranks.js";
import { sum } from "../util/arrays.js";
import { float64At } from "../util/elements.js";

/** A value as it is believed to be: normal. */
interface Belief {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/**
 * Spearman's rank correlation that is expected between the estimated values and the exact ones; null where no errors are known or there is
 * nothing to rank. With R the ranks of the exact values, E R_i = 1 + Σ_j P(φ_j < φ_i), and the correlation is linear in R:
 *   E ρ = Σ_i (r_i − r̄) (E R_i − r̄) / (n (n² − 1) / 12).
 * Errors are taken as normal and independent. O(n²).
 */
export function expectedRankCorrelation({ values, stdErrors, uncertainty }: Estimate): number | null {
  const n = values.length;
  if (stdErrors === null || n < 2) return null;
  const { mean, variance } =
    uncertainty.posterior === true ? { mean: values, variance: stdErrors.map((error) => error * error) } : shrunk(values, stdErrors);
  const ranks = meanRanks(values);
  const middle = (n + 1) / 2;
  let together = 0;
  for (let i = 0; i < n; i++) {
    let rank = 1;
    for (let j = 0; j < n; j++) {
      if (j === i) continue;
      const spread = Math.sqrt(float64At(variance, i) + float64At(variance, j));
      const lead = float64At(mean, i) - float64At(mean, j);
      rank += spread > 0 ? normalCdf(lead / spread) : (Math.sign(lead) + 1) / 2;
    }
    together += (float64At(ranks, i) - middle) * (rank - middle);
  }
  return together / ((n * (n * n - 1)) / 12);
}

/**
 * Unbiased estimates lie further apart than the exact values do, by their errors: what is believed of the exact ones is drawn together by
 * as much (Efron & Morris 1975, with the spread of the exact values by moments).
 */
function shrunk(values: Float64Array, stdErrors: Float64Array): Belief {
  const n = values.length;
  const centre = sum(values) / n;
  const errors = stdErrors.map((error) => error * error);
  const scatter = sum(values.map((value) => (value - centre) ** 2)) / (n - 1);
  const spread = Math.max(0, scatter - sum(errors) / n);
  const kept = errors.map((error) => (spread + error > 0 ? spread / (spread + error) : 1));
  return {
    mean: values.map((value, i) => centre + float64At(kept, i) * (value - centre)),
    variance: errors.map((error, i) => float64At(kept, i) * error),
  };
}

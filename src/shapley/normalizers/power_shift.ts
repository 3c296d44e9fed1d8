import { ExplainError } from "../../errors.js";
import { sum } from "../../util/arrays.js";
import { defineNormalizer } from "../normalizer.js";

export const powerShift = defineNormalizer({
  name: "power-shift",
  summary: "the least player at 0, the sum 1; signs are lost",
  apply: (values) => shifted(values, 1),
});

/**
 * (φ − min φ)^power / Σ (φ − min φ)^power: non-negative, sums to 1, the least player at 0; signs are lost. Equal values
 * (and a single player) get 1/n each.
 * @throws ExplainError where `power` is not a positive number.
 */
export function shifted(values: Float64Array, power: number): Float64Array {
  if (!(power > 0 && power < Number.POSITIVE_INFINITY)) {
    throw new ExplainError(`power must be a positive number, not ${power}`);
  }
  const low = values.reduce((min, value) => Math.min(min, value), Number.POSITIVE_INFINITY);
  const range = values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY) - low;
  // A range of rounding errors is no range: players whose values differ in the last bits only are equal.
  if (range <= 1e-14 * Math.max(Math.abs(low), Math.abs(low + range))) return new Float64Array(values.length).fill(1 / values.length);
  // Divided by the range first, so that no power overflows or vanishes as a whole.
  const raised = values.map((value) => ((value - low) / range) ** power);
  const total = sum(raised);
  return raised.map((value) => value / total);
}

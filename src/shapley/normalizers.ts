import { ExplainError } from "../errors.js";
import { sum } from "../util/arrays.js";
import type { NormalizerName } from "./names.js";

type Normalizer = (values: Float64Array) => Float64Array;

/** Rescalings for reading and drawing; rankings and comparisons use the raw values. Each returns a new array. */
export const NORMALIZERS = {
  identity: (values) => finite(values).slice(),
  "abs-sum": absSum,
  "power-shift": (values) => powerShift(values, 1),
  "min-max": minMax,
} as const satisfies Record<NormalizerName, Normalizer>;

/** φ / Σ|φ|: signs stay, absolute values sum to 1. All-zero values stay zero. */
export function absSum(values: Float64Array): Float64Array {
  const total = finite(values).reduce((sum, value) => sum + Math.abs(value), 0);
  return total === 0 ? values.slice() : values.map((value) => value / total);
}

/**
 * (φ − min φ)^power / Σ (φ − min φ)^power: non-negative, sums to 1, the least player at 0; signs are lost. Equal values
 * (and a single player) get 1/n each.
 * @throws ExplainError where `power` is not a positive number.
 */
export function powerShift(values: Float64Array, power: number): Float64Array {
  if (!(power > 0 && power < Number.POSITIVE_INFINITY)) {
    throw new ExplainError(`power must be a positive number, not ${power}`);
  }
  const low = finite(values).reduce((min, value) => Math.min(min, value), Number.POSITIVE_INFINITY);
  const range = values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY) - low;
  // A range of rounding errors is no range: players whose values differ in the last bits only are equal.
  if (range <= 1e-14 * Math.max(Math.abs(low), Math.abs(low + range))) return new Float64Array(values.length).fill(1 / values.length);
  // Divided by the range first, so that no power overflows or vanishes as a whole.
  const raised = values.map((value) => ((value - low) / range) ** power);
  const total = sum(raised);
  return raised.map((value) => value / total);
}

/** (φ − min φ) / Σ (φ − min φ): the power shift at power 1, under the name that people look for. */
export function minMax(values: Float64Array): Float64Array {
  return powerShift(values, 1);
}

/** @throws ExplainError: a NaN among values is a mistake made earlier, and must not turn every other value into NaN. */
function finite(values: Float64Array): Float64Array {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new ExplainError(`the value of player ${bad} is ${values[bad]}: values must be finite to be normalized`);
  return values;
}

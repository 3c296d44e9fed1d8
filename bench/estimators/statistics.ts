import { quantile as ofSorted } from "../../src/math/quantile.js";
import type { Rng } from "../../src/random.js";

/** Value at a fraction of the sorted list, between neighbours linearly. */
export function quantile(values: readonly number[], fraction: number): number {
  return ofSorted(Float64Array.from(values).sort(), fraction);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function norm(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** Kendall's tau-b, which allows for ties; 1 where either side has ties only. Differences of rounding size are ties. */
export function kendall(a: Float64Array, b: Float64Array): number {
  let agree = 0;
  let tiesA = 0;
  let tiesB = 0;
  let pairs = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = i + 1; j < a.length; j++) {
      const da = sign((a[i] as number) - (a[j] as number));
      const db = sign((b[i] as number) - (b[j] as number));
      agree += da * db;
      tiesA += Number(da === 0);
      tiesB += Number(db === 0);
      pairs += 1;
    }
  }
  const scale = Math.sqrt((pairs - tiesA) * (pairs - tiesB));
  return scale === 0 ? 1 : agree / scale;
}

const ROUNDING = 1e-12;

function sign(difference: number): number {
  return Math.abs(difference) < ROUNDING ? 0 : Math.sign(difference);
}

const RESAMPLES = 1000;

/** 95 % bootstrap interval of median(a) / median(b), the two resampled together (same game and seed at the same position). */
export function ratioInterval(a: readonly number[], b: readonly number[], rng: Rng): readonly [low: number, high: number] {
  const ratios = Array.from({ length: RESAMPLES }, () => {
    const picks = a.map(() => rng.int(a.length));
    return median(picks.map((at) => a[at] as number)) / median(picks.map((at) => b[at] as number));
  });
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}

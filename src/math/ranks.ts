import { sum } from "../util/arrays.js";
import { float64At, itemAt, numberAt } from "../util/elements.js";

/** Pearson's correlation of the ranks, ties at their mean rank; null where either side ranks nothing. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return pearson(meanRanks(a), meanRanks(b));
}

/** τ_b = (concordant − discordant) / √((pairs − ties in a)(pairs − ties in b)); Kendall 1945; null as above. O(n²). */
export function kendall(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  let agreement = 0;
  let untiedA = 0;
  let untiedB = 0;
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const inA = Math.sign(numberAt(a, i) - numberAt(a, j));
      const inB = Math.sign(numberAt(b, i) - numberAt(b, j));
      agreement += inA * inB;
      untiedA += inA * inA;
      untiedB += inB * inB;
    }
  }
  return untiedA === 0 || untiedB === 0 ? null : agreement / Math.sqrt(untiedA * untiedB);
}

/** Ranks from 1; equal values share the mean of their places. */
export function meanRanks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => numberAt(values, i) - numberAt(values, j));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[itemAt(order, to)] === values[itemAt(order, from)]) to++;
    for (let place = from; place < to; place++) ranks[itemAt(order, place)] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

function pearson(a: Float64Array, b: Float64Array): number | null {
  const meanA = sum(a) / a.length;
  const meanB = sum(b) / b.length;
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const x = float64At(a, i) - meanA;
    const y = float64At(b, i) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? null : Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}

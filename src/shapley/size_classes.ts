import { binomial } from "../math/combinatorics.js";
import { maxOf, sum } from "../util/arrays.js";
import { float64At, itemAt } from "../util/elements.js";

/** The pairs {S, N∖S} whose smaller side has `size` players: one stratum of a paired sample. */
export interface SizeClass {
  /** 1 … ⌊n/2⌋ */
  readonly size: number;
  /** How many such pairs there are. */
  readonly pairs: number;
  /** Coalitions of this size in one pair: 2 where both sides are equally large. */
  readonly rowsPerPair: 1 | 2;
}

/** All strata of a game of n ≥ 2 players, smallest size first. */
export function sizeClasses(n: number): readonly SizeClass[] {
  return Array.from({ length: Math.floor(n / 2) }, (_, at) => {
    const size = at + 1;
    const halves = 2 * size === n;
    return { size, pairs: binomial(n, size) / (halves ? 2 : 1), rowsPerPair: halves ? 2 : 1 };
  });
}

export interface Bounds {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/**
 * Shares `total` among strata in proportion to `mass`, held between bounds: x_k = clip(c·mass_k, lower_k, upper_k) with the c
 * that makes Σ x_k = total. Σ lower ≤ total ≤ Σ upper is the caller's to see to.
 */
export function allocate(total: number, mass: readonly number[], { lower, upper }: Bounds): Float64Array {
  const share = (c: number): Float64Array =>
    Float64Array.from(mass, (weight, k) => Math.min(Math.max(c * weight, itemAt(lower, k)), itemAt(upper, k)));
  let low = 0;
  let high = 1 / maxOf(mass);
  while (sum(share(high)) < total && high < 1e300) high *= 2;
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (sum(share(middle)) < total) low = middle;
    else high = middle;
  }
  return share(high);
}

/**
 * Whole counts whose expectations are `expected`, and whose sum is `total` exactly (systematic rounding with one uniform
 * start). Counts that are whole stay as they are.
 * @param start uniform in [0, 1)
 */
export function roundSystematically(expected: Float64Array, total: number, start: number): Int32Array {
  const counts = Int32Array.from(expected, (value) => (Number.isInteger(value) ? value : -1));
  const open = Array.from(counts.keys()).filter((k) => counts[k] === -1);
  const rest = total - counts.reduce((acc, count) => acc + Math.max(count, 0), 0);
  let reached = 0;
  let before = 0;
  for (const [at, k] of open.entries()) {
    reached += float64At(expected, k);
    // The last one takes what is left, so that no rounding error of the running sum is lost or gained.
    const after = at === open.length - 1 ? rest : Math.min(rest, Math.floor(reached + start));
    counts[k] = after - before;
    before = after;
  }
  return counts;
}

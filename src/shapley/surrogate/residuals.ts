import type { Payoffs } from "../../game/types.js";
import { dot } from "../../util/arrays.js";
import { addAt, float64At, itemAt } from "../../util/elements.js";
import { sizeClasses } from "../size_classes.js";
import { type GamePart, rowsOfThinned } from "./game_part.js";
import type { Kernel } from "./kernel.js";
import { rowSums } from "./likeness.js";
import { oddTargets } from "./odd_part.js";
import type { Seen, Surrogate } from "./surrogate.js";

/** Kernel values that are kept for further payoffs (128 MiB); of more, they are made anew. */
const MOST_KEPT = 2 ** 24;

/** A game that is what a surrogate does not know of another: its payoffs at the pairs that were played. */
export interface Residuals {
  /** What the surrogate missed there: of rows that it saw, partly without themselves. */
  readonly missed: Payoffs;
  /** What it would miss at pairs that were not played: of rows that it saw, each predicted without itself. */
  readonly heldOut: Payoffs;
}

/**
 * Games that are what the surrogate, which saw some rows of `part`, does not know of the rest, of any payoffs that the kernel was shown at the same rows.
 * A row that was seen stands for itself, where the surrogate's own miss is what is left to add, and for the pairs of its size that were not played, which are
 * missed by more: by as much as the row is where it is predicted without itself. Of a share f of its size class that was played it is f of the first and
 * 1 − f of the second, so that a class that was played in full is known exactly.
 */
export function residualGames(part: GamePart, surrogate: Surrogate): (payoffs: Payoffs, seen: Seen) => Residuals {
  const kernel = kernelRows(part, surrogate);
  const played = sharesPlayed(part);
  return (payoffs, seen) => {
    const { own, heldOut } = residualsOf(oddTargets(payoffs), kernel, seen, surrogate);
    const missed = own.map((residual, row) => float64At(played, row) * residual + (1 - float64At(played, row)) * float64At(heldOut, row));
    return { missed: payoffsOf(missed, payoffs), heldOut: payoffsOf(heldOut, payoffs) };
  };
}

/** Of every row, the share of the pairs of its size that were played; 1 of N. */
function sharesPlayed({ signs, players: n, count }: GamePart): Float64Array {
  const sizes = Int32Array.from({ length: count }, (_, row) => {
    const inside = signs.subarray(row * n, (row + 1) * n).reduce((sum, sign) => sum + (sign === 1 ? 1 : 0), 0);
    return Math.min(inside, n - inside);
  });
  const rows = new Float64Array(n + 1);
  for (const size of sizes) addAt(rows, size, 1);
  const shares = [1, ...sizeClasses(n).map(({ size, pairs }) => float64At(rows, size) / pairs)];
  return Float64Array.from(sizes, (size) => itemAt(shares, size));
}

function payoffsOf(odd: Float64Array, { rounds }: Payoffs): Payoffs {
  let row = 1;
  const [full = 0] = odd;
  return {
    empty: -full,
    full,
    rounds: rounds.map(({ payoffs: { length } }) => {
      const payoffs = new Float64Array(length);
      for (let at = 0; at < length; at += 2, row++) payoffs.set([float64At(odd, row), -float64At(odd, row)], at);
      return { payoffs };
    }),
  };
}

function residualsOf(
  targets: Float64Array,
  kernel: (row: number) => Float64Array,
  { scale, alpha }: Seen,
  { precision }: Surrogate,
): { readonly own: Float64Array; readonly heldOut: Float64Array } {
  const own = targets.map((target, row) => target - scale * dot(kernel(row), alpha));
  const heldOut = own.slice();
  for (const [t, row] of rowsOfThinned(targets.length, alpha.length).entries()) {
    if (row > 0) heldOut[row] = (scale * float64At(alpha, t)) / float64At(precision, t);
  }
  return { own, heldOut };
}

/** Of a row of the game with every row that was seen, without the kernel's roughness. */
export function kernelRows(part: GamePart, { seen, kernel }: Surrogate): (row: number) => Float64Array {
  const total = kernel.relevance.reduce((sum, length) => sum + length, 0);
  const { players: n, count } = part;
  const common = commonRows(part, seen, kernel);
  const kept: Float64Array[] | null = count * seen.count <= MOST_KEPT ? [] : null;
  const make = (row: number): Float64Array => {
    const values = new Float64Array(seen.count);
    for (let t = 0; t < seen.count; t++) {
      let agreement = 0;
      let weighted = 0;
      for (let i = 0; i < n; i++) {
        const same = (part.signs[row * n + i] as number) * (seen.signs[t * n + i] as number);
        agreement += same;
        weighted += same * (kernel.relevance[i] as number);
      }
      const odd = Math.exp((weighted - total) / 2) - Math.exp(-(weighted + total) / 2);
      values[t] = (kernel.lowest * agreement) / n + (kernel.interacting * odd) / 2 + common(row, t);
    }
    return values;
  };
  return (row) => {
    const values = kept?.[row] ?? make(row);
    if (kept !== null) kept[row] = values;
    return values;
  };
}

/** What rows of the game have in common with rows that were seen by players who are alike. */
function commonRows(part: GamePart, seen: GamePart, { common, relevance }: Kernel): (row: number, seenRow: number) => number {
  if (common === null) return () => 0;
  const { likeness, variance } = common;
  const [sums, seenSums] = [rowSums(part, likeness, relevance), rowSums(seen, likeness, relevance)];
  return (row, seenRow) => (variance * dot(itemAt(sums, row), itemAt(seenSums, seenRow))) / part.players;
}

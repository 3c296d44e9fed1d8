import type { Payoffs } from "../../game/types.js";
import { cholesky, choleskyInverse, choleskySolve } from "../../math/cholesky.js";
import { type GamePart, thinned, thinnedTargets } from "./game_part.js";
import { covariance, type Kernel, kernelParts } from "./kernel.js";
import type { Likeness } from "./likeness.js";
import { oddTargets } from "./odd_part.js";
import { tuneKernel } from "./tune.js";

/** A Gaussian process that has seen the odd or even part of a game. */
export interface Surrogate {
  /** What it has seen, targets divided by `scale`. */
  readonly seen: GamePart;
  /** Root mean square of the targets. */
  readonly scale: number;
  readonly kernel: Kernel;
  /** Cholesky factor of the rows' covariance matrix K. */
  readonly factor: Float64Array;
  /** K⁻¹ targets */
  readonly alpha: Float64Array;
  /** Diagonal of K⁻¹. */
  readonly precision: Float64Array;
}

/** What depends on payoffs. */
export type Seen = Pick<Surrogate, "scale" | "alpha">;

/** Rows from which the kernel's parameters are found, fewer of many players: they settle long before, and each step costs rows³ + rows² n. */
const TUNED_ON = { rows: 256, work: 1.5e7 } as const;

/** Rows that a surrogate sees at most: its time is rows³ + rows² n, its memory rows². */
const SEEN_AT_MOST = { rows: 1_000, work: 2e8 } as const;

const within = ({ rows, work }: { readonly rows: number; readonly work: number }, players: number): number =>
  Math.min(rows, Math.floor(Math.sqrt(work / players)));

export const seenAtMost = (players: number): number => within(SEEN_AT_MOST, players);

/** Null where all targets are zero, their squares no numbers any more, or no kernel can be factored: there is nothing to learn. */
export function fitSurrogate(part: GamePart, likeness: Likeness | null = null): Surrogate | null {
  const { count } = part;
  const scale = rootMeanSquare(part.targets);
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return null;
  const seen = { ...part, targets: part.targets.map((target) => target / scale) };
  const kernel = tuneKernel(thinned(seen, within(TUNED_ON, part.players)), likeness);
  const factor = cholesky(covariance(kernelParts(seen, kernel), kernel, count), count, 0);
  if (factor === null) return null;
  const inverse = choleskyInverse(factor, count);
  const precision = Float64Array.from({ length: count }, (_, row) => inverse[row * count + row] as number);
  return { seen, scale, kernel, factor, alpha: choleskySolve(factor, count, seen.targets), precision };
}

const rootMeanSquare = (targets: Float64Array): number =>
  Math.sqrt(targets.reduce((sum, target) => sum + target * target, 0) / targets.length);

/** What the same kernel would have seen at the same pairs, had they been worth something else. */
export function seenOf({ seen: { count }, factor }: Surrogate, payoffs: Payoffs): Seen {
  const targets = thinnedTargets(oddTargets(payoffs), count);
  const scale = rootMeanSquare(targets);
  if (!(scale > 0)) return { scale: 0, alpha: new Float64Array(count) };
  return {
    scale,
    alpha: choleskySolve(
      factor,
      count,
      targets.map((target) => target / scale),
    ),
  };
}

/**
 * (target − prediction from all other pairs) / the prediction's standard deviation, for every pair but {∅, N}: of variance 1 where the
 * kernel is right. A row is a pair, so that pairs are held out whole; no fit is repeated (Rasmussen & Williams 2006, §5.4.2).
 */
export const heldOutErrors = ({ alpha, precision }: Pick<Surrogate, "alpha" | "precision">): Float64Array =>
  alpha.map((value, row) => value / Math.sqrt(precision[row] as number)).subarray(1);

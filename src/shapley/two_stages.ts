import type { Coalition, Round } from "../game/types.js";
import type { Rng } from "../random.js";
import { maxOf } from "../util/arrays.js";
import { addInt32At, byteAt, int32At, itemAt } from "../util/elements.js";
import { COVERING_PLAN, coveringPairs, take } from "./covering_pairs.js";
import { type Pair, type PairedDesign, pairsAffordable, pairsOf, samplePairs, withComplements } from "./paired_sample.js";
import { allocate, roundSystematically, type SizeClass, sizeClasses } from "./size_classes.js";
import { cellVariance, strataOf } from "./strata.js";

/** Coalitions that the first stage wants in every (player, size) stratum, to estimate its variance. */
const FIRST_STAGE = 2;

/** Pairs of two stages: the second goes where the payoffs of the first varied most. Falls back to one stage where it is too dear. */
export function* sampleTwoStages(n: number, budget: number, rng: Rng): Generator<Round<PairedDesign>, void, Float64Array> {
  const classes = sizeClasses(n);
  const total = pairsAffordable(classes, budget);
  const sources = classes.map((sizeClass) => coveringPairs(n, sizeClass, FIRST_STAGE, rng.fork(`size ${sizeClass.size}`)));
  const first = firstStage(n, sources, total);
  if (first === null) {
    yield* samplePairs(n, budget, COVERING_PLAN, rng.fork("one stage"));
    return;
  }
  const counts = first.map((sides) => sides.length);
  const coalitions = withComplements(first.flat());
  if (coalitions.length === 0) return;
  const payoffs = yield { coalitions, design: { expected: Float64Array.from(counts) } };
  const pairs = pairsOf({ empty: 0, full: 0, rounds: [{ coalitions, payoffs, design: null }] });
  const upper = classes.map((sizeClass) => sizeClass.pairs);
  const expected = allocate(total, neymanMass(pairs, classes, n), { lower: counts, upper });
  const wanted = roundSystematically(expected, total, rng.float());
  const second = sources.flatMap((source, k) => take(source, int32At(wanted, k) - itemAt(counts, k)));
  if (second.length > 0) yield { coalitions: withComplements(second), design: { expected } };
}

/** Sides of each class until every player has been on both sides twice or the class is exhausted; null above `total` pairs. */
function firstStage(n: number, sources: readonly Generator<Coalition, void, void>[], total: number): readonly Coalition[][] | null {
  const drawn: Coalition[][] = [];
  let spent = 0;
  for (const source of sources) {
    const inside = new Int32Array(n);
    const sides: Coalition[] = [];
    const reached = (): boolean => inside.every((count) => Math.min(count, sides.length - count) >= FIRST_STAGE);
    while (!reached()) {
      const [side] = take(source, 1);
      if (side === undefined) break;
      spent += 1;
      if (spent > total) return null;
      sides.push(side);
      for (let i = 0; i < n; i++) addInt32At(inside, i, byteAt(side, i));
    }
    drawn.push(sides);
  }
  return drawn;
}

/** Neyman's mass of each class; uniform where nothing varied, and never quite zero, so that the whole budget finds a place. */
function neymanMass(pairs: readonly Pair[], classes: readonly SizeClass[], n: number): readonly number[] {
  const strata = strataOf(pairs, n);
  const total = (size: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += cellVariance(strata, i * (n + 1) + size);
    return sum;
  };
  const mass = classes.map(({ size, rowsPerPair }) =>
    Math.sqrt(rowsPerPair === 2 ? total(size) / n : total(size) / size + total(n - size) / (n - size)),
  );
  const largest = maxOf(mass);
  return mass.map((value) => (largest > 0 ? Math.max(value, 1e-6 * largest) : 1));
}

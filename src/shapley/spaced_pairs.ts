import type { Coalition } from "../game/types.js";
import { minOf } from "../util/arrays.js";
import { addInt32At, float64At, int32At, itemAt } from "../util/elements.js";
import { type PairSource, pairSource } from "./pair_source.js";
import type { DrawPairs, PairPlan } from "./paired_sample.js";
import type { SizeClass } from "./size_classes.js";

/** From here on pairs are drawn as they come: a surrogate sees no more, and every choice looks at all before it. */
const SPACED_AT_MOST = 1_500;

/** Words of 32 players that one choice compares, and its candidates. */
const COMPARED = 2 ** 17;
const CANDIDATES = { least: 8, most: 256 } as const;

/** How much nearer counts for more: e^{−8 (1 − t)}, beside t². */
const STEEPNESS = 8;

/**
 * Pairs {S, N∖S} far from each other, so that each tells what the others do not: a pair is chosen of candidates of its size by the least Σ e^{8 (t − 1)} + t² over
 * those before it, N among them, where t = |xᵀy| / n for x, y ∈ {−1, 1}ⁿ. That is kernel herding (Chen, Welling & Smola 2010) with a kernel that does not tell S from N∖S,
 * of which t² balances how often any two players are on one side. Candidates are drawn at random and ties fall at random, so that no player is preferred and every
 * pair of a size is equally likely.
 */
const drawSpacedPairs: DrawPairs = ({ n, classes, weights, looks }, rng) => {
  const total = looks.at(-1)?.pairs ?? 0;
  const order = classesInOrder(classes, weights, total, rng.float());
  const sources = classes.map((sizeClass) => pairSource(n, sizeClass, rng.fork(`size ${sizeClass.size}`)));
  const spacing = new Spacing(n, Math.min(total, SPACED_AT_MOST));
  let done = 0;
  return looks.map(({ pairs }) => {
    const round = order.subarray(done, pairs);
    done = pairs;
    return Array.from(round, (k) => spacing.next(itemAt(sources, k)));
  });
};

/** @param mass how many rows of each size are wanted. */
export const spacedPlan = (mass: PairPlan["mass"]): PairPlan => ({ mass, draw: drawSpacedPairs });

/** (√5 − 1) / 2, whose multiples fill [0, 1) evenly. */
const GOLDEN = 0.6180339887498949;

/**
 * The class of each pair, so that any beginning holds about weight_k of each: the j-th of a class comes at (j + o_k) / weight_k. Whatever the budget, it is a beginning of the
 * same order, so that a larger one plays what a smaller one played.
 * @param start uniform in [0, 1), as every o_k then is
 */
function classesInOrder(classes: readonly SizeClass[], weights: readonly number[], total: number, start: number): Int32Array {
  const offsets = weights.map((_, k) => (start + k * GOLDEN) % 1);
  const counts = new Int32Array(classes.length);
  const next = Float64Array.from(weights, (weight, k) => itemAt(offsets, k) / weight);
  return new Int32Array(total).map(() => {
    const k = next.indexOf(minOf(next));
    addInt32At(counts, k, 1);
    const left = int32At(counts, k) < itemAt(classes, k).pairs;
    next[k] = left ? (int32At(counts, k) + itemAt(offsets, k)) / itemAt(weights, k) : Number.POSITIVE_INFINITY;
    return k;
  });
}

/** What was chosen so far, packed into words of 32 players. */
class Spacing {
  private readonly words: number;
  /** Rows of `words` words, N first. */
  private readonly chosen: Int32Array;
  private count = 1;
  /** Σ's summand by the number of players in whom two sides agree. */
  private readonly nearness: Float64Array;

  constructor(
    private readonly n: number,
    private readonly most: number,
  ) {
    this.words = Math.ceil(n / 32);
    this.chosen = new Int32Array((1 + most) * this.words);
    this.chosen.set(packed(new Uint8Array(n).fill(1), this.words));
    this.nearness = Float64Array.from({ length: n + 1 }, (_, agreeing) => {
      const t = Math.abs(2 * agreeing - n) / n;
      return Math.exp(STEEPNESS * (t - 1)) + t * t;
    });
  }

  next(source: PairSource): Coalition {
    if (this.count > this.most) return source.take(source.candidates(1), 0);
    const affordable = Math.floor(COMPARED / (this.count * this.words));
    const candidates = source.candidates(Math.max(CANDIDATES.least, Math.min(CANDIDATES.most, affordable)));
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    const rows = candidates.map((side) => packed(side, this.words));
    if (rows.length > 1) {
      for (const [at, row] of rows.entries()) {
        const near = this.nearnessTo(row, least);
        if (near < least) [best, least] = [at, near];
      }
    }
    this.chosen.set(itemAt(rows, best), this.count++ * this.words);
    return source.take(candidates, best);
  }

  /** Of no use once it passes `most`. */
  private nearnessTo(row: Int32Array, most: number): number {
    let near = 0;
    for (let at = 0; at < this.count && near < most; at++) {
      let differing = 0;
      for (let word = 0; word < this.words; word++) differing += bitsIn(int32At(this.chosen, at * this.words + word) ^ int32At(row, word));
      near += float64At(this.nearness, this.n - differing);
    }
    return near;
  }
}

function packed(side: Coalition, words: number): Int32Array {
  const row = new Int32Array(words);
  for (const [i, inside] of side.entries()) row[i >> 5] = int32At(row, i >> 5) | (inside << (i & 31));
  return row;
}

/** How many bits of a word of 32 are set (Warren, Hacker's Delight, §5-1). */
function bitsIn(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

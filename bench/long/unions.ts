import { readFileSync } from "node:fs";
import { complement } from "../../src/game/coalitions.js";
import type { Coalition, PlayerTree } from "../../src/game/types.js";
import { spearman } from "../../src/math/ranks.js";
import { METHODS } from "../../src/shapley/registry.js";
import { median, norm } from "../estimators/statistics.js";
import { inRepository } from "../shared/root.js";

/** What scripts/record-owen-game.mjs wrote: odd payoffs ½ (v(S) − v(N∖S)). */
interface Recording {
  readonly players: readonly { readonly text: string }[];
  readonly tree: PlayerTree;
  readonly empty: number;
  readonly full: number;
  readonly pairs: { readonly count: number; readonly sides: string; readonly odd: string };
  readonly walks: { readonly count: number; readonly orders: string; readonly odd: string };
  readonly reference: readonly { readonly walks: number; readonly sums: string; readonly squares: string }[];
}

interface Round {
  readonly coalitions: readonly Coalition[];
  readonly payoffs: Float64Array;
  readonly design: { readonly plays: "pairs" | "walks"; readonly orders: readonly Int32Array[]; readonly antithetic: true };
}

/** Pairs that the surrogate sees where the budget pays for more: what `owen-proxy` plays of 216 players. */
const PAIRS = 500;

/** Disjoint samples of each line at most: they differ more than those of Shapley's values. */
const SAMPLES = 5;

/** What each line of the table plays: pairs of complements, antithetic walks. */
const LINES = [
  ...[1, 2, 5, 10].map((walks) => ({ sampler: "owen", pairs: 0, walks }) as const),
  ...[124, 249, 499].map((pairs) => ({ sampler: "owen-proxy", pairs, walks: 0 }) as const),
  ...[3, 5, 10].map((walks) => ({ sampler: "owen-proxy", pairs: PAIRS, walks }) as const),
];

/** Owen's values of nano's tokens in turns, by recorded coalitions: a part of the page. */
export function unionsPage(quick: boolean): string {
  const game = load();
  const n = game.texts.length;
  const rows = (quick ? LINES.slice(0, 1) : LINES).map(({ sampler, pairs, walks }) => {
    const runs = Math.min(
      SAMPLES,
      ...(pairs > 0 ? [Math.floor(game.pairs.length / pairs)] : []),
      ...(walks > 0 ? [Math.floor(game.walks.length / walks)] : []),
    );
    const found = Array.from({ length: runs }, (_, run) => {
      const method = METHODS[sampler].create({ confidence: 0.95, tree: game.tree, texts: game.texts });
      const rounds = roundsOf(game, [run * pairs, (run + 1) * pairs], [run * walks, (run + 1) * walks]);
      return method.estimate({ empty: game.empty, full: game.full, rounds }, n);
    });
    const values = found.map((estimate) => estimate.values);
    const twins = values.slice(1).map((own, at) => spearman(own, values[at] as Float64Array) ?? 0);
    const error = values.map((own) => norm(own.map((value, i) => value - (game.reference[i] as number))) / norm(game.reference));
    const held = found.flatMap(({ intervals }) =>
      intervals === null
        ? []
        : [...intervals].map(
            ([low, high], i) =>
              ((low + high) / 2 - (game.reference[i] as number)) ** 2 <= ((high - low) / 2) ** 2 + (2 * (game.errors[i] as number)) ** 2,
          ),
    );
    const cells = [
      median(values.map((own) => spearman(own, game.reference) ?? 0)),
      twins.length === 0 ? null : median(twins),
      median(error),
    ];
    const coverage = held.length === 0 ? "" : (held.filter(Boolean).length / held.length).toFixed(2);
    const coalitions = 2 + 2 * pairs + 2 * (n - 1) * walks;
    return `| ${coalitions} | ${pairs} | ${walks} | \`${sampler}\` | ${cells.map((cell) => cell?.toFixed(2) ?? "").join(" | ")} | ${coverage} |`;
  });
  return page(game, rows);
}

interface UnionGame {
  readonly texts: readonly string[];
  readonly tree: PlayerTree;
  readonly empty: number;
  readonly full: number;
  readonly pairs: readonly { readonly side: Coalition; readonly odd: number }[];
  readonly walks: readonly { readonly order: Int32Array; readonly odd: Float32Array }[];
  readonly reference: Float64Array;
  readonly errors: Float64Array;
  readonly halves: readonly Float64Array[];
  readonly referenceWalks: number;
}

function load(): UnionGame {
  const { players, tree, empty, full, pairs, walks, reference } = JSON.parse(
    readFileSync(inRepository("fixtures/games/long/nano-216-owen.json"), "utf8"),
  ) as Recording;
  const n = players.length;
  const bits = Buffer.from(pairs.sides, "base64");
  const bytes = Math.ceil(n / 8);
  const odd = floats(pairs.odd);
  const [orders, walked] = [Buffer.from(walks.orders, "base64"), floats(walks.odd)];
  const count = reference.reduce((sum, half) => sum + half.walks, 0);
  const total = (read: (half: Recording["reference"][number]) => string) =>
    Float64Array.from({ length: n }, (_, i) => reference.reduce((sum, half) => sum + (floats(read(half))[i] as number), 0) / count);
  const mean = total(({ sums }) => sums);
  return {
    texts: players.map(({ text }) => text),
    tree,
    // As of the odd game.
    empty: (empty - full) / 2,
    full: (full - empty) / 2,
    pairs: Array.from({ length: pairs.count }, (_, row) => ({
      side: Uint8Array.from({ length: n }, (_, i) => ((bits[row * bytes + (i >> 3)] as number) >> (i & 7)) & 1),
      odd: odd[row] as number,
    })),
    walks: Array.from({ length: walks.count }, (_, at) => ({
      order: Int32Array.from({ length: n }, (_, step) => orders.readInt16LE(2 * (at * n + step))),
      odd: walked.subarray(at * (n + 1), (at + 1) * (n + 1)),
    })),
    reference: mean,
    errors: total(({ squares }) => squares).map((square, i) => Math.sqrt((square - (mean[i] as number) ** 2) / (count - 1))),
    halves: reference.map(({ sums, walks: own }) => Float64Array.from(floats(sums), (sum) => sum / own)),
    referenceWalks: count,
  };
}

const floats = (text: string): Float32Array => new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);

/** Odd payoffs o(S) as a game that is o(S) at S and −o(S) at N∖S: all that Owen's values see. */
function roundsOf(
  { pairs, walks }: UnionGame,
  [from, to]: readonly [number, number],
  [first, last]: readonly [number, number],
): readonly Round[] {
  const rounds: Round[] = [];
  const seen = pairs.slice(from, to);
  if (seen.length > 0) {
    const coalitions = seen.flatMap(({ side }) => [side, complement(side)]);
    const payoffs = Float64Array.from(seen.flatMap(({ odd }) => [odd, -odd]));
    rounds.push({ coalitions, payoffs, design: { plays: "pairs", orders: [], antithetic: true } });
  }
  const walked = walks.slice(first, last);
  if (walked.length > 0) {
    const payoffs = Float64Array.from(
      walked.flatMap(({ odd }) => [
        ...odd.subarray(1, -1),
        ...odd
          .subarray(1, -1)
          .toReversed()
          .map((one) => -one),
      ]),
    );
    rounds.push({ coalitions: [], payoffs, design: { plays: "walks", orders: walked.map(({ order }) => order), antithetic: true } });
  }
  return rounds;
}

function page({ texts, reference, halves, errors, referenceWalks }: UnionGame, rows: readonly string[]): string {
  const n = texts.length;
  const largest = reference.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const share = (test: (value: number, i: number) => boolean): string => ((100 * reference.filter(test).length) / n).toFixed(0);
  const [first, second] = halves as [Float64Array, Float64Array];
  return `## Owen's values of the ${n} tokens of \`embedded:nano\`, in turns

The same conversation. The reference is the mean of ${referenceWalks} antithetic walks that no estimator sees, ${2 * referenceWalks * (n - 1)} coalitions: its halves agree with Spearman
${(spearman(first, second) ?? 0).toFixed(2)}. ${share((value) => Math.abs(value) < largest / 100)} % of the values are smaller than a hundredth of the largest, ${share((value, i) => Math.abs(value) < 2 * (errors[i] as number))} % than twice their
own standard error. *Held*: of intervals of 0.95, the share that holds the reference but for its own errors; none where the sampler gives no error.

| coalitions | pairs | walks | sampler | reference | another sample | relative error | held |
|---:|---:|---:|---|---:|---:|---:|---:|
${rows.join("\n")}`;
}

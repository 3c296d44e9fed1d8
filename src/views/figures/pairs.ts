import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { certaintyOf, type Measured } from "../shared/certainty.js";
import { columnFormat } from "../shared/numbers.js";
import { fullLabel, type Scene } from "./scene.js";

/** Two players and what they are worth together. */
export interface Pair extends Measured {
  readonly first: ResultPlayer;
  readonly second: ResultPlayer;
  /** "please × light: +0.608 [+0.1, +1.1]" */
  readonly hint: string;
}

export interface Pairs {
  readonly exact: boolean;
  /** The largest |value|; 0 where all are 0. */
  readonly scale: number;
  /** The strongest first. */
  readonly all: readonly Pair[];
  /** An interval is known of every pair, or nothing was drawn. */
  readonly measured: boolean;
}

/** Pairs with what is known of their error; null where interactions were not asked for. */
export function pairsOf(scene: Scene): Pairs | null {
  const { interactions, players } = scene.result;
  if (interactions === undefined || interactions.pairs.length === 0) return null;
  const format = columnFormat(interactions.pairs.map(({ value }) => value));
  const all = interactions.pairs.flatMap((pair) => {
    const [first, second] = [players[pair.players[0]], players[pair.players[1]]];
    if (first === undefined || second === undefined) return [];
    const interval = intervalOf(pair, interactions.exact);
    const error =
      interval === null ? " (no error known)" : interval[0] === interval[1] ? "" : ` [${format(interval[0])}, ${format(interval[1])}]`;
    return [
      {
        first,
        second,
        value: pair.value,
        interval,
        hint: `${fullLabel(scene, first)} × ${fullLabel(scene, second)}: ${format(pair.value)}${error}`,
      },
    ];
  });
  return {
    exact: interactions.exact,
    scale: maxOf(
      all.map(({ value }) => Math.abs(value)),
      0,
    ),
    all,
    measured: all.every((pair) => certaintyOf(pair) !== "unknown"),
  };
}

/** The interval that the result states; none is needed where every coalition was played. */
function intervalOf(pair: NonNullable<Result["interactions"]>["pairs"][number], exact: boolean): readonly [number, number] | null {
  if ("interval" in pair && Array.isArray(pair.interval)) return pair.interval as unknown as readonly [number, number];
  return exact ? [pair.value, pair.value] : null;
}

/** Players that the strongest pairs are made of, in order of the conversation; at most `most`. */
export function involved(pairs: readonly Pair[], most: number): readonly ResultPlayer[] {
  const found = new Set<ResultPlayer>();
  for (const { first, second } of pairs) {
    const more = [first, second].filter((player) => !found.has(player));
    if (found.size + more.length > most) break;
    for (const player of more) found.add(player);
  }
  return [...found].toSorted((a, b) => a.index - b.index);
}

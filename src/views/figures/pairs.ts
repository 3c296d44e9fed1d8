import type { ResultPlayer } from "../../results/result_schema.js";
import { maxOf } from "../../util/arrays.js";
import { type Finding, findingsOf } from "../shared/findings.js";
import { columnFormat } from "../shared/numbers.js";
import { fullLabel, type Scene } from "./scene.js";

/** Two players and what they are worth together. */
export interface Pair extends Finding {
  /** "please × light: +0.608 [+0.1, +1.1]" */
  readonly hint: string;
}

export interface Pairs {
  readonly exact: boolean;
  /** The largest |value|; 0 where all are 0. */
  readonly scale: number;
  /** Pairs with a known sign, the strongest first. */
  readonly found: readonly Pair[];
  /** What became of the others. */
  readonly note: string;
}

/** Pairs that may be shown; null where interactions were not asked for. */
export function pairsOf(scene: Scene): Pairs | null {
  const { interactions } = scene.result;
  const findings = findingsOf(scene.result);
  if (interactions === undefined || findings === null) return null;
  const format = columnFormat(interactions.pairs.map(({ value }) => value));
  const found = findings.found.map((finding) => {
    const { first, second, value, interval } = finding;
    const error = interval[0] === interval[1] ? "" : ` [${format(interval[0])}, ${format(interval[1])}]`;
    return { ...finding, hint: `${fullLabel(scene, first)} × ${fullLabel(scene, second)}: ${format(value)}${error}` };
  });
  const scale = maxOf(
    found.map(({ value }) => Math.abs(value)),
    0,
  );
  return { exact: interactions.exact, scale, found, note: findings.note };
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

import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { escapeControl } from "../../util/escape.js";
import { type Certainty, certaintyOf } from "../shared/certainty.js";
import { largestValue } from "../shared/facts.js";
import { type Label, labelsOf } from "../shared/labels.js";
import { columnFormat, type NumberFormat } from "../shared/numbers.js";

/** What every picture of a result needs of it. */
export interface Scene {
  readonly result: Result;
  /** Largest |value|; 0 where all are 0. */
  readonly scale: number;
  readonly format: NumberFormat;
  /** With controls and bidirectional overrides written out. */
  readonly labels: ReadonlyMap<ResultPlayer, Label>;
}

export function sceneOf(result: Result): Scene {
  const format = columnFormat(result.players.map(({ value }) => value));
  const labels = [...labelsOf(result)].map(([player, { text, note }]) => [player, { text: escapeControl(text), note }] as const);
  return { result, scale: largestValue(result), format, labels: new Map(labels) };
}

/** Share of the largest |value|, in [−1, 1]. */
export const shareOf = (value: number, scale: number): number => (scale === 0 ? 0 : value / scale);

/** The largest |value| first. */
export function ranked({ result }: Scene): readonly ResultPlayer[] {
  return result.players.toSorted((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.index - b.index);
}

/** "kitchen"; "kitchen, turn 2" where another player is called the same. For charts, which have little room. */
export function chartLabel(scene: Scene, player: ResultPlayer): string {
  const { text = "" } = scene.labels.get(player) ?? {};
  return twins(scene).has(text) ? fullLabel(scene, player) : text;
}

const known = new WeakMap<Scene["labels"], ReadonlySet<string>>();

/** Names that several players have. */
function twins({ labels }: Scene): ReadonlySet<string> {
  const before = known.get(labels);
  if (before !== undefined) return before;
  const names = [...labels.values()].map(({ text }) => text);
  const found = new Set(names.filter((name, i) => names.indexOf(name) !== i));
  known.set(labels, found);
  return found;
}

/** "kitchen, turn 2" */
export function fullLabel({ labels }: Scene, player: ResultPlayer): string {
  const label = labels.get(player);
  return [label?.text, label?.note].filter((part) => part !== undefined && part !== "").join(", ");
}

const SAYS: Readonly<Record<Certainty, string>> = { sure: "", unsure: ": its sign is not known", unknown: ", no error known" };

/** "kitchen: +1.364 [+1.2, +1.5]" */
export function hint(scene: Scene, player: ResultPlayer): string {
  return `${fullLabel(scene, player)}: ${valueText(scene, player)}`;
}

/** "+1.364 [+1.2, +1.5]" */
export function valueText({ format }: Scene, player: ResultPlayer): string {
  return `${format(player.value)}${errorText(player, format)}${SAYS[certaintyOf(player)]}`;
}

/** " [+1.2, +1.5]" or " ± 0.1"; nothing where there is no sampling error or none is known. */
export function errorText({ interval, std_error }: Pick<ResultPlayer, "interval" | "std_error">, format: NumberFormat): string {
  if (std_error === null || std_error === 0) return "";
  return interval === null ? ` ± ${format(std_error).replace("+", "")}` : ` [${format(interval[0])}, ${format(interval[1])}]`;
}

/** "95 %" */
export const percentOf = ({ uncertainty }: Result): string => `${Math.round(uncertainty.confidence * 1000) / 10} %`;

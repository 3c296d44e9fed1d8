import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { covering, gridOf, type Interval, type Tier } from "../alignment/textgrid.js";
import { allAtOnce, defineFormat } from "../format.js";
import { columnFormat } from "../shared/numbers.js";
import { onlyOne } from "./only_one.js";
import { requireClips, type TimedClip } from "./timed.js";

/** Praat's TextGrid: of every clip a tier of what is said, one of values and one of their intervals. */
export const textgrid = defineFormat<Result>()({
  name: "textgrid",
  endings: [".textgrid"],
  atEnd: true,
  holdsOne: true,
  needsSound: true,
  open: allAtOnce((results) => toTextGrid(onlyOne(results, "textgrid"))),
});

function toTextGrid(result: Result): string {
  assertFinite(result, "results[0]");
  const clips = requireClips(result, "textgrid");
  const format = columnFormat(result.players.map(({ value }) => value));
  return gridOf(clips.flatMap((clip) => tiersOf(clip, clips.length > 1 ? ` ${clip.index + 1}` : "", format)));
}

function tiersOf({ seconds, units }: TimedClip, suffix: string, format: (value: number) => string): readonly Tier[] {
  const tier = (name: string, text: (unit: TimedClip["units"][number]) => string): Tier => {
    const intervals = units.map((unit): Interval => ({ start: unit.startS, end: unit.endS, text: text(unit) }));
    return { name: name + suffix, end: seconds, intervals: covering(intervals, seconds) };
  };
  return [
    tier("words", ({ text }) => text),
    tier("values", ({ player }) => format(player.value)),
    tier("intervals", ({ player }) => (player.interval === null ? "" : `${format(player.interval[0])} ${format(player.interval[1])}`)),
  ];
}

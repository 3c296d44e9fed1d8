import { SpecError } from "../../errors.js";
import { oneLine } from "../../results/alignment.js";
import { assertFinite } from "../../results/finite.js";
import type { Result } from "../../results/result_schema.js";
import { clock } from "../alignment/clock.js";
import { vttEscape } from "../alignment/vtt.js";
import { allAtOnce, defineFormat } from "../format.js";
import { certaintyOf } from "../shared/certainty.js";
import { columnFormat } from "../shared/numbers.js";
import { onlyOne } from "./only_one.js";
import { requireClips } from "./timed.js";

/** WebVTT: a cue a stretch, its value behind what is said; classes raises, lowers and unsure for whoever styles it. */
export const vtt = defineFormat<Result>()({
  name: "vtt",
  endings: [".vtt"],
  atEnd: true,
  holdsOne: true,
  needsSound: true,
  open: allAtOnce((results) => toVtt(onlyOne(results, "vtt"))),
});

/** Who says a cue. */
const voice = (speaker: string | undefined): string => (speaker ? `<v ${vttEscape(oneLine(speaker))}>` : "");

function toVtt(result: Result): string {
  assertFinite(result, "results[0]");
  const clips = requireClips(result, "vtt");
  const [clip] = clips;
  if (clip === undefined || clips.length > 1)
    throw new SpecError(`vtt holds one clip, and this result has ${clips.length}: use -o x.TextGrid`);
  const format = columnFormat(result.players.map(({ value }) => value));
  const cues = clip.units.map(({ player, startS, endS, text }) => {
    const kind = certaintyOf(player) === "unsure" ? "unsure" : player.value < 0 ? "lowers" : "raises";
    return `${clock(startS, ".")} --> ${clock(endS, ".")}\n${voice(player.speaker)}<c.${kind}>${vttEscape(text)}${text === "" ? "" : " "}${format(player.value)}</c>\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

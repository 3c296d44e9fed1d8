import { SpecError } from "../../errors.js";
import { oneLine } from "../../results/alignment.js";
import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { titleOf } from "../shared/title.js";
import { clipsOf } from "../sound/clips.js";

/** Stretches of a clip with what is said in each. */
export interface TimedClip {
  readonly index: number;
  readonly seconds: number;
  readonly units: readonly { readonly player: ResultPlayer; readonly startS: number; readonly endS: number; readonly text: string }[];
}

/** @throws SpecError where the result has no sound with times. */
export function requireClips(result: Result, format: string): readonly TimedClip[] {
  const all = clipsOf(result);
  const clips = all.filter(({ units }) => units.length > 0);
  if (clips.length === 0) throw new SpecError(`${format} holds stretches of sound, and this result has none: ${titleOf(result)}`);
  // What is said may end before the file does.
  const length = (index: number): number => (result.inputs.length === all.length ? (result.inputs[index]?.seconds ?? 0) : 0);
  return clips.map(({ index, seconds, units }) => ({
    index,
    seconds: Math.max(seconds, length(index)),
    units: units.map((unit) => ({ ...unit, text: oneLine(unit.player.text) })),
  }));
}

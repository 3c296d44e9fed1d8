import { SpecError } from "../../errors.js";
import { oneLine } from "../../results/alignment.js";
import type { Result, ResultPlayer } from "../../results/result_schema.js";
import { clipsOf } from "../sound/clips.js";

/** Stretches of a clip with what is said in each. */
export interface TimedClip {
  readonly index: number;
  readonly seconds: number;
  readonly units: readonly { readonly player: ResultPlayer; readonly startS: number; readonly endS: number; readonly text: string }[];
}

/** @throws SpecError where the result has no sound with times. */
export function requireClips(result: Result, format: string): readonly TimedClip[] {
  const clips = clipsOf(result).filter(({ units }) => units.length > 0);
  if (clips.length === 0) throw new SpecError(`${format} holds stretches of sound, and this result has none: ${result.spec.path ?? "standard input"}`);
  return clips.map(({ index, seconds, units }) => ({ index, seconds, units: units.map((unit) => ({ ...unit, text: oneLine(unit.player.text) })) }));
}

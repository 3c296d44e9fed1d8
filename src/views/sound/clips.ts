import { DECODE_LIMITS } from "../../audio/files/limits.js";
import { readWav } from "../../audio/files/wav_read.js";
import type { Result, ResultEntry, ResultPlayer } from "../../results/result_schema.js";
import { isSound } from "../../results/sound.js";
import { maxOf } from "../../util/arrays.js";

/** One channel. */
export interface Wave {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** A stretch of a clip that one player is. */
export interface Unit {
  readonly player: ResultPlayer;
  readonly startS: number;
  readonly endS: number;
}

/** A clip of a result, in order of the conversation. */
export interface Clip {
  /** From 0. */
  readonly index: number;
  /** From 1. */
  readonly turn: number;
  readonly seconds: number;
  readonly units: readonly Unit[];
  /** null where the result holds no sound. */
  readonly wave: Wave | null;
}

/** Every audio entry of which times or sound are known. */
export function clipsOf(result: Result): readonly Clip[] {
  const clips: Clip[] = [];
  let token = 0;
  result.conversation.forEach((turn, t) => {
    for (const entry of turn) {
      const from = token;
      token += entry.content.length;
      if (entry.content_type !== 1 || entry.answer === true) continue;
      const units = unitsOf(result, entry, from, token);
      const wave = waveOf(entry);
      const seconds = maxOf([
        ...units.map(({ endS }) => endS),
        ...(entry.segments ?? []).map(({ end_s }) => end_s ?? 0),
        wave === null ? 0 : wave.samples.length / wave.sampleRate,
      ]);
      if (seconds > 0) clips.push({ index: clips.length, turn: t + 1, seconds, units, wave });
    }
  });
  return clips;
}

/** A player of several stretches, such as a group, has one unit for each. */
function unitsOf({ players }: Result, { segments }: ResultEntry, from: number, to: number): readonly Unit[] {
  const units = players.flatMap((player) => {
    const own = player.tokens.filter((token) => token >= from && token < to);
    if (own.length === 0) return [];
    if (segments === undefined)
      return player.start_s === null || player.end_s === null ? [] : [{ player, startS: player.start_s, endS: player.end_s }];
    return joined(own).flatMap(([first, last]) => {
      const [startS, endS] = [segments[first - from]?.start_s ?? null, segments[last - from]?.end_s ?? null];
      return startS === null || endS === null ? [] : [{ player, startS, endS }];
    });
  });
  return units.toSorted((a, b) => a.startS - b.startS);
}

/** First and last of each run of neighbours. */
function joined(tokens: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const token of tokens) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === token - 1) last[1] = token;
    else runs.push([token, token]);
  }
  return runs;
}

/** The segments' sounds put where they were in the clip, or one behind the other where that is not known. */
function waveOf(entry: ResultEntry): Wave | null {
  const parts = entry.content.flatMap((content, i) => {
    if (!isSound(entry, i)) return [];
    const { samples, sampleRate } = readWav(Buffer.from(content, "base64"), DECODE_LIMITS);
    return [{ samples, sampleRate, startS: entry.segments?.[i]?.start_s ?? null }];
  });
  const [first] = parts;
  if (first === undefined) return null;
  const { sampleRate } = first;
  let end = 0;
  const placed = parts.map(({ samples, startS }) => {
    const at = startS === null ? end : Math.round(startS * sampleRate);
    end = Math.max(end, at + samples.length);
    return { samples, at };
  });
  const all = new Float32Array(end);
  for (const { samples, at } of placed) all.set(samples, at);
  return { samples: all, sampleRate };
}

import { float32At, float64At } from "../util/elements.js";
import type { Gate } from "./viterbi.js";

/** Seconds of the clip. */
export interface Pause {
  readonly start: number;
  readonly end: number;
}

const WINDOW_S = 0.02;
const HOP_S = 0.01;
/** Shorter dips are stops and weak syllables. */
const LEAST_S = 0.12;
/** Quiet: below this share of the speech level … */
const LEVEL = 0.12;
/** … or below so many times the noise floor, but never above this share of the speech level. */
const FLOOR_FACTOR = 3;
const FLOOR_LEVEL = 0.2;
/** Words reach this far into a pause. */
const INSET_S = 0.015;

/**
 * Energy pauses: 20 ms windows every 10 ms whose RMS lies below max(12 % of the speech level, min(3 × noise floor, 20 % of the speech
 * level)) for at least 120 ms, 15 ms off at either edge (not at the clip's own). Speech level = median of the louder 60 %, noise floor = 5 % quantile.
 *
 * @param wave `[samples]`
 */
export function energyPauses(wave: Float32Array, sampleRate: number): readonly Pause[] {
  const levels = windowLevels(wave, sampleRate);
  const threshold = quietLevel(levels);
  const seconds = wave.length / sampleRate;
  const pauses: Pause[] = [];
  let from = 0;
  while (from < levels.length) {
    let to = from;
    while (to < levels.length && float64At(levels, to) < threshold) to++;
    if ((to - from) * HOP_S >= LEAST_S - 1e-9) {
      const start = from === 0 ? 0 : from * HOP_S + WINDOW_S / 4 + INSET_S;
      const end = to === levels.length ? seconds : to * HOP_S + WINDOW_S / 4 - INSET_S;
      pauses.push({ start, end });
    }
    from = Math.max(to, from + 1);
  }
  return pauses;
}

/** RMS of every whole window. */
function windowLevels(wave: Float32Array, sampleRate: number): Float64Array {
  const width = Math.round(WINDOW_S * sampleRate);
  const hop = Math.round(HOP_S * sampleRate);
  const squares = new Float64Array(wave.length + 1);
  for (let n = 0; n < wave.length; n++) squares[n + 1] = float64At(squares, n) + float32At(wave, n) ** 2;
  const windows = Math.max(0, Math.floor((wave.length - width) / hop) + 1);
  return Float64Array.from({ length: windows }, (_, k) =>
    Math.sqrt(Math.max(0, float64At(squares, k * hop + width) - float64At(squares, k * hop)) / width),
  );
}

function quietLevel(levels: Float64Array): number {
  const sorted = levels.toSorted();
  const louder = sorted.filter((x) => x > quantile(sorted, 0.4));
  const speech = louder.length === 0 ? 0 : quantile(louder, 0.5);
  return Math.max(LEVEL * speech, Math.min(FLOOR_FACTOR * quantile(sorted, 0.05), FLOOR_LEVEL * speech));
}

/** Linear between ranks. */
function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0;
  const at = q * (sorted.length - 1);
  const low = float64At(sorted, Math.floor(at));
  return low + (at - Math.floor(at)) * (float64At(sorted, Math.ceil(at)) - low);
}

/** Only long pauses shut letters out, and not near their edges, where a letter may still sound. */
const GATE_LEAST_S = 0.2;
const GATE_INSET_S = 0.06;

/** Frames well inside the longer pauses. @param frameTime seconds of a frame's centre. @returns `[frames]`, 1 = quiet. */
export function quietFrames(pauses: readonly Pause[], frames: number, frameTime: (frame: number) => number): Gate["quiet"] {
  const long = pauses.filter(({ start, end }) => end - start >= GATE_LEAST_S);
  return Uint8Array.from({ length: frames }, (_, t) => {
    const time = frameTime(t);
    return long.some(({ start, end }) => time >= start + GATE_INSET_S && time <= end - GATE_INSET_S) ? 1 : 0;
  });
}

/** States that may be held in a pause: separators, the blanks beside them, the blanks at both ends and between words. @param words word of each label, −1 for separators. */
export function statesBetweenWords(words: Int32Array): Gate["between"] {
  return Uint8Array.from({ length: 2 * words.length + 1 }, (_, s) => {
    if (s % 2 === 1) return words[(s - 1) / 2] === -1 ? 1 : 0;
    const [left, right] = [words[s / 2 - 1], words[s / 2]];
    return left === undefined || right === undefined || left !== right ? 1 : 0;
  });
}

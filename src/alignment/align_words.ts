import { ConnectorError } from "../errors.js";
import { int32At } from "../util/elements.js";
import { characterTimes, type TimedCharacter } from "./character_times.js";
import { type Emissions, withWildcard } from "./emissions.js";
import { groupCharacters, type TimedUnit } from "./group_characters.js";
import { energyPauses, type Pause, quietFrames, statesBetweenWords } from "./pauses.js";
import { type LabelSpan, spanConfidence } from "./spans.js";
import type { Clip, RefineWeights } from "./spectrogram.js";
import { type SpelledWord, type Target, targetOf, type Vocabulary } from "./spell.js";
import { drain, forcedAlignSteps } from "./viterbi.js";
import { type Spikes, wordEdges } from "./word_edges.js";

/**
 * How edges are found. `pauses`: energy pauses gate the search and place the edges (the default, the more exact one);
 * `spectrogram`: the original's energy and flux search around every character; `none`: the model's frames alone.
 */
export type BoundaryRule = "pauses" | "spectrogram" | "none";

export interface Phases {
  readonly clip: Clip;
  readonly emissions: Emissions;
  readonly vocabulary: Vocabulary;
  readonly words: readonly SpelledWord[];
  readonly rule: BoundaryRule;
  readonly weights: RefineWeights;
  /** Seconds of a frame's centre. */
  readonly frameTime: (frame: number) => number;
}

/** A character of the transcript on the forced path. */
type Character = LabelSpan & { readonly confidence: number };

/**
 * Phases two to four: the forced path, the edges, the caller's units. Pure.
 *
 * @returns units with at least one word, in order.
 * @throws ConnectorError where the transcript cannot fit the audio.
 */
export function alignUnits(input: Phases): readonly TimedUnit[] {
  return drain(alignSteps(input));
}

/** `alignUnits` with rests: see `forcedAlignSteps`. */
export function* alignSteps(input: Phases): Generator<void, readonly TimedUnit[]> {
  const { words, rule, clip, emissions } = input;
  const target = targetOf(words, input.vocabulary);
  const pauses = rule === "pauses" ? energyPauses(clip.wave, clip.sampleRate) : null;
  const characters = yield* forcedCharacters(input, target, pauses);
  const timed =
    pauses === null
      ? characterTimes(characters, clip, emissions.frames, rule === "none" ? null : input.weights)
      : timesByPauses(characters, target, pauses, input.frameTime);
  return groupCharacters(
    timed,
    target.words.map((word) => words[word]?.unit ?? -1),
  );
}

function* forcedCharacters(input: Phases, target: Target, pauses: readonly Pause[] | null): Generator<void, readonly Character[]> {
  const { emissions, vocabulary, frameTime } = input;
  const { blank, separator } = vocabulary;
  const extended = withWildcard(emissions, separator === null ? [blank] : [blank, separator]);
  const gate =
    pauses === null ? null : { quiet: quietFrames(pauses, emissions.frames, frameTime), between: statesBetweenWords(target.words) };
  const { states } = yield* forcedAlignSteps(extended, target.labels, blank, gate);
  return labelSpans(states, target.labels).map((span) => ({ ...span, confidence: spanConfidence(extended, span) }));
}

/** Frames of every target label, in order: unlike a merged path this keeps equal labels of neighbouring words apart. */
function labelSpans(states: Int32Array, labels: Int32Array): readonly LabelSpan[] {
  const first = new Int32Array(labels.length).fill(-1);
  const end = new Int32Array(labels.length);
  states.forEach((state, t) => {
    if (state % 2 === 0) return;
    const k = (state - 1) / 2;
    if (first[k] === -1) first[k] = t;
    end[k] = t + 1;
  });
  return Array.from(labels, (label, k) => {
    if (first[k] === -1) throw new ConnectorError(`no path leads through character ${k} of the transcript`);
    return { label, first: int32At(first, k), end: int32At(end, k) };
  });
}

/** Every character of a word gets the word's edges, and a separator the gap that is left. */
function timesByPauses(
  characters: readonly Character[],
  target: Target,
  pauses: readonly Pause[],
  frameTime: (frame: number) => number,
): readonly TimedCharacter[] {
  const edges = wordEdges(spikesOf(characters, target, frameTime), pauses);
  return characters.map(({ confidence }, k) => {
    const word = int32At(target.words, k);
    const own = word >= 0 ? edges[word] : undefined;
    if (own !== undefined) return { confidence, start: own.start, end: own.end, boundaryRefined: own.refined };
    const [left, right] = [edges[target.words[k - 1] ?? -1], edges[target.words[k + 1] ?? -1]];
    return { confidence, start: left?.end ?? 0, end: right?.start ?? left?.end ?? 0, boundaryRefined: false };
  });
}

function spikesOf(characters: readonly Character[], target: Target, frameTime: (frame: number) => number): readonly Spikes[] {
  const spikes: Spikes[] = [];
  characters.forEach(({ first, end }, k) => {
    const word = int32At(target.words, k);
    if (word < 0) return;
    spikes[word] = { first: spikes[word]?.first ?? frameTime(first), last: frameTime(end - 1) };
  });
  return spikes;
}

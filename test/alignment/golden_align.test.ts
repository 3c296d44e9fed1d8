import { expect } from "vitest";
import { alignUnits } from "../../src/alignment/align_words.js";
import { SpectrogramGuidedAligner } from "../../src/alignment/aligner.js";
import { characterTimes } from "../../src/alignment/character_times.js";
import { type Emissions, logSoftmax } from "../../src/alignment/emissions.js";
import { groupCharacters } from "../../src/alignment/group_characters.js";
import { segmentSamples } from "../../src/alignment/segment_samples.js";
import { mergeLabels } from "../../src/alignment/spans.js";
import { checkWeights, refineBoundary } from "../../src/alignment/spectrogram.js";
import { spell, targetOf, type Vocabulary } from "../../src/alignment/spell.js";
import { normalizeText, unitsOf } from "../../src/alignment/text.js";
import { forcedAlign, pathLabels } from "../../src/alignment/viterbi.js";
import { writeWav } from "../../src/audio/files/wav_write.js";
import { describeGolden, type GoldenCase } from "../support/golden.js";
import { goldenWav } from "../support/signals.js";

const LABELS = "<pad> <s> </s> <unk> | E T A O N I H S R D L U M W C F G Y P B V K ' X J Q Z".split(" ");
const VOCABULARY: Vocabulary = { ids: new Map(LABELS.map((label, id) => [label, id])), blank: 0, separator: 4, size: 32 };
const WEIGHTS = { energy: 0.8, flux: 0.2 };

const CHECKS: Readonly<Record<string, (vector: GoldenCase) => void>> = {
  normalize: ({ input, expected }) => expect(normalizeText(input.text)).toBe(expected.normalized),
  prepare: prepared,
  merge({ input, expected }) {
    expect(mergeLabels(input.path, input.blank).map(({ label, first, end }) => [label, first, end])).toEqual(expected.spans);
  },
  forced_align: forced,
  refine: refined,
  ctor({ input, expected }) {
    if (expected.ok) expect(() => checkWeights(input)).not.toThrow();
    else expect(() => new SpectrogramGuidedAligner({ boundaryWeights: input })).toThrow(RangeError);
  },
  token_spans: characters,
  aggregate: grouped,
  indices: samples,
  save_wav({ input, expected }) {
    expect(Buffer.from(writeWav(Float32Array.from(input.samples), input.sample_rate)).toString("hex")).toBe(expected.wav_hex);
  },
  call: called,
};

describeGolden({
  file: "align",
  matches(vector) {
    const check = Object.entries(CHECKS).find(([family]) => vector.id.startsWith(`align/${family}`))?.[1];
    if (check === undefined) throw new Error(`no check for ${vector.id}`);
    check(vector);
  },
  defect({ id, expected }) {
    if (id === "align/prepare_04" || id === "align/prepare_17") return "words glued at tabs and no-break spaces";
    if (id === "align/prepare_05" || id === "align/prepare_09" || id === "align/prepare_19")
      return "empty words: two separators in a row would ask for a pause of three frames";
    if (
      id === "align/prepare_07" ||
      id === "align/prepare_12" ||
      id === "align/aggregate_BUG_digit_eats_rest" ||
      id === "align/call_no_valid"
    )
      return "A5: digits are read out";
    if (id.startsWith("align/refine") && expected.refined && expected.detail.cost_margin_to_second < 1e-6)
      return "A7: a silent pause is split in its middle";
    if (/token_spans_clean|call_hi_you_clean/.test(id)) return "A7: a silent pause is split in its middle";
    if (id === "align/indices_basic" || id === "align/indices_near_end") return "A8: segments overlap or are shorter than 50 ms";
    if (id === "align/save_wav_0") return "A9: samples are rounded, not truncated";
    return undefined;
  },
  notApplicable({ id }) {
    if (id === "align/save_wav_3") return "clips have one channel from the decoder on";
    if (id === "align/segment_repr") return "a segment is plain data";
    if (id.startsWith("align/segment_add")) return "A9: segments are never glued; what is kept is cut from the source";
    if (id === "align/token_spans_empty") return "an empty transcript is refused before";
    return undefined;
  },
});

function prepared({ input, expected }: GoldenCase): void {
  const units = unitsOf(input.transcript);
  if (expected.error) {
    expect(() => spell(units, VOCABULARY)).toThrow("no letter or digit");
    return;
  }
  expect(units).toEqual(expected.target_segments);
  expect([...targetOf(spell(units, VOCABULARY), VOCABULARY).labels]).toEqual(expected.valid_tokens);
}

function emissionsOf(rows: readonly (readonly number[])[]): Emissions {
  return { frames: rows.length, labels: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()) };
}

function forced({ input, expected }: GoldenCase): void {
  const emissions = emissionsOf(input.log_probs);
  const targets = Int32Array.from(input.targets);
  if (expected.error) {
    expect(() => forcedAlign(emissions, targets, input.blank)).toThrow(/does not fit|blank/);
    return;
  }
  const { states, score } = forcedAlign(emissions, targets, input.blank);
  const path = pathLabels(states, targets, input.blank);
  expect([...path]).toEqual(expected.path);
  expect([...path].map((label, t) => emissions.data[t * emissions.labels + label])).toEqual(expected.scores);
  expect(score).toBeCloseTo(expected.total_score, 9);
  expect(mergeLabels(path, input.blank).map(({ label, first, end }) => [label, first, end])).toEqual(expected.spans);
  if (expected.brute_force_best !== undefined) expect(score).toBeCloseTo(expected.brute_force_best, 9);
}

function refined({ input, expected }: GoldenCase): void {
  const clip = { wave: goldenWav(input.wav), sampleRate: input.sample_rate };
  const gap = input.left_time === null || input.right_time === null ? null : ([input.left_time, input.right_time] as const);
  const weights = { energy: input.energy_weight, flux: input.flux_weight };
  const result = refineBoundary(clip, input.candidate_time, gap, weights);
  expect(result.refined).toBe(expected.refined);
  expect(result.time).toBeCloseTo(expected.time, 9);
}

interface ReferenceCharacter {
  readonly char: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly boundary_refined: boolean;
}

function characters({ input, expected }: GoldenCase): void {
  const spans = input.token_spans.map(([label, first, end]: [number, number, number], i: number) => {
    const probabilities: readonly number[] = input.emission_probs_on_spans[i];
    return { label, first, end, confidence: probabilities.reduce((a, b) => a + b, 0) / probabilities.length };
  });
  const clip = { wave: goldenWav(input.wav), sampleRate: input.sample_rate };
  expect(clip.wave.length).toBe(input.samples);
  const timed = characterTimes(spans, clip, input.n_frames, WEIGHTS);
  expect(timed.length).toBe(expected.chars.length);
  expected.chars.forEach((reference: ReferenceCharacter, i: number) => {
    expect(timed[i]?.start).toBeCloseTo(reference.start, 9);
    expect(timed[i]?.end).toBeCloseTo(reference.end, 9);
    expect(timed[i]?.confidence).toBeCloseTo(reference.confidence, 5);
    expect(timed[i]?.boundaryRefined).toBe(reference.boundary_refined);
  });
}

/** The pipeline gives every character its unit; here the units' own letters say which that is. */
function grouped({ input, expected }: GoldenCase): void {
  const units: readonly string[] = input.segments;
  const owners = units.flatMap((unit, index) => {
    const letters = [...unit.split(/\s+/).map(normalizeText).join("|")].map((letter) => (letter === "|" ? -1 : index));
    return index === 0 ? letters : [-1, ...letters];
  });
  const characters = input.chars.map(({ boundary_refined: boundaryRefined, ...rest }: ReferenceCharacter) => ({
    ...rest,
    boundaryRefined,
  }));
  const result = groupCharacters(characters, owners).map(({ unit, start, end, confidence, boundaryRefined }) => ({
    token: units[unit],
    start_time: start,
    end_time: end,
    confidence: expect.closeTo(confidence, 9),
    boundary_refined: boundaryRefined,
    audio_format: "wav",
  }));
  expect(expected).toEqual(result);
}

function samples({ input, expected }: GoldenCase): void {
  const times = input.segments.map(({ start_time: start, end_time: end }: { start_time: number; end_time: number }) => ({ start, end }));
  const spans = segmentSamples(times, input.samples, input.sample_rate);
  expect(spans.map(({ startSample, endSample }) => [startSample, endSample])).toEqual(
    expected.map(({ start_sample, end_sample }: { start_sample: number; end_sample: number }) => [start_sample, end_sample]),
  );
}

function called({ input, expected }: GoldenCase): void {
  const clip = { wave: goldenWav(input.wav), sampleRate: input.sample_rate };
  const units = unitsOf(input.transcript);
  const timed = alignUnits({
    clip,
    emissions: logSoftmax(emissionsOf(input.logits)),
    vocabulary: VOCABULARY,
    words: spell(units, VOCABULARY),
    rule: "spectrogram",
    weights: WEIGHTS,
    frameTime: (frame) => (320 * frame + 200) / 16_000,
  });
  const spans = segmentSamples(timed, clip.wave.length, clip.sampleRate);
  expect(timed.length).toBe(expected.length);
  timed.forEach((unit, i) => {
    const reference = expected[i];
    expect(units[unit.unit]).toBe(reference.token);
    expect(spans[i]).toEqual({
      startTime: expect.closeTo(reference.start_time, 9),
      endTime: expect.closeTo(reference.end_time, 9),
      startSample: reference.start_sample,
      endSample: reference.end_sample,
    });
    expect(unit.confidence).toBeCloseTo(reference.confidence, 5);
    expect(unit.boundaryRefined).toBe(reference.boundary_refined);
  });
}

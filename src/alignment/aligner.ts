import { setImmediate } from "node:timers/promises";
import { decodeAudio } from "../audio/files/decode.js";
import { writeWav } from "../audio/files/wav_write.js";
import { resample } from "../audio/signal/resample.js";
import { inWords, requireArray, requireObject } from "../chat/arguments.js";
import type { Aligner, AudioSegment } from "../chat/audio_segment.js";
import { ConnectorError } from "../errors.js";
import type { RunOptions } from "../events.js";
import type { Resources } from "../repos/resources.js";
import { withSignal } from "../util/abort.js";
import { type AcousticModel, type AcousticModelOptions, loadAcousticModel } from "./acoustic_model.js";
import { alignSteps, type BoundaryRule } from "./align_words.js";
import type { TimedUnit } from "./group_characters.js";
import { lowConfidenceWarnings } from "./low_confidence.js";
import { segmentSamples } from "./segment_samples.js";
import { checkWeights, type RefineWeights } from "./spectrogram.js";
import { spell } from "./spell.js";
import { normalizeText, unitsOf } from "./text.js";

export interface AlignerOptions extends Resources, Pick<AcousticModelOptions, "dtype"> {
  /** `embedded:NAME`, an absolute folder, or a hub id of a wav2vec2-style CTC model in ONNX. @default "embedded:nano-ctc" */
  readonly modelName?: string;
  /** @default "main" */
  readonly modelRevision?: string;
  /** Of a waveform that is given without its own rate, in Hz. @default 16000 */
  readonly sampleRate?: number;
  /** Between words, where the model's tokenizer does not say. @default "|" */
  readonly ctcSeparator?: string;
  /** @default "pauses" */
  readonly boundaryRule?: BoundaryRule;
  /** Of the rule `spectrogram`. @default {energy: 0.8, flux: 0.2} */
  readonly boundaryWeights?: RefineWeights;
}

/** A clip as a file's bytes, or as samples of one channel at a rate (the aligner's own where none is given). */
export type AlignerAudio = Uint8Array | { readonly waveform: Float32Array; readonly originalSampleRate?: number };

/** The clip to cut segments from; `format` is not needed. */
export type AttachSource =
  | { readonly audio: Uint8Array; readonly format?: string }
  | { readonly waveform: Float32Array; readonly originalSampleRate?: number; readonly format?: string };

/** Coded audio may be read a little shorter by another decoder. */
const CODEC_SLACK_S = 0.05;

/**
 * Finds where each unit of a transcript is said, in four phases: acoustic model, forced alignment, edges, units.
 * The model is loaded at the first call and kept until `dispose`.
 */
export class SpectrogramGuidedAligner implements Aligner {
  readonly sampleRate: number;
  readonly modelName: string;
  readonly boundaryRule: BoundaryRule;
  readonly #options: AlignerOptions;
  readonly #weights: RefineWeights;
  #model: Promise<AcousticModel> | undefined;

  /** @throws RangeError for weights that are negative or all zero. */
  constructor(options: AlignerOptions = {}) {
    this.#options = options;
    this.#weights = options.boundaryWeights ?? { energy: 0.8, flux: 0.2 };
    checkWeights(this.#weights);
    this.sampleRate = options.sampleRate ?? 16_000;
    this.modelName = options.modelName ?? "embedded:nano-ctc";
    this.boundaryRule = options.boundaryRule ?? "pauses";
  }

  static normalizeText(text: string): string {
    return normalizeText(text);
  }

  /**
   * @param transcript one string (its words are the units) or the units themselves.
   * @returns one segment a unit, in order; units without a letter or digit have none.
   * @throws AudioError for audio that cannot be read; ConnectorError where the transcript cannot fit it.
   */
  async align(
    audio: AlignerAudio,
    transcript: string | readonly string[],
    _format?: string,
    run: RunOptions = {},
  ): Promise<readonly AudioSegment[]> {
    if (typeof transcript !== "string" && !(Array.isArray(transcript) && transcript.every((unit) => typeof unit === "string"))) {
      throw new ConnectorError(`a transcript must be a text or a list of texts, not ${inWords(transcript)}`);
    }
    return await withSignal(run.signal, () => this.#align(audio, transcript, run));
  }

  async #align(audio: AlignerAudio, transcript: string | readonly string[], run: RunOptions): Promise<readonly AudioSegment[]> {
    const units = unitsOf(transcript);
    const source = await this.#clip(audio);
    const model = await this.load();
    const words = spell(units, model.vocabulary);
    const wave = resample(source.wave, source.sampleRate, model.sampleRate);
    const emissions = await model.emissions(wave, run);
    const steps = alignSteps({
      clip: { wave, sampleRate: model.sampleRate },
      emissions,
      vocabulary: model.vocabulary,
      words,
      rule: this.boundaryRule,
      weights: this.#weights,
      frameTime: (frame) => model.frameTime(frame),
    });
    const timed = await runToEnd(steps, run);
    const segments = segmentsOf(timed, units, source);
    for (const message of lowConfidenceWarnings(segments)) (run.onEvent ?? this.#options.onEvent)?.({ kind: "warning", message });
    return segments;
  }

  /**
   * Gives every segment its own audio (WAV), cut from the clip.
   * @param source `format` tells what the bytes are, and is not needed: that is told from them.
   * @returns new segments.
   * @throws AudioError for audio that cannot be read; ConnectorError for segments that are none, or lie beyond it.
   */
  async attachAudioToSegments(segments: readonly AudioSegment[], source: AttachSource): Promise<readonly AudioSegment[]> {
    requireArray(segments, "the segments to attach audio to");
    requireObject(source, "the audio to attach");
    const clip = await this.#clip("audio" in source ? source.audio : source);
    return segments.map((segment, i) => {
      const { start, end } = samplesOf(segment, `segment ${i + 1}`, clip);
      return { ...segment, audio: writeWav(clip.wave.slice(start, end), clip.sampleRate), audioFormat: "wav" };
    });
  }

  /** Loads the acoustic model now; what it says of itself goes into a result. */
  load(): Promise<AcousticModel> {
    this.#model ??= this.#open();
    return this.#model;
  }

  async dispose(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    await (await model)?.dispose();
  }

  async #open(): Promise<AcousticModel> {
    const { modelRevision, ctcSeparator, ...rest } = this.#options;
    try {
      return await loadAcousticModel({
        ...rest,
        config: { repoId: this.modelName, revision: modelRevision ?? "main" },
        separator: ctcSeparator ?? "|",
      });
    } catch (error) {
      this.#model = undefined;
      throw error;
    }
  }

  async #clip(audio: AlignerAudio): Promise<Source> {
    if (!(audio instanceof Uint8Array)) return waveformOf(audio, this.sampleRate);
    const decoded = await decodeAudio(audio, { ffmpegPath: this.#options.ffmpegPath });
    return { wave: decoded.samples, sampleRate: decoded.sampleRate };
  }
}

/** Runs a computation to its end; at its rests the program may answer Ctrl-C. */
async function runToEnd<T>(steps: Generator<void, T>, { signal }: RunOptions): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

interface Source {
  readonly wave: Float32Array;
  readonly sampleRate: number;
}

function waveformOf(audio: unknown, rate: number): Source {
  requireObject(audio, "audio (bytes, or {waveform, originalSampleRate})");
  const { waveform, originalSampleRate: sampleRate = rate } = audio as Partial<Exclude<AlignerAudio, Uint8Array>>;
  if (!(waveform instanceof Float32Array)) throw new ConnectorError(`the waveform must be a Float32Array, not ${inWords(waveform)}`);
  if (waveform.length === 0) throw new ConnectorError("the waveform to align is empty");
  if (!(Number.isFinite(sampleRate) && sampleRate > 0))
    throw new ConnectorError(`originalSampleRate is ${inWords(sampleRate)}, not a rate in Hz`);
  const wrong = waveform.findIndex((sample) => !Number.isFinite(sample));
  if (wrong >= 0) throw new ConnectorError(`sample ${wrong} of the waveform is ${waveform[wrong]}, not a finite number`);
  return { wave: waveform, sampleRate };
}

/** Samples `[start, end)` of a segment in a clip of any rate. */
function samplesOf(segment: unknown, name: string, { wave, sampleRate }: Source): { readonly start: number; readonly end: number } {
  requireObject(segment, name);
  const { startSample, endSample, sampleRate: own } = segment as AudioSegment;
  const scale = sampleRate / own;
  const [start, end] = [Math.round(startSample * scale), Math.round(endSample * scale)];
  const slack = Math.ceil(CODEC_SLACK_S * sampleRate);
  if (start >= 0 && end > start && start < wave.length && end <= wave.length + slack) return { start, end };
  const seconds = (wave.length / sampleRate).toFixed(2);
  throw new ConnectorError(`${name} has the samples ${startSample} … ${endSample} at ${own} Hz, which are not in audio of ${seconds} s`);
}

/** Times → samples of the source, none shorter than 50 ms. */
function segmentsOf(timed: readonly TimedUnit[], units: readonly string[], { wave, sampleRate }: Source): readonly AudioSegment[] {
  const spans = segmentSamples(timed, wave.length, sampleRate);
  return spans.map((span, i): AudioSegment => {
    const { unit, confidence, boundaryRefined } = timed[i] as TimedUnit;
    const [startTime, endTime] = [microseconds(span.startTime), microseconds(span.endTime)];
    const duration = microseconds(span.endTime - span.startTime);
    return {
      token: units[unit] as string,
      ...span,
      startTime,
      endTime,
      duration,
      confidence,
      boundaryRefined,
      audio: null,
      audioFormat: null,
      sampleRate,
    };
  });
}

/** Finer than a sample at any rate, and short in print. */
const microseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

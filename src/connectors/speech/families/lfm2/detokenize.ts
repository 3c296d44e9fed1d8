import type { Tensor } from "onnxruntime-node";
import { encodeAudio } from "../../../../audio/files/encode.js";
import type { FfmpegOptions } from "../../../../audio/files/ffmpeg.js";
import { istft, LFM25_ISTFT } from "../../../../audio/signal/istft.js";
import { resample } from "../../../../audio/signal/resample.js";
import type { AudioCodes } from "../../../../chat/append.js";
import { ConnectorError } from "../../../../errors.js";
import { FLOATS, findRole, notUnderstood, runGraph, type TensorMetadata } from "../../../../onnx/graph_io.js";
import type { OpenSession } from "../../../../onnx/session.js";
import { integerTensor, toFloat32 } from "../../../../onnx/tensors.js";
import { int32At } from "../../../../util/elements.js";
import { END_OF_AUDIO } from "./tokens.js";

/** Of what comes out, in Hz. */
export const SPEECH_RATE = 24_000;
/** Steps of the short-time spectrum in a frame of codes: 6 · 320 = 1,920 samples. */
const STEPS_PER_FRAME = 6;
/** 80 ms */
export const FRAME_SECONDS = (STEPS_PER_FRAME * LFM25_ISTFT.hopLength) / SPEECH_RATE;

/** Turns frames of codes into sound. */
export class Detokenizer {
  private readonly codes: TensorMetadata;
  private readonly features: TensorMetadata;

  /** @throws ConnectorError where the graph is not understood. */
  constructor(private readonly open: OpenSession) {
    const { inputMetadata, outputMetadata } = open.session;
    const codes = findRole(inputMetadata, ["audio_codes"], ["int64", "int32"], 3);
    const features = findRole(outputMetadata, ["stft_features"], FLOATS, 3);
    if (codes === null || features === null || inputMetadata.length > 1) {
      throw notUnderstood(open, "a detokenizer takes codes [B, codebooks, T] and gives spectra [B, 6 T, 1282]");
    }
    this.codes = codes;
    this.features = features;
  }

  /**
   * @param audio frames that end the sound are left out; other codes that are none are taken for the nearest.
   * @returns 1,920 samples a frame at 24 kHz.
   */
  async samples(audio: AudioCodes): Promise<Float32Array> {
    const frames = soundingFrames(audio);
    if (frames.length === 0) return new Float32Array(0);
    const { codebooks } = audio;
    const byCodebook = Int32Array.from({ length: codebooks * frames.length }, (_, i) => {
      const frame = frames[i % frames.length] as Int32Array;
      return Math.max(0, Math.min(int32At(frame, Math.floor(i / frames.length)), END_OF_AUDIO - 1));
    });
    const feeds = { [this.codes.name]: integerTensor(this.codes.type, byCodebook, [1, codebooks, frames.length]) };
    const outputs = await runGraph(this.open, feeds);
    const spectra = outputs[this.features.name] as Tensor;
    const [, steps, width] = spectra.dims as readonly [number, number, number];
    if (steps !== STEPS_PER_FRAME * frames.length || width !== LFM25_ISTFT.nFft + 2) {
      throw new ConnectorError(
        `${this.open.path} gave ${steps} steps of ${width} numbers for ${frames.length} frames, where ${STEPS_PER_FRAME * frames.length} of ${LFM25_ISTFT.nFft + 2} are due`,
      );
    }
    return istft(toFloat32(spectra), LFM25_ISTFT);
  }

  /** @param sampleRate Hz of the file. @param format wav, or mp3 with ffmpeg. */
  async encoded(audio: AudioCodes, sampleRate: number, format: string, options: FfmpegOptions = {}): Promise<Uint8Array> {
    const samples = await this.samples(audio);
    if (samples.length === 0) return new Uint8Array(0);
    return await encodeAudio(resample(samples, SPEECH_RATE, sampleRate), sampleRate, format, options);
  }

  async release(): Promise<void> {
    await this.open.session.release();
  }
}

function soundingFrames({ frames, codebooks, codes }: AudioCodes): readonly Int32Array[] {
  const all = Array.from({ length: frames }, (_, t) => codes.subarray(t * codebooks, (t + 1) * codebooks));
  return all.filter((frame) => frame[0] !== END_OF_AUDIO);
}

/** How many codes of the sound are none. */
export function codesOutOfRange(audio: AudioCodes): number {
  return soundingFrames(audio).reduce((sum, frame) => sum + frame.filter((code) => code < 0 || code >= END_OF_AUDIO).length, 0);
}

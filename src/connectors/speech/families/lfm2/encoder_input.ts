import type { MelConfig } from "../../../../audio/front_ends/mel.js";
import { type NemoFrontEnd, nemoFrontEnd } from "../../../../audio/front_ends/nemo.js";
import type { EncoderShape } from "../../clip_encoder.js";
import type { EncoderInput } from "../../encoder_input.js";

/** Mel frames of one row of the encoding: three convolutions of stride 2. */
const FRAMES_PER_ROW = 8;
/** The encoder's convolutions need as many. */
const LEAST_FRAMES = 9;

const rowsOf = (frames: number): number => Math.ceil(frames / FRAMES_PER_ROW);

export interface Lfm2EncoderInput extends EncoderInput {
  readonly frontEnd: NemoFrontEnd;
}

/** One row, and one audio token, every 8 mel frames (80 ms). */
export function lfm2EncoderInput(mel: MelConfig): Lfm2EncoderInput {
  return { frontEnd: nemoFrontEnd(mel), framesPerToken: FRAMES_PER_ROW, leastFrames: LEAST_FRAMES, rowsOf };
}

/**
 * Bytes of a pair of rows for each head, by peaks of two encoders (`npm run bench -- encoder`): 9 of the embedded one, 24 of one of the published
 * shapes (8 heads, 17 layers; its other buffers included).
 */
const HEAD_PAIR_BYTES = 24;

export const lfm2Encoder = (heads: number): EncoderShape => ({
  features: ["mel_spectrogram", "mel_features"],
  lengths: ["mel_lengths"],
  rows: ["audio_embeddings", "audio_features"],
  counts: ["audio_lengths", "output_lengths"],
  axes: "frames-bins",
  rowsOf,
  filled: true,
  pairBytes: HEAD_PAIR_BYTES * heads,
});

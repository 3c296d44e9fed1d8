import { DECODE_LIMITS } from "../../../../audio/files/limits.js";
import { readWav } from "../../../../audio/files/wav_read.js";
import { writeWav } from "../../../../audio/files/wav_write.js";
import type { AudioCodes } from "../../../../chat/append.js";
import { joinIds } from "../../../../util/arrays.js";
import type { DecodeCodes } from "../../chat_options.js";
import { SPEECH_RATE } from "./detokenize.js";
import { END_OF_AUDIO } from "./tokens.js";

/** A generated frame: its place among the chat's codes, and its codes `[codebooks]`. */
export interface PlacedFrame {
  readonly frame: number;
  readonly codes: Int32Array;
}

/**
 * A wave file of each frame, cut out of the sound of all: a frame decoded alone sounds otherwise, as it has not heard its neighbours.
 * @param frames of one answer, in order.
 * @returns by place; frames that end the sound have empty bytes.
 */
export async function soundsOf(frames: readonly PlacedFrame[], decode: DecodeCodes): Promise<ReadonlyMap<number, Uint8Array>> {
  const sounding = frames.filter(({ codes }) => codes[0] !== END_OF_AUDIO);
  const silent = new Map(frames.map(({ frame }) => [frame, new Uint8Array(0)]));
  const bytes = sounding.length === 0 ? new Uint8Array(0) : await decode(joined(sounding), SPEECH_RATE, "wav");
  if (bytes.length === 0) return silent;
  const { samples, sampleRate } = readWav(bytes, DECODE_LIMITS);
  const edge = (i: number): number => Math.round((i * samples.length) / sounding.length);
  const cut = (i: number): Uint8Array => writeWav(samples.subarray(edge(i), edge(i + 1)), sampleRate);
  return new Map([...silent, ...sounding.map(({ frame }, i) => [frame, cut(i)] as const)]);
}

function joined(frames: readonly PlacedFrame[]): AudioCodes {
  const codebooks = frames[0]?.codes.length ?? 0;
  return { frames: frames.length, codebooks, codes: joinIds(frames.map(({ codes }) => codes)) };
}

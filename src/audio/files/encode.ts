import { AudioError } from "../../errors.js";
import { type FfmpegOptions, ffmpegEncodeMp3 } from "./ffmpeg.js";
import { writeWav } from "./wav_write.js";

export type AudioFormat = "wav" | "mp3";

/**
 * @param samples `[samples]` of one channel.
 * @throws AudioError where the format is not known, or where mp3 is asked for and no ffmpeg is at hand.
 */
export async function encodeAudio(
  samples: Float32Array,
  sampleRate: number,
  format: string,
  options: FfmpegOptions = {},
): Promise<Uint8Array> {
  if (format === "wav") return writeWav(samples, sampleRate);
  if (format === "mp3") return ffmpegEncodeMp3(writeWav(samples, sampleRate), options);
  throw new AudioError(`audio cannot be written as "${format}": valid are wav (no program needed) and mp3 (with ffmpeg)`);
}

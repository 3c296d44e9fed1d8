import { AudioError } from "../../errors.js";

/** What a stranger's file may cost. */
export interface DecodeLimits {
  /** Seconds of sound at most. */
  readonly maxSeconds: number;
  /** Bytes of the file at most. */
  readonly maxBytes: number;
  /** Samples over all channels at most, as decoded. @default 172800000 (30 minutes of stereo at 48 kHz) */
  readonly maxSamples?: number;
}

export const MAX_SAMPLES = 30 * 60 * 48_000 * 2;

export const DECODE_LIMITS: DecodeLimits = { maxSeconds: 30 * 60, maxBytes: 1024 ** 3, maxSamples: MAX_SAMPLES };

/** @param seconds of sound that the file declares, or that came out of the decoder so far. */
export function checkSeconds(seconds: number, { maxSeconds }: DecodeLimits): void {
  if (seconds > maxSeconds) throw new TooLongError(`the audio is longer than ${describe(maxSeconds)}: cut it into shorter files`);
}

/** Asked before so much is allocated. @param samples a channel. */
export function checkSamples(samples: number, channels: number, sampleRate: number, limits: DecodeLimits): void {
  checkSeconds(samples / sampleRate, limits);
  const most = limits.maxSamples ?? MAX_SAMPLES;
  if (samples * channels <= most) return;
  const of = `${channels} channel${channels === 1 ? "" : "s"} at ${grouped(sampleRate)} Hz`;
  throw new TooLongError(
    `the audio has more than ${grouped(most)} samples, which ${of} reach after ${(most / channels / sampleRate / 60).toFixed(1)} minutes: ` +
      "cut it, or bring it to one channel and a lower rate (models hear 16,000 Hz)",
  );
}

/** Not worth another decoder's try. */
export class TooLongError extends AudioError {
  override name = "AudioError";
}

export function checkBytes(bytes: number, { maxBytes }: DecodeLimits): void {
  if (bytes > maxBytes) throw new TooLongError(`the audio file has ${bytes} bytes; at most ${maxBytes} are read`);
}

function describe(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} s`;
}

const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

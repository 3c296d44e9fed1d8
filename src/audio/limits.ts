import { AudioError } from "../errors.js";

/** What a stranger's file may cost. */
export interface DecodeLimits {
  /** Seconds of sound at most. */
  readonly maxSeconds: number;
  /** Bytes of the file at most. */
  readonly maxBytes: number;
}

export const DECODE_LIMITS: DecodeLimits = { maxSeconds: 30 * 60, maxBytes: 1024 ** 3 };

/** @param seconds of sound that the file declares, or that came out of the decoder so far. */
export function checkSeconds(seconds: number, { maxSeconds }: DecodeLimits): void {
  if (seconds > maxSeconds) throw new TooLongError(`the audio is longer than ${describe(maxSeconds)}: cut it, or raise the limit`);
}

/** Not worth another decoder's try. */
export class TooLongError extends AudioError {}

export function checkBytes(bytes: number, { maxBytes }: DecodeLimits): void {
  if (bytes > maxBytes) throw new TooLongError(`the audio file has ${bytes} bytes; at most ${maxBytes} are read`);
}

function describe(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} s`;
}

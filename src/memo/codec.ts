import { ModalityFlag } from "../chat/enums.js";
import type { FinishReason, ModelResponse } from "../chat/model_response.js";

/** Writes what is remembered as one line of text and reads it back, bit for bit. */
export interface Codec<T> {
  encode(value: T): string;
  /**
   * @param line as `encode` wrote it.
   * @returns null where it is none that `encode` can have written: files may be damaged, or anybody's.
   */
  decode(line: string): T | null;
  /** Many questions have the same answer: equal ones are kept as one object. */
  readonly repeats: boolean;
}

/** Log-probabilities reach above 0 by rounding only. */
const LARGEST_SCORE = 1e-3;

/** Float64 bytes in base64, little-endian (as on every platform that the runtime supports). */
export const scoresCodec: Codec<Float64Array> = {
  repeats: false,
  encode: (scores) => Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString("base64"),
  decode(line) {
    const bytes = Buffer.from(line, "base64");
    // Node passes over what is no base64.
    if (bytes.length % Float64Array.BYTES_PER_ELEMENT !== 0 || bytes.toString("base64") !== line) return null;
    const scores = new Float64Array(Uint8Array.from(bytes).buffer);
    return scores.every((score) => score <= LARGEST_SCORE) ? scores : null;
  },
};

type Stored = readonly [
  tokens: readonly number[],
  frames: number,
  codebooks: number,
  codes: readonly number[],
  flags: readonly ModalityFlag[],
  text: string,
  finishReason: FinishReason,
];

/** JSON; the chat of a response is not kept. */
export const responseCodec: Codec<ModelResponse> = {
  repeats: true,
  encode({ generatedTextTokens, generatedAudioTokens: { frames, codebooks, codes }, generatedModalityFlag, text, finishReason }) {
    const stored: Stored = [[...generatedTextTokens], frames, codebooks, [...codes], generatedModalityFlag, text, finishReason];
    return JSON.stringify(stored);
  },
  decode(line) {
    const stored = storedOf(line);
    if (stored === null) return null;
    const [tokens, frames, codebooks, codes, generatedModalityFlag, text, finishReason] = stored;
    return {
      chat: null,
      generatedTextTokens: Int32Array.from(tokens),
      generatedAudioTokens: { frames, codebooks, codes: Int32Array.from(codes) },
      generatedModalityFlag,
      text,
      finishReason,
    };
  },
};

const REASONS: readonly FinishReason[] = ["stop", "length", "given"];

function storedOf(line: string): Stored | null {
  const stored: unknown = JSON.parse(line);
  if (!Array.isArray(stored) || stored.length !== 7) return null;
  const [tokens, frames, codebooks, codes, flags, text, reason] = stored as readonly unknown[];
  if (!areIds(tokens) || !areIds(codes) || !isId(frames) || !isId(codebooks) || typeof text !== "string") return null;
  if (frames * codebooks !== codes.length || !REASONS.some((one) => one === reason) || !Array.isArray(flags)) return null;
  const count = (flag: ModalityFlag): number => flags.filter((one) => one === flag).length;
  const steps = { text: count(ModalityFlag.TEXT), audio: count(ModalityFlag.AUDIO) };
  const fits = steps.text === tokens.length && steps.audio === frames && steps.text + steps.audio === flags.length;
  return fits ? (stored as unknown as Stored) : null;
}

function areIds(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isId);
}

function isId(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fff_ffff;
}

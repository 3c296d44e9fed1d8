import type { ModalityFlag } from "../chat/enums.js";
import type { FinishReason, ModelResponse } from "../chat/model_response.js";

/** Writes what is remembered as one line of text and reads it back, bit for bit. */
export interface Codec<T> {
  encode(value: T): string;
  /** @param line as `encode` wrote it. */
  decode(line: string): T;
}

/** Float64 bytes in base64, little-endian (as on every platform that the runtime supports). */
export const scoresCodec: Codec<Float64Array> = {
  encode: (scores) => Buffer.from(scores.buffer, scores.byteOffset, scores.byteLength).toString("base64"),
  decode: (line) => new Float64Array(Uint8Array.from(Buffer.from(line, "base64")).buffer),
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
  encode({ generatedTextTokens, generatedAudioTokens: { frames, codebooks, codes }, generatedModalityFlag, text, finishReason }) {
    const stored: Stored = [[...generatedTextTokens], frames, codebooks, [...codes], generatedModalityFlag, text, finishReason];
    return JSON.stringify(stored);
  },
  decode(line) {
    const [tokens, frames, codebooks, codes, generatedModalityFlag, text, finishReason] = JSON.parse(line) as Stored;
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

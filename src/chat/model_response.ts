import type { ModalityFlag } from "./enums.js";
import type { Chat } from "./types.js";

export type FinishReason =
  /** The model emitted an end token. */
  | "stop"
  /** `maxNewTokens` ran out. */
  | "length"
  /** The answer was given (an assistant message at the end of the spec), not generated. */
  | "given";

/** What a model answered. */
export interface ModelResponse {
  /** Chat + response as one chat, where `keepHistory` asked for it. */
  readonly chat: Chat | null;
  /** Emitted text ids. The end token is among them iff the model emitted it (its contract permitting). */
  readonly generatedTextTokens: Int32Array;
  /** Emitted audio frames, (T, K) row-major: `codes[t*codebooks + c]`. */
  readonly generatedAudioTokens: { readonly frames: number; readonly codebooks: number; readonly codes: Int32Array };
  /** One flag an emitted step (text token or audio frame), in order of emission. */
  readonly generatedModalityFlag: readonly ModalityFlag[];
  /** The text, special tokens left out. */
  readonly text: string;
  readonly finishReason: FinishReason;
}

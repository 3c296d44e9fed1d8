import type { MelConfig } from "../../audio/front_ends/mel.js";
import type { AudioCodes } from "../../chat/append.js";
import type { BaseChatOptions } from "../../chat/chat.js";
import type { Tokenizer } from "../../text/tokenizer.js";

/** Generated codes → encoded sound. */
export type DecodeCodes = (audio: AudioCodes, sampleRate: number, format: string) => Promise<Uint8Array>;

/** What a new chat of a model may be told. */
export interface NewLiquidChatOptions extends BaseChatOptions {
  /** Check every masked chat against the tokens that it was asked to keep. @default false */
  readonly validateFromChat?: boolean | undefined;
}

export interface LiquidAudioChatOptions extends NewLiquidChatOptions {
  readonly tokenizer: Tokenizer;
  /** @default LFM2_MEL */
  readonly melConfig?: MelConfig | undefined;
  /** Codes of a generated frame. @default AUDIO_OUT_SHAPE */
  readonly codebooks?: number | undefined;
  /** The model's codec; without one, generated audio cannot be decoded. */
  readonly decodeCodes?: DecodeCodes | undefined;
}

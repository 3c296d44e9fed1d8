import type { MelConfig } from "../../../../audio/front_ends/mel.js";
import type { Tokenizer } from "../../../../text/tokenizer.js";
import type { DecodeCodes, NewSpeechChatOptions } from "../../chat_options.js";

/** What a new chat of a model may be told. */
export type NewLiquidChatOptions = NewSpeechChatOptions;

export interface LiquidAudioChatOptions extends NewLiquidChatOptions {
  readonly tokenizer: Tokenizer;
  /** @default LFM2_MEL */
  readonly melConfig?: MelConfig | undefined;
  /** Codes of a generated frame. @default AUDIO_OUT_SHAPE */
  readonly codebooks?: number | undefined;
  /** The model's codec; without one, generated audio cannot be decoded. */
  readonly decodeCodes?: DecodeCodes | undefined;
}

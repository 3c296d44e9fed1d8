import type { AudioCodes } from "../../chat/append.js";
import type { BaseChatOptions } from "../../compat/chat.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import type { EncoderInput } from "./encoder_input.js";
import type { Knit } from "./knit.js";
import type { MarksOf } from "./prompt.js";

/** Generated codes → encoded sound. */
export type DecodeCodes = (audio: AudioCodes, sampleRate: number, format: string) => Promise<Uint8Array>;

/** What a new chat of a speech model may be told. */
export interface NewSpeechChatOptions extends BaseChatOptions {
  /** Check every masked chat against the tokens that it was asked to keep. @default false */
  readonly validateFromChat?: boolean | undefined;
}

export interface SpeechChatOptions extends NewSpeechChatOptions {
  readonly tokenizer: Tokenizer;
  readonly encoderInput: EncoderInput;
  /** Codes of a generated frame. @default 0, of a model that does not speak */
  readonly codebooks?: number | undefined;
  /** Token ids around every clip that is heard. @default none */
  readonly marks?: MarksOf | undefined;
  /** What becomes of two tokens where marks meet text. @default they stay as they are */
  readonly knit?: Knit | undefined;
}

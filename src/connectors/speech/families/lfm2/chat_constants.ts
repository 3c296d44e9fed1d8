import { SpeechChat } from "../../chat.js";

const START = "<|im_start|>";
const END = "<|im_end|>\n";

/** The constants of LFM2-Audio's chats, on the class and on every chat. */
export abstract class LiquidChatConstants extends SpeechChat {
  /** Mel bins of audio that goes in. */
  static readonly AUDIO_IN_SHAPE = 128;
  /** Codebooks of audio that comes out. */
  static readonly AUDIO_OUT_SHAPE = 8;
  static readonly START_MARK = "<|startoftext|>";
  static readonly EMPTY_SYSTEM_TURN = `${START}system\n${END}`;
  static readonly EMPTY_USER_TURN = `${START}user\n${END}`;
  static readonly EMPTY_ASSISTANT_TURN = `${START}assistant\n${END}`;
  /** Stands in mel arrays for a frame that is not there: the least float32. */
  static readonly audioEmptyValue = -3.4028234663852886e38;
  static readonly modelInputs = ["text", "audio_in", "audio_in_lens", "audio_out", "modality_flag"] as const;
  /** Literal text around a turn. */
  protected static readonly TURN = { start: START, end: END } as const;

  get AUDIO_IN_SHAPE(): 128 {
    return LiquidChatConstants.AUDIO_IN_SHAPE;
  }

  get AUDIO_OUT_SHAPE(): 8 {
    return LiquidChatConstants.AUDIO_OUT_SHAPE;
  }

  get START_MARK(): string {
    return LiquidChatConstants.START_MARK;
  }

  get EMPTY_SYSTEM_TURN(): string {
    return LiquidChatConstants.EMPTY_SYSTEM_TURN;
  }

  get EMPTY_USER_TURN(): string {
    return LiquidChatConstants.EMPTY_USER_TURN;
  }

  get EMPTY_ASSISTANT_TURN(): string {
    return LiquidChatConstants.EMPTY_ASSISTANT_TURN;
  }

  get audioEmptyValue(): number {
    return LiquidChatConstants.audioEmptyValue;
  }

  get modelInputs(): typeof LiquidChatConstants.modelInputs {
    return LiquidChatConstants.modelInputs;
  }
}

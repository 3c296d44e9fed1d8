import type { AudioMasking } from "../audio/masks/registry.js";
import type { OnEvent } from "../events.js";
import type { Device } from "../repos/resources.js";
import type { TextMasking } from "../text/masks/registry.js";
import type { Aligner } from "./audio_segment.js";
import type { ChatEntry } from "./chat_entry.js";
import type { ModalityFlag, Role, SystemRolesSetup } from "./enums.js";
import type { TokenFilter } from "./token_filter.js";

/** One part of a message as it stands in a spec, its files already read. */
export type MessageContent =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "audio";
      /** What errors call it. */
      readonly name?: string | undefined;
      readonly bytes: Uint8Array;
      readonly format: string;
      readonly transcript: string | readonly string[] | null;
    };

export interface ChatMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: readonly MessageContent[];
}

export interface ChatOptions {
  readonly device?: Device;
  /** @default what the model's config.json states as `mllm_shap.audio_masking`, else "drop" */
  readonly audioMasking?: AudioMasking | undefined;
  /** What stands in for text that a coalition leaves out. @default delete: nothing */
  readonly textMasking?: TextMasking | undefined;
  /** Finds the words of clips that come with a transcript. */
  readonly aligner?: Aligner | undefined;
  /** Executable for audio formats without a built-in decoder. @default "ffmpeg" */
  readonly ffmpegPath?: string | undefined;
  /** Bytes that the chat's clips may take, at least 512 MiB. @default 4 GiB */
  readonly memory?: number | undefined;
  /** Phrases that are no players. @default KeepAllTokens */
  readonly tokenFilter?: TokenFilter;
  /** @default SystemRolesSetup.SYSTEM */
  readonly systemRolesSetup?: SystemRolesSetup;
  /** Empty turns with their template, besides the connector's own: their texts (tokenised each on its own) or token ids. @default [] */
  readonly emptyTurnSequences?: readonly (string | ArrayLike<number>)[] | ReadonlySet<string | ArrayLike<number>>;
  /** Told of what is left out (audio given to a text-only chat). @default whoever `load` was told to tell */
  readonly onEvent?: OnEvent | undefined;
}

/** Stretch of a clip, in seconds of the source audio. */
export interface TimeSpan {
  readonly startS: number;
  readonly endS: number;
}

/** A stretch of the prompt that would get other token ids if it were tokenised in one go instead of piece by piece. */
export interface TokenisationJoint {
  /** Where it starts, in characters of the rendering. */
  readonly at: number;
  /** Texts of the tokens that the model is fed. */
  readonly fed: readonly string[];
  /** Texts of the tokens of the whole rendering. */
  readonly whole: readonly string[];
}

/** A chat cut into players. */
export interface PlayableChat<C extends Chat = Chat> {
  readonly players: number;
  /** Tokens before the first player's first token: every masked chat starts with them. */
  readonly sharedPrefix: number;
  /** Tokens after these up to which masked chats that start alike are fed together (`branchOf`); 0 = none. */
  readonly branch: number;
  /**
   * The chat that a coalition keeps, one byte a player. Never fails for want of players: see BaseMllmChat.withPlayers.
   * @throws ConnectorError on a wrong length, or where the chat has changed since it was cut.
   */
  masked(coalition: Uint8Array): C;
}

/**
 * What the explaining code knows of a chat; `BaseMllmChat` implements it. Arrays have one entry a token, in prompt order
 * (text ids and audio tokens alike); an aligned audio clip has one token a word segment.
 */
export interface Chat {
  readonly inputTokensNum: number;
  /** Turns count from 1; 0 = before the first turn (start of text, a template's own preamble). */
  readonly tokenTurns: Int32Array;
  readonly tokenRoles: readonly Role[];
  readonly tokensModalityFlag: readonly ModalityFlag[];
  /** 1 = the token can be a player. */
  readonly shapValuesMask: Uint8Array;
  /**
   * Text of each token (special tokens included; "" for audio): a character spread over several tokens stands whole on its
   * first one and the rest are "", so that joining gives the text and no replacement character appears.
   */
  readonly tokenTexts: readonly string[];
  /** What was read of each clip, in order. */
  readonly audioInputs?: readonly { readonly seconds: number; readonly decoder: string }[];
  /** How sure the aligner is of each token's stretch, 0…1; null where nothing was aligned. */
  readonly tokenConfidences?: readonly (number | null)[];
  /** What a token of text is, where it is none of the model's own tokens. */
  readonly textUnit?: "word";
  /** Stretch of audio that each token covers; null for text. */
  readonly tokenTimes: readonly (TimeSpan | null)[];
  /**
   * The chat cut into players. The chat itself is not changed, so that any number of games may be played with it at once.
   * @param groupIds one a token: ids > 0 are players of one or more tokens, by ascending id, 0 = no player. @default the chat's own players
   * @throws ConnectorError where the ids do not fit the tokens.
   */
  playable(groupIds?: ArrayLike<number>): PlayableChat;
  /** Hash of everything a model is fed: equal iff the model's input is equal. */
  readonly fingerprint: string;
  getConversation(): readonly (readonly ChatEntry[])[];
  /** Where tokenising the whole prompt in one go would give other ids, for chats that are tokenised piece by piece. */
  readonly tokenisationJoints?: readonly TokenisationJoint[];
}

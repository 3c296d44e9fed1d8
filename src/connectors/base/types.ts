import type { OnEvent, RunOptions } from "../../events.js";
import type { HuggingFaceModelConfig, ModelConfig } from "../config.js";
import type { ModalityFlag, ModelHistoryTrackingMode, Role, SystemRolesSetup } from "../enums.js";
import type { AudioCodes } from "./append.js";
import type { Aligner } from "./audio_segment.js";
import type { ChatEntry } from "./chat_entry.js";
import type { ContextUse } from "./context.js";
import type { TokenFilter } from "./filters.js";
import type { ModelResponse } from "./model_response.js";
import type { TemplateChoice } from "./template_files.js";

export type Device = "auto" | "cpu" | "cuda" | "webgpu";

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

/**
 * What happens to the stretches of a clip that a mask leaves out.
 *
 * `drop`: their mel frames leave, and what is left is normalised as if it had been recorded that way. `drop-original`: the
 * original's order: the whole clip is normalised first. `silence`: they fall silent, and the clip keeps its length.
 * `embedding`: rows leave the whole clip's encoding: cheapest, but the rows that stay have heard the rest.
 */
export type AudioMasking = "drop" | "drop-original" | "silence" | "embedding";

export interface ChatOptions {
  readonly device?: Device;
  /** @default what the model's config.json states as `mllm_shap.audio_masking`, else "drop" */
  readonly audioMasking?: AudioMasking | undefined;
  /** Finds the words of clips that come with a transcript. */
  readonly aligner?: Aligner | undefined;
  /** Executable for audio formats without a built-in decoder. @default "ffmpeg" */
  readonly ffmpegPath?: string | undefined;
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
  /** 1 = the token is a player; with `externalGroupIds`, the first token of each group (one 1 a player in either case). */
  readonly shapValuesMask: Uint8Array;
  /** Ids > 0 are players made of one or more tokens, 0 = no player; takes precedence over the mask. Set by the players layer. */
  externalGroupIds: Int32Array | null;
  /**
   * Text of each token (special tokens included; "" for audio): a character spread over several tokens stands whole on its
   * first one and the rest are "", so that joining gives the text and no replacement character appears.
   */
  readonly tokenTexts: readonly string[];
  /** What was read of each clip, in order. */
  readonly audioInputs?: readonly { readonly seconds: number; readonly decoder: string }[];
  /** How sure the aligner is of each token's stretch, 0…1; null where nothing was aligned. */
  readonly tokenConfidences?: readonly (number | null)[];
  /** Stretch of audio that each token covers; null for text. */
  readonly tokenTimes: readonly (TimeSpan | null)[];
  /** Players in order: the distinct positive group ids ascending, or else the tokens of `shapValuesMask`. */
  readonly playersNum: number;
  /** The chat that a coalition keeps (`coalition.length === playersNum`). Never fails for want of players: see BaseMllmChat.withPlayers. */
  withPlayers(coalition: Uint8Array): Chat;
  /** Hash of everything a model is fed: equal iff the model's input is equal. */
  readonly fingerprint: string;
  getConversation(): readonly (readonly ChatEntry[])[];
  /** Where tokenising the whole prompt in one go would give other ids, for chats that are tokenised piece by piece. */
  readonly tokenisationJoints?: readonly TokenisationJoint[];
}

export interface LoadOptions {
  readonly config: HuggingFaceModelConfig;
  /** @default "auto" */
  readonly device?: Device;
  /** One precision for all graphs, or one per component (`{decoder: "q4"}`); "auto" is fp32, or what the only graph holds. @default "auto" */
  readonly dtype?: string | Readonly<Record<string, string>>;
  /** @default ModelHistoryTrackingMode.TEXT */
  readonly historyTrackingMode?: ModelHistoryTrackingMode;
  /** Chat template in place of the model's default one: a Jinja file's absolute path, or the name of another of the model's own. @default null */
  readonly template?: TemplateChoice | null | undefined;
  /** Variables of the chat template, plain data. @default {} */
  readonly templateKwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Where hub files are kept; `HF_HOME`'s rule applies where it is not given. */
  readonly cacheDir?: string | undefined;
  /** Use cached files only. @default false */
  readonly offline?: boolean;
  /** A hub repository that is not cached may be downloaded. @default false */
  readonly allowDownload?: boolean;
  /** Hub access token. */
  readonly token?: string | undefined;
  /** Native threads of a session; 0 = one for a small decoder, else one a core. @default 0 */
  readonly threads?: number;
  /** Bytes that one batch may take. @default 4 GiB */
  readonly memory?: number;
  /** Rows of a batch at most; null = by memory. @default null */
  readonly batchSize?: number | null;
  /** Guess how greedy answers go on from those given so far, and check several tokens in one pass: same answers, fewer passes. @default true */
  readonly speculation?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
}

export interface GenerateOptions {
  /** Steps: one text token or one audio frame each. @default 128 */
  readonly maxNewTokens?: number;
  /** What is not there is as in `GREEDY`; null = off. @default GREEDY */
  readonly modelConfig?: Partial<ModelConfig>;
  /** The response carries chat + response as one chat. @default false */
  readonly keepHistory?: boolean;
  /** With sampling on: a request's stream is made from this and the request's own tokens, never from the order of requests. @default 0 */
  readonly seed?: number | string;
}

export interface GenerateBatchOptions extends GenerateOptions, RunOptions {
  /**
   * Leading tokens that all chats of a game share: they are fed once, and results do not depend on which chats are given
   * together. Without it as many as the given chats share, which may change the last bits of a result.
   */
  readonly sharedPrefix?: number | undefined;
  /** Called once a chat, in any order, as soon as its response is known. */
  readonly onResult?: (index: number, response: ModelResponse) => void;
}

export interface ScoreOptions extends RunOptions {
  /**
   * Leading tokens that all chats of a game share: they are fed once, and results do not depend on which chats are given
   * together. Without it as many as the given chats share, which may change the last bits of a result.
   */
  readonly sharedPrefix?: number | undefined;
  readonly onResult?: (index: number, logProbabilities: Float64Array) => void;
}

/** What was loaded, for the result's `model` and `runtime` blocks and for the memo's keys. */
export interface ModelIdentity {
  readonly connector: string;
  readonly repo: string;
  /** Commit of a hub repository, null otherwise. */
  readonly resolvedRevision: string | null;
  readonly dtype: string;
  /** Path inside the repository → SHA-256 of every file that determines answers. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly provider: string;
}

/** Work done so far, for the result's `run` block. */
export interface ModelUsage {
  readonly calls: number;
  readonly tokens: number;
  readonly passes: number;
  /** The plan chosen for this model's graphs, in words. */
  readonly plan: string;
}

/** What the explaining code knows of a model. Batches come in; the connector decides how to run them. */
export interface Model {
  readonly can: {
    readonly score: boolean;
    readonly deterministic: boolean;
    readonly maxBatch: number;
    readonly concurrency: number;
  };
  readonly identity: ModelIdentity;
  readonly usage: ModelUsage;
  /** An empty chat of the right kind. */
  getNewChat(options?: ChatOptions): Chat;
  /** The whole conversation as a chat that ends with the template's opening of the assistant's answer. */
  buildChat(messages: readonly ChatMessage[], options?: ChatOptions): Promise<Chat>;
  /**
   * A plain text to continue, in pieces that are tokenised apart, with the special tokens that the tokeniser puts around texts, as a chat
   * of one user turn; models that only answer messages have no such method.
   */
  buildPrompt?(texts: readonly string[], options?: ChatOptions): Promise<Chat>;
  /** A given answer as the response to explain. @param chat what it answers, where tokenisation depends on that. */
  encodeResponse(text: string, chat?: Chat): ModelResponse;
  /** Text of every emitted step (special tokens included; "" for an audio frame), by the rule of `Chat.tokenTexts`. */
  responseTokens(response: ModelResponse): readonly string[];
  /** Positions that the chat takes of those that the model has; null where the model's configuration does not state how many. */
  contextUse?(chat: Chat): ContextUse | null;
  /** What a reader of this answer's explanation must know of how the model takes them; it depends on nothing else. */
  notesOn?(chat: Chat, answer: ModelResponse): readonly string[];
  /**
   * In order of `chats`, which are not modified. An answer ends where the model has no more positions (`finishReason` "length").
   * @throws ContextError where a chat leaves none for it.
   */
  generateBatch(chats: readonly Chat[], options?: GenerateBatchOptions): Promise<readonly ModelResponse[]>;
  /**
   * Per chat: natural log-probability of every target step of `response`, teacher-forced.
   * @throws ContextError where a chat and the response have more positions than the model.
   */
  score(chats: readonly Chat[], response: ModelResponse, options?: ScoreOptions): Promise<readonly Float64Array[]>;
  /** Per response `[tokens, hidden]` row-major. */
  getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  /** Last hidden states of the reply alone (the prompt is not seen), as the original does. */
  getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  /** Generated frames as encoded sound; models that do not speak have no such method. @param format wav, or mp3 with ffmpeg. */
  decodeCodes?(audio: AudioCodes, sampleRate: number, format: string, ffmpegPath?: string): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** Row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

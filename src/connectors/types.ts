import type { AudioCodes } from "../chat/append.js";
import type { ContextUse } from "../chat/context_window.js";
import type { ModelHistoryTrackingMode } from "../chat/enums.js";
import type { ModelConfig } from "../chat/model_config.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../chat/types.js";
import type { RunOptions } from "../events.js";
import type { HuggingFaceModelConfig, ModelIdentity, Resources } from "../repos/resources.js";
import type { TemplateChoice } from "../text/template_files.js";

export interface LoadOptions extends Resources {
  readonly config: HuggingFaceModelConfig;
  /** One precision for all graphs, or one per component (`{decoder: "q4"}`); "auto" is fp32, or what the only graph holds. @default "auto" */
  readonly dtype?: string | Readonly<Record<string, string>>;
  /** Whether there is sound to hear: chooses where one name stands for several models and no connector is named. @default not known */
  readonly hears?: boolean | undefined;
  /** @default ModelHistoryTrackingMode.TEXT */
  readonly historyTrackingMode?: ModelHistoryTrackingMode;
  /** Chat template in place of the model's default one: a Jinja file's absolute path, or the name of another of the model's own. @default null */
  readonly template?: TemplateChoice | null | undefined;
  /** Variables of the chat template, plain data. @default {} */
  readonly templateKwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Bytes that one batch may take. @default 4 GiB */
  readonly memory?: number;
  /** Rows of a batch at most; null = by memory. @default null */
  readonly batchSize?: number | null;
  /** Guess how greedy answers go on from those given so far, and check several tokens in one pass: same answers, fewer passes. @default true */
  readonly speculation?: boolean;
  /** Of a served model: where its tokeniser is, by a name that means the same everywhere. @default null */
  readonly tokenizer?: string | null | undefined;
  /** Requests that a server is sent at a time; null = by its kind. @default null */
  readonly concurrency?: number | null;
  /** false: a served model is not asked anything; it builds chats and gives no answers. @default true */
  readonly contact?: boolean | undefined;
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
  /** Tokens after these up to which chats that start alike are fed together; 0 = none. Without it as the given chats are best fed. */
  readonly branch?: number | undefined;
  /** Called once a chat, in any order, as soon as its response is known. */
  readonly onResult?: (index: number, response: ModelResponse) => void;
}

export interface ScoreOptions extends RunOptions {
  /**
   * Leading tokens that all chats of a game share: they are fed once, and results do not depend on which chats are given
   * together. Without it as many as the given chats share, which may change the last bits of a result.
   */
  readonly sharedPrefix?: number | undefined;
  /** Tokens after these up to which chats that start alike are fed together; 0 = none. Without it as the given chats are best fed. */
  readonly branch?: number | undefined;
  readonly onResult?: (index: number, logProbabilities: Float64Array) => void;
}

export interface DivergeOptions extends ScoreOptions {
  /** Whose laws the others' are compared with. */
  readonly reference: Chat;
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
    /** Of chats that are asked at once the shortest is fed first, so that what it cannot take is told before others are. @default false */
    readonly shortestFirst?: boolean;
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
  /**
   * Per chat: minus the Jensen–Shannon divergence, in nats, of the next token's law from that in the reference, before every step of
   * `response`, teacher-forced; of models that give whole laws.
   * @throws ContextError as `score`, ConnectorError for steps that are no tokens.
   */
  diverge?(chats: readonly Chat[], response: ModelResponse, options: DivergeOptions): Promise<readonly Float64Array[]>;
  /**
   * Per chat: natural log-probability of each of several answers of one token, from one law of the next token; of models that give it.
   * @throws ContextError as `score`, ConnectorError where an answer is not one token.
   */
  scoreChoices?(chats: readonly Chat[], answers: readonly ModelResponse[], options?: ScoreOptions): Promise<readonly Float64Array[]>;
  /** Per response `[tokens, hidden]` row-major. */
  getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  /** Last hidden states of the reply alone (the prompt is not seen), as the original does. */
  getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  /** Seconds of one generated frame, of models that speak. */
  readonly frameSeconds?: number | undefined;
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

import { ConnectorError } from "../../errors.js";
import type { RunOptions } from "../../events.js";
import type { HuggingFaceModelConfig } from "../config.js";
import type { ModelHistoryTrackingMode } from "../enums.js";
import type { BaseMllmChat } from "./chat.js";
import type { ModelResponse } from "./model_response.js";
import type {
  Chat,
  ChatMessage,
  ChatOptions,
  Device,
  GenerateBatchOptions,
  GenerateOptions,
  Matrix,
  Model,
  ModelIdentity,
  ModelUsage,
  ScoreOptions,
} from "./types.js";

/** What a load does where nothing else is asked for. */
export const LOAD_DEFAULTS = { device: "auto", threads: 0, memory: 4 * 2 ** 30, batchSize: null, speculation: true } as const;

/** Steps of an answer at most, where nothing else is asked for. */
export const DEFAULT_MAX_NEW_TOKENS = 128;

/** A loaded multimodal language model. Subclasses are made by their `static async load`. */
export abstract class BaseMllmModel implements Model {
  abstract readonly can: Model["can"];
  abstract readonly identity: ModelIdentity;
  abstract readonly usage: ModelUsage;
  /** What turns texts (and audio) into what the model is fed. */
  abstract readonly processor: unknown;
  /** What runs the model's graphs. */
  abstract readonly model: unknown;

  protected constructor(
    readonly config: HuggingFaceModelConfig,
    readonly device: Device,
    /** Which generated outputs `keepHistory` keeps. */
    readonly historyTrackingMode: ModelHistoryTrackingMode,
  ) {}

  abstract getNewChat(options?: ChatOptions): BaseMllmChat;
  abstract buildChat(messages: readonly ChatMessage[], options?: ChatOptions): Promise<BaseMllmChat>;
  abstract encodeResponse(text: string, chat?: Chat): ModelResponse;
  abstract responseTokens(response: ModelResponse): readonly string[];
  abstract generateBatch(chats: readonly Chat[], options?: GenerateBatchOptions): Promise<readonly ModelResponse[]>;
  abstract score(chats: readonly Chat[], response: ModelResponse, options?: ScoreOptions): Promise<readonly Float64Array[]>;
  abstract getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  abstract getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]>;
  abstract dispose(): Promise<void>;

  /** The answer to one chat, which is not modified. */
  async generate(chat: Chat, options: GenerateOptions & RunOptions = {}): Promise<ModelResponse> {
    const [response] = await this.generateBatch([chat], options);
    return response as ModelResponse;
  }

  /** The way out where a graph gives no embeddings. */
  protected noEmbeddings(which: "static" | "contextual", why: string): ConnectorError {
    return new ConnectorError(
      `${this.config.repoId} has no ${which} embeddings: ${why}; name an external encoder as the source of embeddings instead`,
    );
  }
}

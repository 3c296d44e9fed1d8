import { inWords, requireHistoryMode, requireObject } from "../chat/arguments.js";
import type { BaseChatOptions, BaseMllmChat } from "../chat/chat.js";
import type { ModelHistoryTrackingMode } from "../chat/enums.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../chat/types.js";
import { ConnectorError } from "../errors.js";
import type { OnEvent, RunOptions } from "../events.js";
import type { Device, ModelIdentity } from "../repos/resources.js";
import { type HuggingFaceModelConfig, MAIN } from "../repos/resources.js";
import { createQueue, type Queue } from "../util/queue.js";
import type { GenerateBatchOptions, GenerateOptions, LoadOptions, Matrix, Model, ModelUsage, ScoreOptions } from "./types.js";

/** What a load does where nothing else is asked for. */
export const LOAD_DEFAULTS = { device: "auto", threads: 0, memory: 4 * 2 ** 30, batchSize: null, speculation: true } as const;

/** @throws ConnectorError where the options of a load are none. */
export function checkLoadOptions(options: LoadOptions): void {
  requireObject(options, "the options of a load");
  requireObject(options.config, "config (a HuggingFaceModelConfig)");
  const { repoId, revision } = options.config;
  for (const [name, text] of Object.entries({ repoId, revision })) {
    if (name === "revision" && text === undefined) continue;
    if (typeof text !== "string" || text === "")
      throw new ConnectorError(`config.${name} must be a non-empty string, not ${inWords(text)}`);
  }
  if (options.historyTrackingMode !== undefined) requireHistoryMode(options.historyTrackingMode);
}

/** A loaded multimodal language model. Subclasses are made by their `static async load`. */
export abstract class BaseMllmModel implements Model {
  abstract readonly can: Model["can"];
  abstract readonly identity: ModelIdentity;
  abstract readonly usage: ModelUsage;
  /** What turns texts (and audio) into what the model is fed. */
  abstract readonly processor: unknown;
  /** What runs the model's graphs. */
  abstract readonly model: unknown;

  readonly config: Required<HuggingFaceModelConfig>;
  /** Calls of a model that several ask at once: its sessions and caches serve one after the other, each with the same answer as alone. */
  protected readonly queue: Queue = createQueue();

  protected constructor(
    { repoId, revision }: HuggingFaceModelConfig,
    readonly device: Device,
    /** Which generated outputs `keepHistory` keeps. */
    readonly historyTrackingMode: ModelHistoryTrackingMode,
    /** Told of what happens to this model and to its chats, where these have nobody of their own. */
    protected readonly onEvent?: OnEvent | undefined,
  ) {
    this.config = { repoId, revision: revision ?? MAIN };
  }

  abstract getNewChat(options?: BaseChatOptions): BaseMllmChat;
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

  /** What every chat of this model has: its device, and whom it tells. */
  protected chatOptions<O extends ChatOptions>(options: O): O & { readonly device: Device } {
    requireObject(options, "the options of a chat");
    return { ...options, device: this.device, onEvent: options.onEvent ?? this.onEvent };
  }

  /** The way out where a graph gives no embeddings. */
  protected noEmbeddings(which: "static" | "contextual", why: string): ConnectorError {
    return new ConnectorError(
      `${this.config.repoId} has no ${which} embeddings: ${why}; name an external encoder as the source of embeddings instead`,
    );
  }
}

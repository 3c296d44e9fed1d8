import { join } from "node:path";
import { answerRoom, type ContextUse } from "../../chat/context_window.js";
import { ModelHistoryTrackingMode } from "../../chat/enums.js";
import type { ModelResponse } from "../../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../../chat/types.js";
import type { BaseChatOptions, BaseMllmChat } from "../../compat/chat.js";
import { AnswerTrie } from "../../decoding/answer_trie.js";
import { partedAtOneToken, scoreChoices } from "../../decoding/choices.js";
import { divergeSteps } from "../../decoding/divergence.js";
import type { DecoderEngine } from "../../decoding/engine.js";
import { TextPolicy } from "../../decoding/text_policy.js";
import { type EmbeddingTable, findEmbeddingTable } from "../../onnx/embedding_table.js";
import { repoIdentity } from "../../onnx/identity.js";
import { createRng } from "../../random.js";
import type { LocalRepo } from "../../repos/repo.js";
import type { ModelIdentity } from "../../repos/resources.js";
import { type LoadedTokenizer, loadTokenizer } from "../../text/load_tokenizer.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { lazy } from "../../util/lazy.js";
import { generationOf } from "../generation.js";
import { BaseMllmModel, checkLoadOptions, LOAD_DEFAULTS } from "../model.js";
import { requireAnswer, requireChats, requireMessages, requireResponse, requireResponses } from "../model_arguments.js";
import type { DivergeOptions, GenerateBatchOptions, LoadOptions, Matrix, ModelUsage, ScoreOptions } from "../types.js";
import { buildTemplatedChat } from "./build.js";
import { TransformersTextChat } from "./chat.js";
import { findTextRepo, openTextGraph } from "./open.js";
import { buildPromptChat } from "./prompt.js";
import { givenResponse, promptOf, textResponse, withHistory } from "./response.js";
import { templateFile } from "./template_file.js";
import { templateMarkers } from "./turn_markers.js";

interface Parts {
  readonly repo: LocalRepo;
  readonly loaded: LoadedTokenizer;
  readonly engine: DecoderEngine;
  readonly identity: ModelIdentity;
  /** Positions; null where the configuration does not say. */
  readonly window: number | null;
  readonly windowOutsideGraph: number | null;
}

/** Any Hugging Face causal language model exported to ONNX: inputs, caches and capabilities are found from the graph. */
export class TransformersCausalText extends BaseMllmModel {
  readonly can = { score: true, deterministic: true, maxBatch: 1024, concurrency: 1, shortestFirst: true } as const;
  readonly identity: ModelIdentity;
  readonly processor: Tokenizer;
  readonly model: DecoderEngine;
  private readonly loaded: LoadedTokenizer;
  private readonly embeddings: EmbeddingTable | null;
  private readonly answers: AnswerTrie | null;
  private readonly window: number | null;
  private readonly windowOutsideGraph: number | null;
  private calls = 0;

  private constructor(options: LoadOptions, parts: Parts) {
    super(options.config, options.device ?? LOAD_DEFAULTS.device, ModelHistoryTrackingMode.TEXT, options.onEvent);
    this.loaded = parts.loaded;
    this.processor = parts.loaded.tokenizer;
    this.model = parts.engine;
    this.identity = parts.identity;
    this.answers = (options.speculation ?? LOAD_DEFAULTS.speculation) ? new AnswerTrie() : null;
    this.window = parts.window;
    this.windowOutsideGraph = parts.windowOutsideGraph;
    this.embeddings = findEmbeddingTable(parts.engine.onnx);
  }

  /**
   * @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing, damaged or
   * not understood.
   */
  static async load(options: LoadOptions): Promise<TransformersCausalText> {
    checkLoadOptions(options);
    if ((options.historyTrackingMode ?? ModelHistoryTrackingMode.TEXT) !== ModelHistoryTrackingMode.TEXT) {
      options.onEvent?.({ kind: "warning", message: "this model answers in text only: its history is text" });
    }
    const { repo, graph, config } = await findTextRepo(options);
    const tokenizer = lazy(() => loadTokenizer(repo.folder, options));
    const tokens = config.vocabulary ?? (await tokenizer.get()).tokenizer.vocabularySize;
    // The tokeniser is read on this thread while the runtime opens the graph on its own; what goes wrong is told to who waits for it below.
    const readMeanwhile = (): void => void tokenizer.get().catch(() => undefined);
    const { engine, dtype } = await openTextGraph(join(repo.folder, graph), config, options, tokens, readMeanwhile);
    try {
      const loaded = await tokenizer.get();
      const identity = await repoIdentity(repo, {
        connector: "transformers-text",
        dtype,
        provider: engine.provider,
        graphs: [engine.onnx],
        named: templateFile(options),
        hashes: options.hashes,
      });
      return new TransformersCausalText(options, {
        ...{ repo, loaded, engine, identity },
        window: config.contextLength,
        windowOutsideGraph: config.windowOutsideGraph,
      });
    } catch (error) {
      await engine.release();
      throw error;
    }
  }

  get usage(): ModelUsage {
    return { calls: this.calls, ...this.model.spent, plan: this.model.plan };
  }

  getNewChat(options: BaseChatOptions = {}): TransformersTextChat {
    const { tokenizer, chatTemplate } = this.loaded;
    if (chatTemplate === null)
      options.onEvent?.({ kind: "warning", message: "this model has no chat template: turns follow each other as plain text" });
    return new TransformersTextChat({
      ...this.chatOptions(options),
      tokenizer,
      markers: chatTemplate === null ? null : templateMarkers(chatTemplate, tokenizer),
    });
  }

  async buildChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<BaseMllmChat> {
    requireMessages(messages);
    return buildTemplatedChat(this.processor, this.loaded.chatTemplate, messages, this.chatOptions(options));
  }

  async buildPrompt(texts: readonly string[], options: ChatOptions = {}): Promise<BaseMllmChat> {
    return buildPromptChat(this.processor, texts, this.chatOptions(options));
  }

  notesOn(chat: Chat, answer: ModelResponse): readonly string[] {
    const window = this.windowOutsideGraph;
    const tokens = promptOf(chat).length + answer.generatedTextTokens.length;
    if (window === null || tokens <= window) return [];
    return [
      `genai_config.json leaves the attention window of ${window} tokens to onnxruntime-genai, and the graph looks back at all ${tokens} tokens of the conversation and its answer: values are not those of the model as trained; another export (optimum's, say) has the window in its graph`,
    ];
  }

  encodeResponse(text: string, chat?: Chat): ModelResponse {
    requireAnswer(text);
    return givenResponse(this.processor, text, chat);
  }

  responseTokens(response: ModelResponse): readonly string[] {
    requireResponse(response);
    return this.processor.tokenTexts(response.generatedTextTokens);
  }

  contextUse(chat: Chat): ContextUse | null {
    return this.contextOf(promptOf(chat));
  }

  async generateBatch(chats: readonly Chat[], options: GenerateBatchOptions = {}): Promise<readonly ModelResponse[]> {
    requireChats(chats);
    const { maxNewTokens, modelConfig, keepHistory, seed } = generationOf(options);
    const { textTemperature: temperature, textTopK: topK } = modelConfig;
    const prompts = chats.map(promptOf);
    const policy = new TextPolicy({
      sampling: { temperature, topK },
      endIds: new Set(this.loaded.eosIds),
      maxNewTokens,
      tokenIds: this.processor.tokenIds,
      room: prompts.map((prompt) => answerRoom(this.contextOf(prompt))),
      answers: this.answers,
      rng: (request) => createRng(`${seed}/${(chats[request] as Chat).fingerprint}`),
    });
    const responses: ModelResponse[] = [];
    // Masked chats have often the same answer, which is then one object.
    const given = new Map<string, ModelResponse>();
    const onDone = (request: number): void => {
      const { ids, finishReason } = policy.output(request);
      const key = `${finishReason}:${ids.join()}`;
      const response = given.get(key) ?? textResponse(this.processor, Int32Array.from(ids), finishReason);
      given.set(key, response);
      responses[request] = keepHistory ? withHistory(chats[request] as TransformersTextChat, response) : response;
      options.onResult?.(request, responses[request] as ModelResponse);
    };
    const { sharedPrefix = null, branch, signal } = options;
    await this.queue(() => this.model.decode(prompts, { policy, maxSteps: maxNewTokens, sharedPrefix, branch, signal, onDone }));
    this.calls += chats.length;
    return responses;
  }

  async score(chats: readonly Chat[], response: ModelResponse, options: ScoreOptions = {}): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponse(response);
    const prompts = chats.map(promptOf);
    for (const prompt of prompts) answerRoom(this.contextOf(prompt), response.generatedTextTokens.length);
    const { sharedPrefix = null, branch, signal, onResult } = options;
    const targets = response.generatedTextTokens;
    const scores = await this.queue(() =>
      this.model.score(prompts, { targets, sharedPrefix, branch, signal, ...(onResult === undefined ? {} : { onResult }) }),
    );
    this.calls += chats.length;
    return scores;
  }

  async diverge(chats: readonly Chat[], response: ModelResponse, options: DivergeOptions): Promise<readonly Float64Array[]> {
    requireChats([...chats, options.reference]);
    requireResponse(response);
    const [reference, ...prompts] = [options.reference, ...chats].map(promptOf) as [Int32Array, ...Int32Array[]];
    const ids = response.generatedTextTokens;
    for (const prompt of [reference, ...prompts]) answerRoom(this.contextOf(prompt), ids.length);
    const { sharedPrefix = null, branch, signal, onResult } = options;
    const found = await this.queue(() => divergeSteps(this.model, prompts, { ids, reference, sharedPrefix, branch, signal, onResult }));
    this.calls += chats.length + 1;
    return found;
  }

  async scoreChoices(
    chats: readonly Chat[],
    answers: readonly ModelResponse[],
    options: ScoreOptions = {},
  ): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponses(answers);
    const prompts = chats.map(promptOf);
    const parted = partedAtOneToken(
      answers.map(({ generatedTextTokens }) => generatedTextTokens),
      answers.map(({ text }) => text),
    );
    for (const prompt of prompts) answerRoom(this.contextOf(prompt), parted.start.length + 1);
    const { sharedPrefix = null, branch, signal, onResult } = options;
    const found = await this.queue(() => scoreChoices(this.model, prompts, { ...parted, sharedPrefix, branch, signal, onResult }));
    this.calls += chats.length;
    return found;
  }

  async getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    const { embeddings } = this;
    if (embeddings === null) throw this.noEmbeddings("static", "its graph keeps no plain table of token embeddings");
    return responses.map(({ generatedTextTokens: ids }) => ({ rows: ids.length, columns: embeddings.hidden, data: embeddings.rows(ids) }));
  }

  async getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    if (!this.model.hasHidden) throw this.noEmbeddings("contextual", "its graph has no `hidden_states` output");
    const rows = responses.map((response) => response.generatedTextTokens);
    const filled = rows.filter((row) => row.length > 0);
    const states = (await this.queue(() => this.model.hiddenStates(filled))).values();
    const matrices = rows.map((row) => {
      const data = row.length === 0 ? new Float32Array(0) : (states.next().value as Float32Array);
      return { rows: row.length, data };
    });
    const columns = matrices.reduce((width, { rows: n, data }) => (n > 0 ? data.length / n : width), this.embeddings?.hidden ?? 0);
    return matrices.map((matrix) => ({ ...matrix, columns }));
  }

  async dispose(): Promise<void> {
    await this.queue(() => this.model.release());
  }

  private contextOf({ length }: Int32Array): ContextUse | null {
    return this.window === null ? null : { used: length, window: this.window };
  }
}

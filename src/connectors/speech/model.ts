import { inWords } from "../../chat/arguments.js";
import { answerRoom, type ContextUse } from "../../chat/context_window.js";
import { ModelHistoryTrackingMode } from "../../chat/enums.js";
import type { ModelResponse } from "../../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../../chat/types.js";
import { AnswerTrie } from "../../decoding/answer_trie.js";
import type { DecoderEngine } from "../../decoding/engine.js";
import { TextPolicy } from "../../decoding/text_policy.js";
import { ConnectorError } from "../../errors.js";
import { findEmbeddingTable } from "../../onnx/embedding_table.js";
import { createRng } from "../../random.js";
import type { ModelIdentity } from "../../repos/resources.js";
import type { TokenIds } from "../../text/token_ids.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { joinFloats } from "../../util/arrays.js";
import { textResponse } from "../causal_text/response.js";
import { templateMarkers } from "../causal_text/turn_markers.js";
import { generationOf } from "../generation.js";
import { BaseMllmModel, checkLoadOptions, LOAD_DEFAULTS } from "../model.js";
import { requireAnswer, requireChats, requireMessages, requireResponse, requireResponses } from "../model_arguments.js";
import type { DivergeOptions, GenerateBatchOptions, LoadOptions, Matrix, ModelUsage, ScoreOptions } from "../types.js";
import { buildTemplatedSpeech } from "./build_templated.js";
import type { NewSpeechChatOptions } from "./chat_options.js";
import { divergeServed } from "./diverge.js";
import type { EmbedCall } from "./embed_call.js";
import type { SpeechFacts } from "./facts.js";
import { loadSpeech, type SpeechParts } from "./load.js";
import { promptLength } from "./prompt.js";
import { TemplatedSpeechChat } from "./templated_chat.js";

/** A model of any family of facts: it hears and reads, and answers in text. */
export class SpeechTextModel extends BaseMllmModel {
  readonly can = { score: true, deterministic: true, maxBatch: 1024, concurrency: 1 } as const;
  readonly identity: ModelIdentity;
  readonly processor: Tokenizer;
  readonly model: DecoderEngine;
  private readonly parts: SpeechParts;
  private readonly answers: AnswerTrie | null;
  /** Ids that an answer may have. */
  private readonly drawn: TokenIds;
  private calls = 0;

  private constructor(options: LoadOptions, parts: SpeechParts) {
    super(options.config, options.device ?? LOAD_DEFAULTS.device, ModelHistoryTrackingMode.TEXT, options.onEvent);
    this.parts = parts;
    this.processor = parts.loaded.tokenizer;
    this.model = parts.engine;
    this.identity = parts.identity;
    const { end, unused } = this.processor.tokenIds;
    const { unfed, undrawn } = parts.places;
    this.drawn = { end, unused: [...unused, ...unfed, ...undrawn].sort((a, b) => a - b) };
    this.answers = (options.speculation ?? LOAD_DEFAULTS.speculation) ? new AnswerTrie() : null;
  }

  /**
   * @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing, damaged or
   * not understood.
   */
  static async load(facts: SpeechFacts, options: LoadOptions): Promise<SpeechTextModel> {
    checkLoadOptions(options);
    if ((options.historyTrackingMode ?? ModelHistoryTrackingMode.TEXT) !== ModelHistoryTrackingMode.TEXT) {
      options.onEvent?.({ kind: "warning", message: "this model answers in text only: its history is text" });
    }
    return new SpeechTextModel(options, await loadSpeech(facts, options));
  }

  get usage(): ModelUsage {
    const { tokens, passes } = this.model.spent;
    const plan = `${this.model.plan}; each masked clip encoded once`;
    return { calls: this.calls, tokens, passes: passes + this.parts.spent.passes, plan };
  }

  getNewChat(options: NewSpeechChatOptions = {}): TemplatedSpeechChat {
    const { loaded, encoderInput, places, audioMasking } = this.parts;
    return new TemplatedSpeechChat({
      ...this.chatOptions(options),
      tokenizer: this.processor,
      audioMasking: options.audioMasking ?? audioMasking ?? undefined,
      encoderInput,
      marks: places.marks,
      knit: places.knit,
      markers: loaded.chatTemplate === null ? null : templateMarkers(loaded.chatTemplate, this.processor),
    });
  }

  async buildChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<TemplatedSpeechChat> {
    requireMessages(messages);
    const { loaded, places } = this.parts;
    const { aligner, onEvent } = this.chatOptions(options);
    return await buildTemplatedSpeech(this.getNewChat(options), messages, { template: loaded.chatTemplate, places, aligner, onEvent });
  }

  encodeResponse(text: string): ModelResponse {
    requireAnswer(text);
    return textResponse(this.processor, this.processor.encode(text), "given");
  }

  responseTokens(response: ModelResponse): readonly string[] {
    requireResponse(response);
    return this.processor.tokenTexts(response.generatedTextTokens);
  }

  contextUse(chat: Chat): ContextUse | null {
    return this.contextOf(promptLength(speechChat(chat).promptParts(), 1));
  }

  async generateBatch(chats: readonly Chat[], options: GenerateBatchOptions = {}): Promise<readonly ModelResponse[]> {
    requireChats(chats);
    const { maxNewTokens, modelConfig, keepHistory, seed } = generationOf(options);
    const { textTemperature: temperature, textTopK: topK } = modelConfig;
    const { sharedPrefix = null, branch, signal } = options;
    const responses: ModelResponse[] = [];
    await this.serve(chats, signal, async ({ prompts, embed }) => {
      const policy = new TextPolicy({
        sampling: { temperature, topK },
        endIds: new Set(this.parts.loaded.eosIds),
        maxNewTokens,
        tokenIds: this.drawn,
        room: prompts.map(({ length }) => answerRoom(this.contextOf(length))),
        answers: this.answers,
        rng: (request) => createRng(`${seed}/${(chats[request] as Chat).fingerprint}`),
      });
      const onDone = (request: number): void => {
        const { ids, finishReason } = policy.output(request);
        const response = textResponse(this.processor, Int32Array.from(ids), finishReason);
        responses[request] = keepHistory ? withHistory(chats[request] as TemplatedSpeechChat, response) : response;
        options.onResult?.(request, responses[request] as ModelResponse);
      };
      await this.model.decode(prompts, { policy, maxSteps: maxNewTokens, sharedPrefix, branch, signal, embed, onDone });
    });
    return responses;
  }

  async score(chats: readonly Chat[], response: ModelResponse, options: ScoreOptions = {}): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponse(response);
    const { sharedPrefix = null, branch, signal, onResult } = options;
    const targets = response.generatedTextTokens;
    return await this.serve(chats, signal, async ({ prompts, embed }) => {
      for (const { length } of prompts) answerRoom(this.contextOf(length), targets.length);
      const more = onResult === undefined ? {} : { onResult };
      return await this.model.score(prompts, { targets, sharedPrefix, branch, signal, embed, ...more });
    });
  }

  async diverge(chats: readonly Chat[], response: ModelResponse, options: DivergeOptions): Promise<readonly Float64Array[]> {
    requireChats([...chats, options.reference]);
    requireResponse(response);
    const ids = response.generatedTextTokens;
    return await this.serve([options.reference, ...chats], options.signal, (served) =>
      divergeServed(this.model, served, ids, options, (length) => answerRoom(this.contextOf(length), ids.length)),
    );
  }

  async getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    const { text, engine } = this.parts;
    const table = text === null ? findEmbeddingTable(engine.onnx) : null;
    if (text === null && table === null)
      throw this.noEmbeddings("static", "its graph keeps token embeddings in a form that cannot be read");
    return await this.serve([], undefined, async () => {
      const matrices: Matrix[] = [];
      for (const { generatedTextTokens: ids } of responses) {
        const columns = table?.hidden ?? text?.hidden ?? 0;
        const data = table?.rows(ids) ?? joinFloats(((await text?.rows([...ids])) ?? []).map((row) => row.subarray(0, columns)));
        matrices.push({ rows: ids.length, columns, data });
      }
      return matrices;
    });
  }

  async getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    if (!this.model.hasHidden) throw this.noEmbeddings("contextual", "its decoder has no `hidden_states` output");
    const rows = responses.map(({ generatedTextTokens: ids }) => ids);
    const filled = rows.filter((row) => row.length > 0);
    const given = (await this.serve([], undefined, ({ embed }) => this.model.hiddenStates(filled, undefined, embed))).values();
    const data = rows.map((row) => (row.length === 0 ? new Float32Array(0) : (given.next().value as Float32Array)));
    const columns = rows.reduce((width, { length }, i) => (length > 0 ? (data[i] as Float32Array).length / length : width), 0);
    return rows.map(({ length }, i) => ({ rows: length, columns, data: data[i] as Float32Array }));
  }

  async dispose(): Promise<void> {
    const { text, encoder } = this.parts;
    await this.queue(async () => {
      await this.model.release();
      await text?.close();
      await (await encoder.peek()?.catch(() => null))?.release();
    });
  }

  private contextOf(used: number): ContextUse | null {
    const { positions } = this.parts;
    return positions === null ? null : { used, window: positions };
  }

  /** One call, after those that were asked before it. */
  private async serve<T>(chats: readonly Chat[], signal: AbortSignal | undefined, run: (call: EmbedCall) => Promise<T>): Promise<T> {
    const { embedder } = this.parts;
    return await this.queue(async () => {
      const prompts = chats.map((chat) => speechChat(chat).promptParts());
      const result = await run(embedder.call(prompts, signal));
      this.calls += chats.length;
      embedder.ids.rest();
      return result;
    });
  }
}

/** The same answer with what the model was fed + answer as one chat. The template's closing stands for the token that ended the answer. */
function withHistory(chat: TemplatedSpeechChat, response: ModelResponse): ModelResponse {
  const copy = chat.readyToAnswer().copy();
  const ids = response.generatedTextTokens;
  copy.append(response.finishReason === "stop" ? ids.subarray(0, ids.length - 1) : ids);
  copy.endTurn();
  return { ...response, chat: copy };
}

function speechChat(chat: Chat): TemplatedSpeechChat {
  if (chat instanceof TemplatedSpeechChat) {
    chat.requireAnswerable();
    return chat;
  }
  throw new ConnectorError(`this model takes chats that it made itself (getNewChat, buildChat), not ${inWords(chat)}`);
}

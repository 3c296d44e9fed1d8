import { answerRoom, type ContextUse } from "../../chat/context_window.js";
import type { ModelResponse } from "../../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../../chat/types.js";
import type { BaseChatOptions, BaseMllmChat } from "../../compat/chat.js";
import { ConnectorError, SpecError } from "../../errors.js";
import type { ModelIdentity } from "../../repos/resources.js";
import type { LoadedTokenizer } from "../../text/load_tokenizer.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { minOf } from "../../util/arrays.js";
import { itemAt } from "../../util/elements.js";
import { buildTemplatedChat } from "../causal_text/build.js";
import { TransformersTextChat } from "../causal_text/chat.js";
import { buildPromptChat } from "../causal_text/prompt.js";
import { givenResponse, promptOf, textResponse, withHistory } from "../causal_text/response.js";
import { templateMarkers } from "../causal_text/turn_markers.js";
import { generationOf } from "../generation.js";
import { requireAnswer, requireChats, requireMessages, requireResponse } from "../model_arguments.js";
import type { GenerateBatchOptions, LoadOptions, ModelUsage, ScoreOptions } from "../types.js";
import { type Connection, planOf } from "./connection.js";
import { drawingOf, isDrawn, seedOf } from "./drawing.js";
import { byIds, inChunks, pump } from "./in_parts.js";
import { strange } from "./read.js";
import { ServedModel } from "./served_model.js";
import type { Drawing, IdsProtocol } from "./server_kind.js";

export interface IdsParts {
  readonly loaded: LoadedTokenizer;
  readonly identity: ModelIdentity;
  /** null: nothing is asked of the server. */
  readonly connection: Connection | null;
  /** null with the connection. */
  readonly protocol: IdsProtocol | null;
  /** It tells how probable a given answer is. */
  readonly scores: boolean;
}

/** A text model behind a server that takes token ids: chats are tokenised here, and nothing differs from a model that runs here but where it runs. */
export class ServedTextModel extends ServedModel {
  readonly can: { readonly score: boolean; readonly deterministic: false; readonly maxBatch: number; readonly concurrency: 1 };
  readonly processor: Tokenizer;
  private readonly parts: IdsParts;
  private calls = 0;
  private tokens = 0;

  constructor(options: LoadOptions, parts: IdsParts) {
    super(options, parts);
    this.parts = parts;
    this.processor = parts.loaded.tokenizer;
    const { chunk, concurrency } = parts.connection?.parting ?? { chunk: 1, concurrency: 1 };
    this.can = { score: parts.scores, deterministic: false, maxBatch: chunk * concurrency, concurrency: 1 };
  }

  get usage(): ModelUsage {
    return { calls: this.calls, tokens: this.tokens, passes: this.model?.calls.sent ?? 0, plan: planOf(this.model) };
  }

  getNewChat(options: BaseChatOptions = {}): TransformersTextChat {
    const { tokenizer, chatTemplate } = this.parts.loaded;
    const markers = chatTemplate === null ? null : templateMarkers(chatTemplate, tokenizer);
    return new TransformersTextChat({ ...this.chatOptions(options), tokenizer, markers });
  }

  async buildChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<BaseMllmChat> {
    requireMessages(messages);
    return buildTemplatedChat(this.processor, this.parts.loaded.chatTemplate, messages, this.chatOptions(options));
  }

  async buildPrompt(texts: readonly string[], options: ChatOptions = {}): Promise<BaseMllmChat> {
    return buildPromptChat(this.processor, texts, this.chatOptions(options));
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
    const { connection, protocol } = this.asked();
    const prompts = chats.map(promptOf);
    const room = prompts.map((prompt) => Math.min(maxNewTokens, answerRoom(this.contextOf(prompt))));
    const drawing = drawingOf(modelConfig);
    const responses: ModelResponse[] = [];
    const ask = async (part: readonly number[]): Promise<void> => {
      const maxTokens = minOf(part.map((i) => itemAt(room, i)));
      const first = itemAt(part, 0);
      const how: Drawing = { ...drawing, maxTokens, seed: isDrawn(drawing) ? seedOf(seed, chats[first] as Chat) : 0 };
      const asked = part.map((i) => prompts[i] as Int32Array);
      const drawn = await protocol.generate(connection.served, asked, how, options.signal);
      part.forEach((chat, i) => {
        const { ids, ended } = drawn[i] as (typeof drawn)[number];
        this.requireOwn(ids, maxTokens);
        const response = textResponse(this.processor, ids, ended ? "stop" : "length");
        responses[chat] = keepHistory ? withHistory(chats[chat] as TransformersTextChat, response) : response;
        this.count(prompts[chat] as Int32Array, ids.length);
        options.onResult?.(chat, responses[chat]);
      });
    };
    // A request has one seed, and every chat a seed of its own.
    const chunk = isDrawn(drawing) ? 1 : connection.parting.chunk;
    const parts = inChunks(byIds(prompts), chunk, lengthIn(prompts), (i) => itemAt(room, i));
    await this.queue(() => pump(parts, connection.parting.concurrency, ask));
    return responses;
  }

  async score(chats: readonly Chat[], response: ModelResponse, options: ScoreOptions = {}): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponse(response);
    const { connection, protocol } = this.asked();
    const prompts = chats.map(promptOf);
    const ids = response.generatedTextTokens;
    for (const prompt of prompts) answerRoom(this.contextOf(prompt), ids.length);
    const answer = { ids, endIds: new Set(this.parts.loaded.eosIds) };
    const refusal = protocol.refusal?.(answer, (id) => this.processor.decode([id]).includes("\uFFFD")) ?? null;
    if (refusal !== null)
      throw new SpecError(`${connection.kind.title} cannot tell how probable the answer ${JSON.stringify(response.text)} is: ${refusal}`);
    const scores: Float64Array[] = [];
    const ask = async (part: readonly number[]): Promise<void> => {
      const asked = part.map((i) => prompts[i] as Int32Array);
      const found = await protocol.score(connection.served, asked, answer, options.signal);
      part.forEach((chat, i) => {
        scores[chat] = found[i] as Float64Array;
        this.count(prompts[chat] as Int32Array, ids.length);
        options.onResult?.(chat, scores[chat]);
      });
    };
    const parts = inChunks(byIds(prompts), connection.parting.chunk, lengthIn(prompts), () => 0);
    await this.queue(() => pump(parts, connection.parting.concurrency, ask));
    return scores;
  }

  private asked(): { readonly connection: Connection; readonly protocol: IdsProtocol } {
    const connection = this.connected();
    const { protocol } = this.parts;
    if (protocol === null) throw new ConnectorError(`${connection.kind.title} takes no token ids`);
    return { connection, protocol };
  }

  private count(prompt: Int32Array, answer: number): void {
    this.calls++;
    this.tokens += prompt.length + answer;
  }

  /** @throws ConnectorError where the server emits what no token of this tokeniser is, or more than it was asked for. */
  private requireOwn(ids: Int32Array, maxTokens: number): void {
    if (ids.length > maxTokens)
      throw strange(`${ids.length} tokens where at most ${maxTokens} were asked for`, Array.from(ids.subarray(0, 8)));
    const { end, unused } = this.processor.tokenIds;
    const alien = ids.find((id) => id >= end || unused.includes(id));
    if (alien !== undefined)
      throw new ConnectorError(
        `the server answers with token ${alien}, which model.tokenizer does not have: it is another model's tokeniser`,
      );
  }

  private contextOf({ length }: Int32Array): ContextUse | null {
    const window = this.model?.facts.window ?? null;
    return window === null ? null : { used: length, window };
  }
}

const lengthIn = (prompts: readonly Int32Array[]) => (i: number) => (prompts[i] as Int32Array).length;

import { NO_AUDIO } from "../../chat/append.js";
import { inWords } from "../../chat/arguments.js";
import { ModalityFlag, Role } from "../../chat/enums.js";
import type { FinishReason, ModelResponse } from "../../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../../chat/types.js";
import type { BaseChatOptions } from "../../compat/chat.js";
import { ConnectorError, SpecError } from "../../errors.js";
import type { ModelIdentity } from "../../repos/resources.js";
import { minOf, sum } from "../../util/arrays.js";
import { generationOf } from "../generation.js";
import { requireAnswer, requireChats, requireMessages, requireResponse } from "../model_arguments.js";
import { buildTurnByTurn } from "../speech/build.js";
import type { GenerateBatchOptions, LoadOptions, ModelUsage, ScoreOptions } from "../types.js";
import { type Connection, planOf } from "./connection.js";
import { drawingOf, isDrawn, seedOf } from "./drawing.js";
import { pump } from "./in_parts.js";
import { MessagesChat } from "./messages_chat.js";
import { ServedModel } from "./served_model.js";
import type { MessagesScore } from "./server_kind.js";
import { WordTokenizer, wordsWithBlanks } from "./word_tokenizer.js";

export interface MessagesParts {
  readonly identity: ModelIdentity;
  /** null: nothing is asked of the server. */
  readonly connection: Connection | null;
  /** null where it does not tell how probable a given answer is. */
  readonly scorer: MessagesScore | null;
}

/** A model behind a server that takes messages, and renders and tokenises them itself. */
export class ServedChatModel extends ServedModel {
  readonly can: { readonly score: boolean; readonly deterministic: false; readonly maxBatch: number; readonly concurrency: 1 };
  readonly processor: WordTokenizer = new WordTokenizer();
  private calls = 0;
  private words = 0;

  constructor(
    options: LoadOptions,
    private readonly parts: MessagesParts,
  ) {
    super(options, parts);
    const maxBatch = parts.connection?.parting.concurrency ?? 1;
    this.can = { score: parts.connection === null || parts.scorer !== null, deterministic: false, maxBatch, concurrency: 1 };
  }

  /** Tokens are counted in words: what the server makes of them it alone knows. */
  get usage(): ModelUsage {
    return { calls: this.calls, tokens: this.words, passes: this.model?.calls.sent ?? 0, plan: planOf(this.model) };
  }

  getNewChat(options: BaseChatOptions = {}): MessagesChat {
    const encoding = this.model?.kind.messages.sound ?? "pcm16";
    return new MessagesChat({ ...this.chatOptions(options), words: this.processor, encoding });
  }

  async buildChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<MessagesChat> {
    requireMessages(messages);
    const kind = this.model?.kind ?? null;
    if (kind?.messages.sound === null && messages.some(({ content }) => content.some((part) => part.kind === "audio")))
      throw new ConnectorError(`the messages have audio, and ${kind.title} takes text only`);
    return await buildTurnByTurn(this.getNewChat(options), messages, options.aligner);
  }

  /** One step a word. */
  encodeResponse(text: string): ModelResponse {
    requireAnswer(text);
    return this.responseOf(text, "given");
  }

  responseTokens(response: ModelResponse): readonly string[] {
    requireResponse(response);
    return wordsWithBlanks(response.text);
  }

  async generateBatch(chats: readonly Chat[], options: GenerateBatchOptions = {}): Promise<readonly ModelResponse[]> {
    requireChats(chats);
    const { maxNewTokens, modelConfig, keepHistory, seed } = generationOf(options);
    const connection = this.connected();
    const drawing = { ...drawingOf(modelConfig), maxTokens: maxNewTokens };
    if (isDrawn(drawing) && drawing.topK !== null && !connection.kind.messages.cutsTopK) {
      const { title } = connection.kind;
      throw new SpecError(
        `generation.text_top_k: ${title} cannot be told to draw among the ${drawing.topK} likeliest tokens; null draws among all`,
      );
    }
    const responses: ModelResponse[] = [];
    await this.eachOf(chats, async (chat, i) => {
      const how = { ...drawing, seed: isDrawn(drawing) ? seedOf(seed, chat) : 0 };
      const { text, ended } = await connection.kind.messages.generate(connection.served, await chat.messages(), how, options.signal);
      const response = this.responseOf(text, ended ? "stop" : "length");
      responses[i] = keepHistory ? { ...response, chat: withAnswer(chat, text) } : response;
      options.onResult?.(i, responses[i]);
    });
    return responses;
  }

  /** The server's tokens are not the words that an answer's steps are here: each step is given the mean of the tokens. */
  async score(chats: readonly Chat[], response: ModelResponse, options: ScoreOptions = {}): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponse(response);
    const { served, kind } = this.connected();
    const { scorer } = this.parts;
    if (scorer === null) throw new ConnectorError(`${kind.title} does not tell how probable a given answer is`);
    const { text } = response;
    const answer = { text, ids: await scorer.tokenise(served, text, options.signal) };
    const scores: Float64Array[] = [];
    await this.eachOf(chats, async (chat, i) => {
      const tokens = await scorer.of(served, await chat.messages(), answer, options.signal);
      scores[i] = new Float64Array(response.generatedTextTokens.length).fill(sum(tokens) / tokens.length);
      options.onResult?.(i, scores[i]);
    });
    return scores;
  }

  /**
   * An answer is one of the likeliest first tokens, blanks around it aside. Servers tell twenty of them: an answer that is not among these is given the
   * probability of the least of them, which is the most that it can have.
   */
  async scoreChoices(
    chats: readonly Chat[],
    answers: readonly ModelResponse[],
    options: ScoreOptions = {},
  ): Promise<readonly Float64Array[]> {
    requireChats(chats);
    answers.forEach(requireResponse);
    const { served, kind } = this.connected();
    const { likeliest } = kind.messages;
    if (likeliest === null) throw new ConnectorError(`${kind.title} does not tell how probable first tokens of an answer are`);
    const scores: Float64Array[] = [];
    await this.eachOf(chats, async (chat, i) => {
      const told = await likeliest(served, await chat.messages(), options.signal);
      const least = minOf(told.map(({ logProbability }) => logProbability));
      scores[i] = Float64Array.from(answers, ({ text }) => {
        const same = told.filter((token) => token.text.trim() === text.trim());
        return same.length === 0 ? least : Math.log(sum(same.map(({ logProbability }) => Math.exp(logProbability))));
      });
      options.onResult?.(i, scores[i]);
    });
    return scores;
  }

  private async eachOf(chats: readonly Chat[], ask: (chat: MessagesChat, index: number) => Promise<void>): Promise<void> {
    const own = chats.map(requireOwn);
    const { concurrency } = this.connected().parting;
    const run = async (i: number): Promise<void> => {
      await ask(own[i] as MessagesChat, i);
      this.calls++;
      this.words += (own[i] as MessagesChat).inputTokensNum;
    };
    await this.queue(() => pump([...own.keys()], concurrency, run));
  }

  private responseOf(text: string, finishReason: FinishReason): ModelResponse {
    const ids = this.processor.encode(text);
    return {
      chat: null,
      generatedTextTokens: ids,
      generatedAudioTokens: NO_AUDIO,
      generatedModalityFlag: Array.from(ids, () => ModalityFlag.TEXT),
      text,
      finishReason,
    };
  }
}

function requireOwn(chat: Chat): MessagesChat {
  if (!(chat instanceof MessagesChat))
    throw new ConnectorError(`this model takes chats that it made itself (getNewChat, buildChat), not ${inWords(chat)}`);
  chat.requireAnswerable();
  return chat;
}

function withAnswer(chat: MessagesChat, text: string): MessagesChat {
  const copy = chat.copy();
  if (copy.speaker !== Role.ASSISTANT) copy.newTurn(Role.ASSISTANT);
  if (text !== "") copy.addText(text);
  copy.endTurn();
  return copy;
}

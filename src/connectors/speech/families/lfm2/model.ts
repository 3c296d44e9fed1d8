import { type AudioCodes, NO_AUDIO, requireCodes } from "../../../../chat/append.js";
import { inWords } from "../../../../chat/arguments.js";
import { answerRoom, type ContextUse } from "../../../../chat/context_window.js";
import { ModalityFlag, ModelHistoryTrackingMode } from "../../../../chat/enums.js";
import type { ModelResponse } from "../../../../chat/model_response.js";
import type { Chat, ChatMessage, ChatOptions } from "../../../../chat/types.js";
import { AnswerTrie } from "../../../../decoding/answer_trie.js";
import type { DecoderEngine } from "../../../../decoding/engine.js";
import { ConnectorError } from "../../../../errors.js";
import { createRng } from "../../../../random.js";
import type { ModelIdentity } from "../../../../repos/resources.js";
import type { Tokenizer } from "../../../../text/tokenizer.js";
import { type Generation, generationOf } from "../../../generation.js";
import { BaseMllmModel, checkLoadOptions, LOAD_DEFAULTS } from "../../../model.js";
import { requireAnswer, requireChats, requireMessages, requireResponse, requireResponses } from "../../../model_arguments.js";
import type { DivergeOptions, GenerateBatchOptions, LoadOptions, Matrix, ModelUsage, ScoreOptions } from "../../../types.js";
import { buildTurnByTurn } from "../../build.js";
import { divergeServed } from "../../diverge.js";
import type { EmbedCall } from "../../embed_call.js";
import { promptLength } from "../../prompt.js";
import { LiquidAudioChat } from "./chat.js";
import type { NewLiquidChatOptions } from "./chat_options.js";
import { codesOutOfRange, FRAME_SECONDS } from "./detokenize.js";
import { type LiquidParts, loadLiquid } from "./load.js";
import { LiquidPolicy } from "./policy.js";
import { liquidResponse, responseSteps, stepIds, withHistory } from "./response.js";
import { scoreSteps } from "./score.js";
import { END_OF_AUDIO } from "./tokens.js";

/**
 * LFM2-Audio and LFM2.5-Audio exported to ONNX: hears, reads, writes and speaks. Generates text, then sound where the
 * model opens it, with `ModelHistoryTrackingMode.TEXT`, and text and sound by turns otherwise.
 */
export class LiquidAudio extends BaseMllmModel {
  readonly can = { score: true, deterministic: true, maxBatch: 1024, concurrency: 1 } as const;
  readonly frameSeconds = FRAME_SECONDS;
  readonly identity: ModelIdentity;
  readonly processor: Tokenizer;
  readonly model: DecoderEngine;
  private readonly parts: LiquidParts;
  private answers = new AnswerTrie();
  private calls = 0;

  private constructor(options: LoadOptions, parts: LiquidParts) {
    const history = options.historyTrackingMode ?? ModelHistoryTrackingMode.TEXT;
    super(options.config, options.device ?? LOAD_DEFAULTS.device, history, options.onEvent);
    this.parts = parts;
    this.processor = parts.loaded.tokenizer;
    this.model = parts.engine;
    this.identity = parts.identity;
  }

  /**
   * @throws SpecError where the repository cannot be reached as asked, ConnectorError where files are missing, damaged or
   * not understood.
   */
  static async load(options: LoadOptions): Promise<LiquidAudio> {
    checkLoadOptions(options);
    return new LiquidAudio(options, await loadLiquid(options));
  }

  get usage(): ModelUsage {
    const { tokens, passes } = this.model.spent;
    return {
      calls: this.calls,
      tokens,
      passes: passes + this.parts.spent.passes,
      plan: `${this.model.plan}; each masked clip encoded once`,
    };
  }

  getNewChat(options: NewLiquidChatOptions = {}): LiquidAudioChat {
    const { config } = this.parts;
    return new LiquidAudioChat({
      ...this.chatOptions(options),
      tokenizer: this.processor,
      audioMasking: options.audioMasking ?? config.audioMasking ?? undefined,
      melConfig: config.mel,
      codebooks: config.codebooks,
      decodeCodes: (audio, sampleRate, format) => this.decodeCodes(audio, sampleRate, format, options.ffmpegPath),
    });
  }

  async buildChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<LiquidAudioChat> {
    requireMessages(messages);
    return await buildTurnByTurn(this.getNewChat(options), messages, options.aligner);
  }

  encodeResponse(text: string): ModelResponse {
    requireAnswer(text);
    const ids = this.processor.encode(text);
    const flags = Array.from(ids, () => ModalityFlag.TEXT);
    return {
      chat: null,
      generatedTextTokens: ids,
      generatedAudioTokens: NO_AUDIO,
      generatedModalityFlag: flags,
      text,
      finishReason: "given",
    };
  }

  responseTokens(response: ModelResponse): readonly string[] {
    requireResponse(response);
    const texts = this.processor.tokenTexts(response.generatedTextTokens).values();
    return response.generatedModalityFlag.map((flag) => (flag === ModalityFlag.TEXT ? (texts.next().value as string) : ""));
  }

  contextUse(chat: Chat): ContextUse | null {
    return this.contextOf(promptLength(liquidChat(chat).promptParts(), this.parts.config.codebooks));
  }

  async generateBatch(chats: readonly Chat[], options: GenerateBatchOptions = {}): Promise<readonly ModelResponse[]> {
    requireChats(chats);
    const generation = generationOf(options);
    const responses: ModelResponse[] = [];
    await this.serve(chats, options.signal, ({ prompts, embed }) => {
      const policy = this.policy(chats, prompts, generation);
      return this.model.decode(prompts, {
        policy,
        embed,
        maxSteps: generation.maxNewTokens,
        sharedPrefix: options.sharedPrefix ?? null,
        branch: options.branch,
        signal: options.signal,
        onDone: (request) => {
          const response = liquidResponse(this.processor, policy.output(request), this.parts.config.codebooks);
          responses[request] = generation.keepHistory ? this.withHistory(chats[request] as LiquidAudioChat, response) : response;
          options.onResult?.(request, responses[request] as ModelResponse);
        },
      });
    });
    if (generation.keepHistory) await this.hear(responses);
    return responses;
  }

  async score(chats: readonly Chat[], response: ModelResponse, options: ScoreOptions = {}): Promise<readonly Float64Array[]> {
    requireChats(chats);
    requireResponse(response);
    const { embedder, speech, config } = this.parts;
    const steps = responseSteps(response, config.codebooks);
    return await this.serve(chats, options.signal, ({ prompts, embed }) => {
      for (const { length } of prompts) answerRoom(this.contextOf(length), steps.length);
      return scoreSteps(this.model, prompts, {
        steps,
        embed,
        ids: stepIds(steps, embedder),
        depthformer: speech.depthformer.get,
        sharedPrefix: options.sharedPrefix ?? null,
        branch: options.branch,
        signal: options.signal,
        onResult: options.onResult,
      });
    });
  }

  async diverge(chats: readonly Chat[], response: ModelResponse, options: DivergeOptions): Promise<readonly Float64Array[]> {
    requireChats([...chats, options.reference]);
    requireResponse(response);
    if (response.generatedAudioTokens.frames > 0) throw new ConnectorError("a spoken answer's frames have no law of next tokens");
    const ids = response.generatedTextTokens;
    return await this.serve([options.reference, ...chats], options.signal, (served) =>
      divergeServed(this.model, served, ids, options, (length) => answerRoom(this.contextOf(length), ids.length)),
    );
  }

  async getStaticEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    const { text } = this.parts;
    return await this.serve([], undefined, async ({ embed }) => {
      const matrices: Matrix[] = [];
      for (const ids of this.idsOf(responses)) matrices.push({ rows: ids.length, columns: text.hidden, data: await embed(ids) });
      return matrices;
    });
  }

  async getContextualEmbeddings(responses: readonly ModelResponse[]): Promise<readonly Matrix[]> {
    requireResponses(responses);
    if (!this.model.hasHidden) throw this.noEmbeddings("contextual", "its decoder has no `hidden_states` output");
    const { rows, given } = await this.serve([], undefined, async ({ embed }) => {
      const ids = this.idsOf(responses);
      const filled = ids.filter((row) => row.length > 0);
      return { rows: ids, given: await this.model.hiddenStates(filled, undefined, embed) };
    });
    const states = given.values();
    const data = rows.map((row) => (row.length === 0 ? new Float32Array(0) : (states.next().value as Float32Array)));
    const columns = rows.reduce((width, { length }, i) => (length > 0 ? (data[i] as Float32Array).length / length : width), 0);
    return rows.map(({ length }, i) => ({ rows: length, columns, data: data[i] as Float32Array }));
  }

  /**
   * Generated codes as a file; no frame but the end of audio gives empty bytes. Codes that are none are taken for the nearest, with a warning.
   * @throws ConnectorError where the model has no detokenizer, or other codebooks.
   */
  async decodeCodes(audio: AudioCodes, sampleRate: number, format: string, ffmpegPath?: string): Promise<Uint8Array> {
    requireCodes(audio);
    const { codebooks } = this.parts.config;
    if (audio.frames > 0 && audio.codebooks !== codebooks) {
      throw new ConnectorError(`frames of ${audio.codebooks} codes cannot be decoded: this model speaks in ${codebooks}`);
    }
    const wrong = codesOutOfRange(audio);
    if (wrong > 0) {
      const message = `${wrong} of the audio codes to decode are not from 0 to ${END_OF_AUDIO - 1}: the nearest is taken`;
      this.onEvent?.({ kind: "warning", message });
    }
    const detokenizer = await this.parts.speech.detokenizer.get();
    return await detokenizer.encoded(audio, sampleRate, format, ffmpegPath === undefined ? {} : { ffmpegPath });
  }

  async dispose(): Promise<void> {
    const { text, audio, encoder, speech } = this.parts;
    await this.queue(async () => {
      await this.model.release();
      await text.close();
      await (await opened(audio.peek()))?.close();
      for (const part of [encoder, speech.depthformer, speech.detokenizer])
        await (await opened<{ release(): Promise<void> }>(part.peek()))?.release();
    });
  }

  private contextOf(used: number): ContextUse | null {
    const { positions } = this.parts.config;
    return positions === null ? null : { used, window: positions };
  }

  private policy(chats: readonly Chat[], prompts: readonly Int32Array[], { modelConfig, maxNewTokens, seed }: Generation): LiquidPolicy {
    const { config, ids, embedder, speech } = this.parts;
    const { textTemperature, textTopK, audioTemperature, audioTopK } = modelConfig;
    return new LiquidPolicy({
      ...config,
      mode: this.historyTrackingMode === ModelHistoryTrackingMode.TEXT ? "sequential" : "interleaved",
      ids,
      maxNewTokens,
      room: prompts.map(({ length }) => answerRoom(this.contextOf(length))),
      text: { temperature: textTemperature, topK: textTopK },
      audio: { temperature: audioTemperature, topK: audioTopK },
      tokenIds: this.processor.tokenIds,
      rng: (request) => createRng(`${seed}/${(chats[request] as Chat).fingerprint}`),
      frames: async (hidden, rows, choose) => (await speech.depthformer.get()).frames(hidden, rows, choose),
      frameId: (codes) => embedder.ids.frame(codes),
      answers: this.answers,
    });
  }

  /** One call, after those that were asked before it. */
  private async serve<T>(chats: readonly Chat[], signal: AbortSignal | undefined, run: (call: EmbedCall) => Promise<T>): Promise<T> {
    const { embedder } = this.parts;
    return await this.queue(async () => {
      try {
        const result = await run(
          embedder.call(
            chats.map((chat) => liquidChat(chat).promptParts()),
            signal,
          ),
        );
        this.calls += chats.length;
        return result;
      } finally {
        // Guesses must not name frames that nothing stands behind any more.
        if (embedder.ids.rest()) this.answers = new AnswerTrie();
      }
    });
  }

  /** Gives histories the sound of what was said; a model without a codec says so, and its frames stay empty. */
  private async hear(responses: readonly ModelResponse[]): Promise<void> {
    for (const { chat } of responses) {
      try {
        if (chat instanceof LiquidAudioChat) await chat.decodeGenerated();
      } catch (error) {
        if (!(error instanceof ConnectorError)) throw error;
        this.onEvent?.({ kind: "warning", message: `the history holds no sound of the answer: ${error.message}` });
        return;
      }
    }
  }

  private withHistory(chat: LiquidAudioChat, response: ModelResponse): ModelResponse {
    return withHistory(chat, response, this.parts.ids.turnEnd, this.historyTrackingMode);
  }

  private idsOf(responses: readonly ModelResponse[]): readonly Int32Array[] {
    const { embedder, config } = this.parts;
    return responses.map((response) => stepIds(responseSteps(response, config.codebooks), embedder));
  }
}

function liquidChat(chat: Chat): LiquidAudioChat {
  if (chat instanceof LiquidAudioChat) {
    chat.requireAnswerable();
    return chat;
  }
  throw new ConnectorError(`this model takes chats that it made itself (getNewChat, buildChat), not ${inWords(chat)}`);
}

/** What was opened, or null where it never was or could not be. */
async function opened<T>(part: Promise<T> | null): Promise<T | null> {
  return part === null ? null : await part.catch(() => null);
}

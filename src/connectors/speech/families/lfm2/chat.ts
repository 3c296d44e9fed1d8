import { LFM2_MEL, type Mel, type MelConfig } from "../../../../audio/front_ends/mel.js";
import { type AudioCodes, joinCodes } from "../../../../chat/append.js";
import { inWords } from "../../../../chat/arguments.js";
import type { TurnMarkers } from "../../../../chat/chat_builder.js";
import { ModalityFlag, Role } from "../../../../chat/enums.js";
import { AUDIO_ID } from "../../../../chat/token_table.js";
import type { BaseMllmChat } from "../../../../compat/chat.js";
import { ConnectorError } from "../../../../errors.js";
import { joinIds } from "../../../../util/arrays.js";
import { int32At } from "../../../../util/elements.js";
import { codesOfToken, isGenerated, withFrames } from "../../chat_audio.js";
import { LiquidChatConstants } from "./chat_constants.js";
import type { LiquidAudioChatOptions } from "./chat_options.js";
import { lfm2EncoderInput } from "./encoder_input.js";
import { type PlacedFrame, soundsOf } from "./frame_sounds.js";

const NAMES = { [Role.SYSTEM]: "system", [Role.USER]: "user", [Role.ASSISTANT]: "assistant" } as const;

/**
 * A conversation of text and audio for LFM2-Audio. One audio token stands for 8 mel frames (80 ms); an aligned clip has one
 * token a word. Answers may hold generated frames of sound.
 */
export class LiquidAudioChat extends LiquidChatConstants {
  readonly melConfig: MelConfig;
  readonly #own: LiquidAudioChatOptions;
  /** Wave files of generated frames, by their place among the codes. */
  #sounds: ReadonlyMap<number, Uint8Array> = new Map();

  constructor(options: LiquidAudioChatOptions) {
    const melConfig = options.melConfig ?? LFM2_MEL;
    super({ ...options, encoderInput: lfm2EncoderInput(melConfig), codebooks: options.codebooks ?? LiquidAudioChat.AUDIO_OUT_SHAPE });
    this.#own = options;
    this.melConfig = melConfig;
  }

  /** Rows of the encoding that `frames` mel frames make. */
  static melToEmbeddingLength(frames: number): number {
    return Math.ceil(frames / 8);
  }

  /** Normalised mel of each clip as the encoder is fed, `[frames, bins]`. */
  get audioIn(): readonly Mel[] {
    // This front end makes them at once.
    return this.features() as readonly Mel[];
  }

  /** (T, K) codes of the generated frames; audio that was heard has none. */
  override get audioTokens(): AudioCodes {
    const { codebooks } = this.audio;
    const rows = this.#generated.map((token) => codesOfToken(this.audio, token));
    return { frames: rows.length, codebooks, codes: joinIds(rows) };
  }

  override async decodeAudio(
    tokens: AudioCodes | readonly AudioCodes[] = this.audioTokens,
    sampleRate = 24_000,
    format = "mp3",
  ): Promise<Uint8Array> {
    const audio = joinCodes("frames" in Object(tokens) ? [tokens as AudioCodes] : (tokens as readonly AudioCodes[]));
    if (!(Number.isFinite(sampleRate) && sampleRate > 0))
      throw new ConnectorError(`sampleRate is ${inWords(sampleRate)}, not a rate in Hz`);
    const { decodeCodes } = this.#own;
    if (audio.frames === 0 || decodeCodes === undefined) return new Uint8Array(0);
    return await decodeCodes(audio, sampleRate, format);
  }

  /**
   * Decodes generated frames whose sound is not known yet, turn by turn: `getConversation`, which cannot wait, then holds a wave file of each. A history that
   * a model gives has them already; frames that were appended by hand are empty until this is called.
   * @throws ConnectorError where the model has no codec.
   */
  async decodeGenerated(): Promise<void> {
    const { decodeCodes } = this.#own;
    if (decodeCodes === undefined) return;
    for (const frames of this.#framesOfTurns) {
      if (frames.every(({ frame }) => this.#sounds.has(frame))) continue;
      const sounds = await soundsOf(frames, decodeCodes);
      this.#sounds = new Map([...this.#sounds, ...sounds]);
    }
  }

  protected override get oneClipATurn(): boolean {
    return true;
  }

  protected override emptyCopy(): LiquidAudioChat {
    return new LiquidAudioChat(this.#own);
  }

  protected override turnMarkers(role: Role): TurnMarkers {
    const { start, end } = LiquidAudioChat.TURN;
    return { preamble: LiquidAudioChat.START_MARK, open: `${start}${NAMES[role]}\n`, close: end };
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    const { start, end } = LiquidAudioChat.TURN;
    return [Role.SYSTEM, Role.USER, Role.ASSISTANT].map((role) =>
      joinIds([`${start}${NAMES[role]}\n`, end].map((text) => this.tokenizer.encode(text))),
    );
  }

  protected override appendAudio({ codebooks, codes }: AudioCodes, from: number, to: number): void {
    if (codebooks !== this.audio.codebooks) {
      throw new ConnectorError(`audio frames of ${codebooks} codes do not fit a chat of ${this.audio.codebooks} codebooks`);
    }
    const tokens = this.inputTokensNum;
    const ids = new Int32Array(to - from).fill(AUDIO_ID);
    this.addToTurn({ ids, modality: ModalityFlag.AUDIO, texts: new Array<string>(to - from).fill(""), times: null });
    this.audio = withFrames(this.audio, codes.slice(from * codebooks, to * codebooks), tokens);
  }

  protected override adoptAll(source: BaseMllmChat): void {
    if (source instanceof LiquidAudioChat) this.#sounds = source.#sounds;
    super.adoptAll(source);
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (source instanceof LiquidAudioChat) this.#sounds = source.#sounds;
    super.adoptRest(source, kept);
  }

  /** Of a generated frame a wave file where it was decoded (`decodeGenerated`). */
  protected override audioContent(token: number): Uint8Array {
    if (!isGenerated(this.audio, token)) return super.audioContent(token);
    return this.#sounds.get(int32At(this.audio.unit, token)) ?? new Uint8Array(0);
  }

  get #generated(): readonly number[] {
    return Array.from({ length: this.inputTokensNum }, (_, token) => token).filter((token) => isGenerated(this.audio, token));
  }

  get #framesOfTurns(): readonly (readonly PlacedFrame[])[] {
    const turns = new Map<number, PlacedFrame[]>();
    for (const token of this.#generated) {
      const turn = int32At(this.tokenTurns, token);
      const frames = turns.get(turn) ?? [];
      frames.push({ frame: int32At(this.audio.unit, token), codes: codesOfToken(this.audio, token) });
      turns.set(turn, frames);
    }
    return [...turns.values()];
  }
}

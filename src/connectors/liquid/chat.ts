import type { Hash } from "node:crypto";
import { joinIds } from "../../arrays.js";
import { decodeAt } from "../../audio/decode.js";
import { LFM2_MEL, type Mel, type MelConfig } from "../../audio/mel.js";
import { writeWav } from "../../audio/wav_write.js";
import { ConnectorError } from "../../errors.js";
import type { AudioCodes } from "../base/append.js";
import type { Aligner, AudioSegment } from "../base/audio_segment.js";
import { BaseMllmChat } from "../base/chat.js";
import type { TurnMarkers } from "../base/chat_builder.js";
import { AUDIO_ID } from "../base/token_table.js";
import type { Tokenizer } from "../base/tokenizer.js";
import type { AudioMasking } from "../base/types.js";
import { ModalityFlag, Role } from "../enums.js";
import {
  type ChatAudio,
  clipOfToken,
  codesOfToken,
  isGenerated,
  noAudio,
  type PlacedClip,
  sliceAudio,
  withClip,
  withFrames,
} from "./chat_audio.js";
import type { LiquidAudioChatOptions } from "./chat_options.js";
import { type Clip, createClip, hearClip, unitSamples, unitsOf } from "./clip.js";
import type { ClipInput, PromptPart } from "./prompt.js";

const NAMES = { [Role.SYSTEM]: "system", [Role.USER]: "user", [Role.ASSISTANT]: "assistant" } as const;
const START = "<|im_start|>";
const END = "<|im_end|>\n";

/**
 * A conversation of text and audio for LFM2-Audio. One audio token stands for 8 mel frames (80 ms); an aligned clip has one
 * token a word. The clip's samples stay with the chat: a masked chat's mel is made from them, as `audioMasking` says.
 */
export class LiquidAudioChat extends BaseMllmChat {
  /** Mel bins of audio that goes in. */
  static readonly AUDIO_IN_SHAPE = 128;
  /** Codebooks of audio that comes out. */
  static readonly AUDIO_OUT_SHAPE = 8;
  static readonly START_MARK = "<|startoftext|>";
  static readonly EMPTY_SYSTEM_TURN = `${START}system\n${END}`;
  static readonly EMPTY_USER_TURN = `${START}user\n${END}`;
  static readonly EMPTY_ASSISTANT_TURN = `${START}assistant\n${END}`;
  /** Stands in mel arrays for a frame that is not there: the least float32. */
  static readonly audioEmptyValue = -3.4028234663852886e38;
  static readonly modelInputs = ["text", "audio_in", "audio_in_lens", "audio_out", "modality_flag"] as const;

  readonly tokenizer: Tokenizer;
  readonly audioMasking: AudioMasking;
  readonly melConfig: MelConfig;
  readonly validateFromChat: boolean;
  readonly #own: LiquidAudioChatOptions;
  #audio: ChatAudio;
  #heard: readonly ClipInput[] | null = null;

  constructor(options: LiquidAudioChatOptions) {
    super(options);
    this.#own = options;
    this.tokenizer = options.tokenizer;
    this.audioMasking = options.audioMasking ?? "drop";
    this.melConfig = options.melConfig ?? LFM2_MEL;
    this.validateFromChat = options.validateFromChat ?? false;
    this.#audio = noAudio(options.codebooks ?? LiquidAudioChat.AUDIO_OUT_SHAPE);
  }

  /** Rows of the encoding that `frames` mel frames make. */
  static melToEmbeddingLength(frames: number): number {
    return Math.ceil(frames / 8);
  }

  /**
   * Adds a clip to the open turn, one token every 80 ms.
   * @throws ConnectorError on empty bytes, without an open turn, or where the turn has audio already; AudioError where the bytes are no sound.
   */
  override async addAudio(bytes: Uint8Array, _format = "mp3"): Promise<void> {
    this.#checkAudio(bytes);
    this.#addClip(await this.#clip(bytes, null));
  }

  /**
   * Adds a clip as its word segments, one token each.
   * @param attachAudio every segment carries its own encoded audio.
   */
  override async addAudioWithTranscript(
    bytes: Uint8Array,
    transcript: string | readonly string[],
    aligner: Aligner,
    format = "mp3",
    attachAudio = false,
  ): Promise<void> {
    this.#checkAudio(bytes);
    const aligned = await aligner.align(bytes, transcript, format);
    const segments = attachAudio ? await aligner.attachAudioToSegments(aligned, { audio: bytes, format }) : aligned;
    this.#addClip(await this.#clip(bytes, segments));
  }

  /** @param turn from 1; by default every turn with segments. @throws ConnectorError where there are none. */
  override async attachAudioToSegments(aligner: Aligner, bytes: Uint8Array, format = "mp3", turn?: number): Promise<void> {
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw new ConnectorError("audio must be non-empty bytes");
    const meant = (placed: PlacedClip): boolean => placed.clip.segments !== null && (turn === undefined || placed.turn === turn);
    if (!this.#audio.clips.some(meant))
      throw new ConnectorError(`${turn === undefined ? "no turn" : `turn ${turn}`} has audio segments to attach audio to`);
    const clips: PlacedClip[] = [];
    for (const placed of this.#audio.clips) {
      const { segments } = placed.clip;
      if (!meant(placed) || segments === null) clips.push(placed);
      else
        clips.push({
          ...placed,
          clip: { ...placed.clip, segments: await aligner.attachAudioToSegments(segments, { audio: bytes, format }) },
        });
    }
    this.#audio = { ...this.#audio, clips };
    this.refresh();
  }

  /** (T, K) codes of the generated frames. */
  override get audioTokens(): AudioCodes {
    const { codebooks } = this.#audio;
    const rows = this.#generated.map((token) => codesOfToken(this.#audio, token));
    return { frames: rows.length, codebooks, codes: joinIds(rows) };
  }

  override async decodeAudio(tokens: AudioCodes = this.audioTokens, sampleRate = 24_000, format = "mp3"): Promise<Uint8Array> {
    const { decodeCodes } = this.#own;
    if (tokens.frames === 0 || decodeCodes === undefined) return new Uint8Array(0);
    return await decodeCodes(tokens, sampleRate, format);
  }

  /** Words of each turn's clip, where it was aligned. */
  get audioSegments(): readonly (readonly AudioSegment[])[] {
    return this.#audio.clips.flatMap(({ clip, kept }) =>
      clip.segments === null ? [] : [clip.segments.filter((_, unit) => kept[unit] === 1)],
    );
  }

  /** What was read, in order: for the result's record. */
  get audioInputs(): readonly { readonly seconds: number; readonly decoder: string }[] {
    return this.#audio.clips.map(({ clip: { seconds, decoder } }) => ({ seconds, decoder }));
  }

  /** How sure the aligner is of each token's stretch, 0…1; null where nothing was aligned. */
  get tokenConfidences(): readonly (number | null)[] {
    return Array.from({ length: this.inputTokensNum }, (_, token) => {
      const index = clipOfToken(this.#audio, token);
      const segments = index === null ? null : (this.#audio.clips[index]?.clip.segments ?? null);
      return segments?.[this.#audio.unit[token] as number]?.confidence ?? null;
    });
  }

  /** Normalised mel of each clip as the encoder is fed, `[frames, bins]`. */
  get audioIn(): readonly Mel[] {
    return this.#clipInputs.map((clip) => clip.mel());
  }

  /** Rows of each clip's encoding in the prompt. */
  get audioInRows(): readonly number[] {
    return this.#clipInputs.map(({ take }) => take.length);
  }

  /** The prompt as the model is fed. */
  promptParts(): readonly PromptPart[] {
    const parts: PromptPart[] = [];
    const clips = this.#audio.clips.map((placed, i) => ({ at: placed.at, clip: this.#clipInputs[i] as ClipInput }));
    let next = 0;
    const hear = (position: number): void => {
      for (; next < clips.length && (clips[next]?.at ?? 0) <= position; next++) {
        const { clip } = clips[next] as { clip: ClipInput };
        if (clip.take.length > 0) parts.push({ kind: "audio-in", clip });
      }
    };
    const { inputTokens, inputTokensNum } = this;
    for (let start = 0; start < inputTokensNum; ) {
      hear(start);
      let end = start + 1;
      if (isGenerated(this.#audio, start)) {
        parts.push({ kind: "audio-out", codes: codesOfToken(this.#audio, start) });
      } else if (inputTokens[start] !== AUDIO_ID) {
        const stop = clips[next]?.at ?? inputTokensNum;
        while (end < Math.min(stop, inputTokensNum) && inputTokens[end] !== AUDIO_ID) end++;
        parts.push({ kind: "text", ids: inputTokens.subarray(start, end) });
      }
      start = end;
    }
    hear(inputTokensNum);
    return parts;
  }

  protected override emptyCopy(): LiquidAudioChat {
    return new LiquidAudioChat(this.#own);
  }

  protected override turnMarkers(role: Role): TurnMarkers {
    return { preamble: LiquidAudioChat.START_MARK, open: `${START}${NAMES[role]}\n`, close: END };
  }

  protected override get ownEmptyTurnSequences(): readonly Int32Array[] {
    return [Role.SYSTEM, Role.USER, Role.ASSISTANT].map((role) =>
      joinIds([`${START}${NAMES[role]}\n`, END].map((text) => this.tokenizer.encode(text))),
    );
  }

  /** A clip that falls silent is still heard, so its turn stays. */
  protected override canVanish(turn: number): boolean {
    return this.audioMasking !== "silence" || this.#audio.clips.every((placed) => placed.turn !== turn);
  }

  protected override appendAudio({ codebooks, codes }: AudioCodes, from: number, to: number): void {
    if (codebooks !== this.#audio.codebooks) {
      throw new ConnectorError(`audio frames of ${codebooks} codes do not fit a chat of ${this.#audio.codebooks} codebooks`);
    }
    const tokens = this.inputTokensNum;
    const ids = new Int32Array(to - from).fill(AUDIO_ID);
    this.addToTurn({ ids, modality: ModalityFlag.AUDIO, texts: new Array<string>(to - from).fill(""), times: null });
    this.#setAudio(withFrames(this.#audio, codes.slice(from * codebooks, to * codebooks), tokens));
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (!(source instanceof LiquidAudioChat) || (source.#audio.clips.length === 0 && source.#audio.codes.length === 0)) return;
    this.#setAudio(sliceAudio(source.#audio, kept, source.tokenTurns, this.audioMasking === "silence"));
    if (this.validateFromChat) this.#validate(source, kept);
  }

  protected override hashAudio(hash: Hash): void {
    for (const part of this.promptParts()) {
      if (part.kind === "audio-in") hash.update(`in:${part.clip.key}:${part.clip.take.join(",")};`);
      else if (part.kind === "audio-out") hash.update(`out:${part.codes.join(",")};`);
      else hash.update(`text:${part.ids.length};`);
    }
  }

  /** A wave file of the token's own stretch; generated frames are decoded as a whole (`decodeAudio`). */
  protected override audioContent(token: number): Uint8Array {
    const index = clipOfToken(this.#audio, token);
    const placed = index === null ? undefined : this.#audio.clips[index];
    if (placed === undefined) return new Uint8Array(0);
    const unit = this.#audio.unit[token] as number;
    const own = placed.clip.segments?.[unit]?.audio;
    if (own) return own;
    const { start, end } = unitSamples(placed.clip, unit);
    return writeWav(placed.clip.wave.subarray(start, end), placed.clip.config.sampleRate);
  }

  get #generated(): readonly number[] {
    return Array.from({ length: this.inputTokensNum }, (_, token) => token).filter((token) => isGenerated(this.#audio, token));
  }

  get #clipInputs(): readonly ClipInput[] {
    this.#heard ??= this.#audio.clips.map(({ clip, kept }) => hearClip(clip, kept, this.audioMasking));
    return this.#heard;
  }

  async #clip(bytes: Uint8Array, segments: readonly AudioSegment[] | null): Promise<Clip> {
    const { samples, seconds, decoder, notes } = await decodeAt(bytes, this.melConfig.sampleRate, { ffmpegPath: this.#own.ffmpegPath });
    for (const message of notes) this.#own.onEvent?.({ kind: "warning", message });
    return createClip(samples, this.melConfig, { segments, seconds, decoder });
  }

  #addClip(clip: Clip): void {
    const tokens = this.inputTokensNum;
    const units = Array.from({ length: unitsOf(clip) }, (_, unit) => unit);
    const rate = clip.config.sampleRate;
    const times = units.map((unit) => {
      const { start, end } = unitSamples(clip, unit);
      return { startS: start / rate, endS: end / rate };
    });
    const texts = units.map((unit) => clip.segments?.[unit]?.token ?? "");
    this.addToTurn({ ids: new Int32Array(units.length).fill(AUDIO_ID), modality: ModalityFlag.AUDIO, texts, times });
    this.#setAudio(withClip(this.#audio, clip, tokens, this.turnNumber));
  }

  #setAudio(audio: ChatAudio): void {
    this.#audio = audio;
    this.#heard = null;
    this.refresh();
  }

  #checkAudio(bytes: Uint8Array): void {
    if (!(bytes instanceof Uint8Array) || bytes.length === 0) throw new ConnectorError("audio must be non-empty bytes");
    if (this.speaker === null) throw new ConnectorError("No active turn to add audio to. Please start a turn first.");
    if (this.#audio.clips.some((placed) => placed.turn === this.turnNumber)) {
      throw new ConnectorError("Audio has already been added in the current turn. Please start a new turn to add more audio.");
    }
    this.beforeAdding();
  }

  /** @throws ConnectorError where the masked chat holds other audio than it was asked to keep. */
  #validate(source: LiquidAudioChat, kept: Int32Array): void {
    const asked = kept.filter((token) => clipOfToken(source.#audio, token) !== null).length;
    const held = this.#audio.clips.reduce((sum, placed) => sum + placed.kept.reduce((n, bit) => n + bit, 0), 0);
    if (asked !== held) throw new ConnectorError(`the masked chat holds ${held} audio tokens, but ${asked} were to be kept`);
  }
}

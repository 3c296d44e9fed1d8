import type { Hash } from "node:crypto";
import { writeWav } from "../../audio/files/wav_write.js";
import { LFM2_MEL, type Mel, type MelConfig } from "../../audio/front_ends/mel.js";
import { type AudioCodes, joinCodes } from "../../chat/append.js";
import { inWords, requireBytes, requireTranscript } from "../../chat/arguments.js";
import type { Aligner, AudioSegment } from "../../chat/audio_segment.js";
import type { BaseMllmChat } from "../../chat/chat.js";
import type { TurnMarkers } from "../../chat/chat_builder.js";
import { ModalityFlag, Role } from "../../chat/enums.js";
import { requireAligner, withAudioOf } from "../../chat/segments_check.js";
import { AUDIO_ID } from "../../chat/token_table.js";
import type { AudioMasking } from "../../chat/types.js";
import { ConnectorError } from "../../errors.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { joinIds } from "../../util/arrays.js";
import { type ChatAudio, clipOfToken, codesOfToken, isGenerated, noAudio, sliceAudio, withClip, withFrames } from "./chat_audio.js";
import type { LiquidAudioChatOptions } from "./chat_options.js";
import { type Clip, hearClip, unitSamples, unitsOf } from "./clip.js";
import { LiquidChatConstants } from "./families/lfm2/chat_constants.js";
import { type PlacedFrame, soundsOf } from "./families/lfm2/frame_sounds.js";
import type { ClipInput, PromptPart } from "./prompt.js";
import { promptParts } from "./prompt_parts.js";
import { type ClipReading, readAlignedClip, readClip } from "./read_clip.js";

const NAMES = { [Role.SYSTEM]: "system", [Role.USER]: "user", [Role.ASSISTANT]: "assistant" } as const;

/**
 * A conversation of text and audio for LFM2-Audio. One audio token stands for 8 mel frames (80 ms); an aligned clip has one
 * token a word. The clip's samples stay with the chat: a masked chat's mel is made from them, as `audioMasking` says.
 */
export class LiquidAudioChat extends LiquidChatConstants {
  readonly tokenizer: Tokenizer;
  readonly audioMasking: AudioMasking;
  readonly melConfig: MelConfig;
  readonly validateFromChat: boolean;
  readonly #own: LiquidAudioChatOptions;
  #audio: ChatAudio;
  #heard: readonly ClipInput[] | null = null;
  /** Wave files of generated frames, by their place among the codes. */
  #sounds: ReadonlyMap<number, Uint8Array> = new Map();
  /** The turn whose clip is being read. */
  #reading: { readonly turn: number } | null = null;

  constructor(options: LiquidAudioChatOptions) {
    super(options);
    this.#own = options;
    this.tokenizer = options.tokenizer;
    this.audioMasking = options.audioMasking ?? "drop";
    this.melConfig = options.melConfig ?? LFM2_MEL;
    this.validateFromChat = options.validateFromChat ?? false;
    if (typeof this.validateFromChat !== "boolean") {
      throw new ConnectorError(`validateFromChat is ${inWords(this.validateFromChat)}: valid are true and false`);
    }
    this.#audio = noAudio(options.codebooks ?? LiquidAudioChat.AUDIO_OUT_SHAPE);
  }

  /** Rows of the encoding that `frames` mel frames make. */
  static melToEmbeddingLength(frames: number): number {
    return Math.ceil(frames / 8);
  }

  /**
   * Adds a clip to the open turn, one token every 80 ms. To be awaited before the chat goes on.
   * @param _format what the bytes are; not needed, as it is told from them.
   * @throws ConnectorError on empty bytes, without an open turn, where the turn has audio already or the chat went on meanwhile; AudioError where the
   * bytes are no sound.
   */
  override async addAudio(bytes: Uint8Array, _format = "mp3"): Promise<void> {
    await this.#addWhatIsRead(bytes, () => readClip(bytes, this.#readings));
  }

  /**
   * Adds a clip as its word segments, one token each.
   * @param format what the bytes are. @param attachAudio every segment carries its own sound (WAV).
   * @throws ConnectorError as `addAudio`, on a transcript or aligner that is none, and where the aligner gives no segments or nonsense.
   */
  override async addAudioWithTranscript(
    bytes: Uint8Array,
    transcript: string | readonly string[],
    aligner: Aligner,
    format = "mp3",
    attachAudio = false,
  ): Promise<void> {
    requireBytes(bytes);
    requireTranscript(transcript);
    requireAligner(aligner);
    await this.#addWhatIsRead(bytes, () => readAlignedClip(bytes, { transcript, aligner, format, attachAudio }, this.#readings));
  }

  /**
   * Gives each segment of a turn's clip its own sound (WAV), cut from the clip's bytes.
   * @param format what the bytes are. @param turn from 1; by default the current one.
   * @throws ConnectorError where there are no segments, or the aligner does not cut them.
   */
  override async attachAudioToSegments(aligner: Aligner, bytes: Uint8Array, format = "mp3", turn = this.turnNumber): Promise<void> {
    requireAligner(aligner);
    requireBytes(bytes);
    const aligned = this.#audio.clips.filter(({ clip }) => clip.segments !== null);
    if (aligned.length === 0) throw new ConnectorError("No audio segments exist in this chat.");
    const placed = aligned.find((one) => one.turn === turn);
    const segments = placed?.clip.segments;
    if (!segments) {
      const turns = aligned.map((one) => one.turn).join(", ");
      throw new ConnectorError(`No audio segments exist for turn ${inWords(turn)}. They exist for: ${turns}.`);
    }
    const attached = withAudioOf(segments, await aligner.attachAudioToSegments(segments, { audio: bytes, format }));
    const clips = this.#audio.clips.map((one) => (one.turn === turn ? { ...one, clip: { ...one.clip, segments: attached } } : one));
    this.#setAudio({ ...this.#audio, clips });
  }

  /** (T, K) codes of the generated frames; audio that was heard has none. */
  override get audioTokens(): AudioCodes {
    const { codebooks } = this.#audio;
    const rows = this.#generated.map((token) => codesOfToken(this.#audio, token));
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

  /** The prompt as the model is fed, the answer's opening included. */
  promptParts(): readonly PromptPart[] {
    return promptParts(this.promptIds, this.#audio, this.#clipInputs);
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

  protected override adoptAll(source: BaseMllmChat): void {
    if (!(source instanceof LiquidAudioChat)) return;
    this.#sounds = source.#sounds;
    this.#setAudio(source.#audio);
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (source instanceof LiquidAudioChat) this.#sounds = source.#sounds;
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

  /** A wave file of the token's own stretch; of a generated frame where it was decoded (`decodeGenerated`). */
  protected override audioContent(token: number): Uint8Array {
    if (isGenerated(this.#audio, token)) return this.#sounds.get(this.#audio.unit[token] as number) ?? new Uint8Array(0);
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

  get #framesOfTurns(): readonly (readonly PlacedFrame[])[] {
    const turns = new Map<number, PlacedFrame[]>();
    for (const token of this.#generated) {
      const turn = this.tokenTurns[token] as number;
      const frames = turns.get(turn) ?? [];
      frames.push({ frame: this.#audio.unit[token] as number, codes: codesOfToken(this.#audio, token) });
      turns.set(turn, frames);
    }
    return [...turns.values()];
  }

  get #clipInputs(): readonly ClipInput[] {
    this.#heard ??= this.#audio.clips.map(({ clip, kept }) => hearClip(clip, kept, this.audioMasking));
    return this.#heard;
  }

  get #readings(): ClipReading {
    return { melConfig: this.melConfig, ffmpegPath: this.#own.ffmpegPath, onEvent: this.#own.onEvent };
  }

  /** Reading takes time, in which nothing may happen to the chat: the clip belongs where it was asked for. */
  async #addWhatIsRead(bytes: Uint8Array, read: () => Promise<Clip>): Promise<void> {
    this.#checkAudio(bytes);
    const { turnNumber: turn, inputTokensNum: tokens } = this;
    const reading = { turn };
    this.#reading = reading;
    try {
      const clip = await read();
      if (this.turnNumber !== turn || this.speaker === null || this.inputTokensNum !== tokens) {
        throw new ConnectorError(
          "The chat went on while its audio was being read, so the audio was not added: await the call that adds it.",
        );
      }
      this.#addClip(clip);
    } finally {
      if (this.#reading === reading) this.#reading = null;
    }
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
    requireBytes(bytes);
    if (this.speaker === null) throw new ConnectorError("No active turn to add audio to. Please start a turn first.");
    if (this.#reading?.turn === this.turnNumber || this.#audio.clips.some((placed) => placed.turn === this.turnNumber)) {
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

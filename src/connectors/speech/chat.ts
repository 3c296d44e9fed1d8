import type { Hash } from "node:crypto";
import { writeWav } from "../../audio/files/wav_write.js";
import type { Mel } from "../../audio/front_ends/mel.js";
import type { AudioMask } from "../../audio/masks/mask.js";
import { AUDIO_MASKS, type AudioMasking, audioMasks, DEFAULT_AUDIO_MASK } from "../../audio/masks/registry.js";
import { inWords, requireBytes, requireTranscript } from "../../chat/arguments.js";
import type { Aligner, AudioSegment } from "../../chat/audio_segment.js";
import { ModalityFlag } from "../../chat/enums.js";
import { requireAligner, withAudioOf } from "../../chat/segments_check.js";
import { AUDIO_ID } from "../../chat/token_table.js";
import { BaseMllmChat } from "../../compat/chat.js";
import { ConnectorError } from "../../errors.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import { int32At } from "../../util/elements.js";
import { type ChatAudio, clipOfToken, noAudio, sliceAudio, withClip } from "./chat_audio.js";
import type { SpeechChatOptions } from "./chat_options.js";
import { type Clip, maskClip, unitSamples, unitsOf } from "./clip.js";
import { ClipRoom } from "./clip_room.js";
import type { EncoderInput } from "./encoder_input.js";
import { type ClipInput, NO_MARKS, type PromptPart } from "./prompt.js";
import { promptParts } from "./prompt_parts.js";
import { type Alignment, type ClipReading, readAlignedClip, readClip } from "./read_clip.js";

/**
 * A conversation of text and audio. A plain clip has one token a stretch of equal length, an aligned one a token a word. The clip's samples
 * stay with the chat: what a masked chat hears is made from them, as `audioMasking` says.
 */
export abstract class SpeechChat extends BaseMllmChat {
  readonly tokenizer: Tokenizer;
  readonly audioMasking: AudioMasking;
  readonly validateFromChat: boolean;
  protected readonly encoderInput: EncoderInput;
  readonly #own: SpeechChatOptions;
  readonly #mask: AudioMask;
  readonly #room: ClipRoom;
  #audio: ChatAudio;
  #heard: readonly ClipInput[] | null = null;
  /** Of each token; known until the audio or the number of tokens changes. */
  #confidences: readonly (number | null)[] | null = null;
  /** The turn whose clip is being read. */
  #reading: { readonly turn: number } | null = null;

  constructor(options: SpeechChatOptions) {
    super(options);
    this.#own = options;
    this.tokenizer = options.tokenizer;
    this.encoderInput = options.encoderInput;
    this.audioMasking = options.audioMasking ?? DEFAULT_AUDIO_MASK.name;
    this.#mask = fittingMask(this.audioMasking, options.encoderInput);
    this.validateFromChat = options.validateFromChat ?? false;
    if (typeof this.validateFromChat !== "boolean") {
      throw new ConnectorError(`validateFromChat is ${inWords(this.validateFromChat)}: valid are true and false`);
    }
    this.#audio = noAudio(options.codebooks ?? 0);
    this.#room = new ClipRoom(options.memory);
  }

  /** Whether a turn may hold one clip only. */
  protected get oneClipATurn(): boolean {
    return false;
  }

  /**
   * Adds a clip to the open turn, one token for every stretch of equal length. To be awaited before the chat goes on.
   * @param _format what the bytes are; not needed, as it is told from them.
   * @throws ConnectorError on empty bytes, without an open turn, where the turn may hold no further audio or the chat went on meanwhile; AudioError where the
   * bytes are no sound.
   */
  override async addAudio(bytes: Uint8Array, _format = "mp3"): Promise<void> {
    await this.#addWhatIsRead(bytes, null);
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
    await this.#addWhatIsRead(bytes, { transcript, aligner, format, attachAudio });
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
    const clips = this.#audio.clips.map((one) => (one === placed ? { ...one, clip: { ...one.clip, segments: attached } } : one));
    this.audio = { ...this.#audio, clips };
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
    // Asked for every player of a long conversation.
    const known = this.#confidences;
    if (known?.length === this.inputTokensNum) return known;
    this.#confidences = Array.from({ length: this.inputTokensNum }, (_, token) => {
      const index = clipOfToken(this.#audio, token);
      const segments = index === null ? null : (this.#audio.clips[index]?.clip.segments ?? null);
      return segments?.[int32At(this.#audio.unit, token)]?.confidence ?? null;
    });
    return this.#confidences;
  }

  /** Rows of each clip's encoding in the prompt. */
  get audioInRows(): readonly number[] {
    return this.#clipInputs.map(({ take }) => take.length);
  }

  /** The prompt as the model is fed, the answer's opening included. */
  promptParts(): readonly PromptPart[] {
    return promptParts(this.promptIds, this.#audio, this.#clipInputs, this.#own.marks ?? NO_MARKS, this.#own.knit);
  }

  /** Features of each clip as the encoder is fed them, `[frames, bins]`. */
  protected features(): readonly (Mel | Promise<Mel>)[] {
    return this.#clipInputs.map((clip) => clip.mel());
  }

  /** A clip that is heard though nothing of it is kept holds its turn. */
  protected override canVanish(turn: number): boolean {
    return !this.#mask.keepsTurn || this.#audio.clips.every((placed) => placed.turn !== turn);
  }

  protected override adoptAll(source: BaseMllmChat): void {
    if (source instanceof SpeechChat) this.audio = source.#audio;
  }

  protected override adoptRest(source: BaseMllmChat, kept: Int32Array): void {
    if (!(source instanceof SpeechChat) || (source.#audio.clips.length === 0 && source.#audio.codes.length === 0)) return;
    this.audio = sliceAudio(source.#audio, kept, source.tokenTurns, this.#mask.keepsTurn);
    if (this.validateFromChat) this.#validate(source, kept);
  }

  protected override hashAudio(hash: Hash): void {
    this.#hashMarks(hash);
    for (const part of this.promptParts()) {
      if (part.kind === "audio-in") hash.update(`in:${part.clip.key}:${part.clip.take.join(",")};`);
      else if (part.kind === "audio-out") hash.update(`out:${part.codes.join(",")};`);
      else hash.update(`text:${part.ids.length};`);
    }
  }

  /** They are no tokens of the chat, and may tell clips of equal sound apart. */
  #hashMarks(hash: Hash): void {
    for (const { number } of this.#audio.clips) {
      const { before, after } = (this.#own.marks ?? NO_MARKS)(number);
      if (before.length + after.length > 0) hash.update(`marks:${before.join(",")}|${after.join(",")};`);
    }
  }

  /** A wave file of the token's own stretch. */
  protected override audioContent(token: number): Uint8Array {
    const index = clipOfToken(this.#audio, token);
    const placed = index === null ? undefined : this.#audio.clips[index];
    if (placed === undefined) return new Uint8Array(0);
    const unit = int32At(this.#audio.unit, token);
    const own = placed.clip.segments?.[unit]?.audio;
    if (own) return own;
    const { start, end } = unitSamples(placed.clip, unit);
    return writeWav(placed.clip.wave.subarray(start, end), this.encoderInput.frontEnd.rate);
  }

  protected get audio(): ChatAudio {
    return this.#audio;
  }

  protected set audio(audio: ChatAudio) {
    this.#audio = audio;
    this.#heard = null;
    this.#confidences = null;
    this.refresh();
  }

  get #clipInputs(): readonly ClipInput[] {
    this.#heard ??= this.#audio.clips.map(({ clip, kept }) => maskClip(clip, kept, this.#mask));
    return this.#heard;
  }

  get #readings(): ClipReading {
    return { encoderInput: this.encoderInput, ffmpegPath: this.#own.ffmpegPath, onEvent: this.#own.onEvent };
  }

  /** A clip as this chat reads it, which is not added. @param alignment what finds its words. */
  protected async readClip(bytes: Uint8Array, alignment: Alignment | null): Promise<Clip> {
    requireBytes(bytes);
    const clip = await (alignment === null ? readClip(bytes, this.#readings) : readAlignedClip(bytes, alignment, this.#readings));
    this.#room.take(clip);
    return clip;
  }

  /** Reading takes time, in which nothing may happen to the chat: the clip belongs where it was asked for. */
  async #addWhatIsRead(bytes: Uint8Array, alignment: Alignment | null): Promise<void> {
    this.#checkAudio(bytes);
    const { turnNumber: turn, inputTokensNum: tokens } = this;
    const reading = { turn };
    this.#reading = reading;
    try {
      const clip = await this.readClip(bytes, alignment);
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
    this.addToTurn(clipTokens(clip));
    this.audio = withClip(this.#audio, clip, tokens, this.turnNumber);
  }

  #checkAudio(bytes: Uint8Array): void {
    requireBytes(bytes);
    if (this.speaker === null) throw new ConnectorError("No active turn to add audio to. Please start a turn first.");
    const reading = this.#reading?.turn === this.turnNumber;
    if (this.oneClipATurn && (reading || this.#audio.clips.some((placed) => placed.turn === this.turnNumber))) {
      throw new ConnectorError("Audio has already been added in the current turn. Please start a new turn to add more audio.");
    }
    if (reading) throw new ConnectorError("Audio is being read for the current turn: await the call that adds it before adding more.");
    this.beforeAdding();
  }

  /** @throws ConnectorError where the masked chat holds other audio than it was asked to keep. */
  #validate(source: SpeechChat, kept: Int32Array): void {
    const asked = kept.filter((token) => clipOfToken(source.#audio, token) !== null).length;
    const held = this.#audio.clips.reduce((sum, placed) => sum + placed.kept.reduce((n, bit) => n + bit, 0), 0);
    if (asked !== held) throw new ConnectorError(`the masked chat holds ${held} audio tokens, but ${asked} were to be kept`);
  }
}

/** A clip's tokens, one a unit. */
export function clipTokens(clip: Clip) {
  const units = Array.from({ length: unitsOf(clip) }, (_, unit) => unit);
  const { rate } = clip.encoderInput.frontEnd;
  const times = units.map((unit) => {
    const { start, end } = unitSamples(clip, unit);
    return { startS: start / rate, endS: end / rate };
  });
  const texts = units.map((unit) => clip.segments?.[unit]?.token ?? "");
  return { ids: new Int32Array(units.length).fill(AUDIO_ID), modality: ModalityFlag.AUDIO, texts, times };
}

/** @throws ConnectorError where the model cannot be masked so. */
function fittingMask(name: AudioMasking, { frontEnd }: EncoderInput): AudioMask {
  const fits = (mask: AudioMask): boolean => mask.on === "rows" || mask.framesOnly !== true || frontEnd.framewise !== null;
  const mask: AudioMask = AUDIO_MASKS[name];
  if (fits(mask)) return mask;
  const others = audioMasks.filter(fits).map((one) => one.name);
  throw new ConnectorError(
    `audio_masking ${name} works on frames before they are normalised, which this model's front end does not tell: valid are ${others.join(", ")}`,
  );
}

import { ConnectorError } from "../errors.js";
import type { Tokenizer } from "../text/tokenizer.js";
import { type AudioCodes, generatedRuns, NO_AUDIO, requireCodes } from "./append.js";
import { requireArray, requireBytes, requireHistoryMode, requireIds, requireRole } from "./arguments.js";
import type { Aligner } from "./audio_segment.js";
import { addTokens, type ChatState, closeTurn, EMPTY_CHAT, type NewTokens, openTurn } from "./chat_state.js";
import { ModalityFlag, ModelHistoryTrackingMode, Role } from "./enums.js";
import { AUDIO_ID } from "./token_table.js";
import type { ChatOptions, TimeSpan } from "./types.js";

/** Template text around a turn; "" where there is none. */
export interface TurnMarkers {
  /** Stands before everything else, in front of the first turn only. */
  readonly preamble: string;
  readonly open: string;
  /** Opens the first turn after the preamble, where that differs from `open`. */
  readonly openFirst?: string;
  readonly close: string;
}

const NO_MARKERS: TurnMarkers = { preamble: "", open: "", close: "" };

/** How a chat grows: turns, texts, audio, generated tokens. A method that throws has changed nothing. */
export abstract class ChatBuilder {
  abstract readonly tokenizer: Tokenizer;
  protected abstract readonly options: ChatOptions;
  #state: ChatState = EMPTY_CHAT;
  #flags: readonly ModalityFlag[] | null = null;
  #roles: readonly Role[] | null = null;

  /**
   * Template text around a turn of `role`. A connector without turn markers keeps this one.
   * @throws ConnectorError where the template knows no such turn.
   */
  protected turnMarkers(_role: Role): TurnMarkers {
    return NO_MARKERS;
  }

  /** Frames from…to−1 of generated audio enter the open turn. */
  protected appendAudio(_audio: AudioCodes, _from: number, _to: number): void {
    throw new ConnectorError("a text-only chat holds no generated audio: use ModelHistoryTrackingMode.TEXT");
  }

  /** Called before tokens are added. @throws ConnectorError where none may be. */
  protected abstract beforeAdding(): void;

  /** Called whenever the tokens have changed. */
  protected abstract changed(): void;

  /**
   * Opens a turn as the template opens a given one of that role.
   * @throws ConnectorError where a turn is open, the template has no such turn, or there is no such role.
   */
  newTurn(role: Role): void {
    const markers = this.turnMarkers(requireRole(role));
    this.startTurn(role, markers.preamble, this.turnNumber === 0 ? (markers.openFirst ?? markers.open) : markers.open);
  }

  /** @throws ConnectorError where no turn is open. */
  endTurn(): void {
    const { speaker } = this;
    this.finishTurn(speaker === null ? "" : this.turnMarkers(speaker).close);
  }

  /** Tokenises a text on its own and adds it to the open turn. @throws ConnectorError on "" or where no turn is open. */
  addText(text: string): void {
    if (typeof text !== "string" || text.length === 0) {
      throw new ConnectorError(`text must be a non-empty string, got ${text === "" ? '""' : typeof text}`);
    }
    this.state = this.#withText(this.#state, text, false);
  }

  /**
   * Adds a clip to the open turn. Text-only chats warn and add nothing.
   * @param _format what the bytes are; not needed, as it is told from them.
   * @throws ConnectorError on empty bytes.
   */
  async addAudio(bytes: Uint8Array, _format = "mp3"): Promise<void> {
    this.#leaveOut(bytes);
  }

  /** Adds a clip as its word segments. Text-only chats warn and add nothing. @throws ConnectorError on empty bytes. */
  async addAudioWithTranscript(
    bytes: Uint8Array,
    _transcript: string | readonly string[],
    _aligner: Aligner,
    _format = "mp3",
    _attachAudio = false,
  ): Promise<void> {
    this.#leaveOut(bytes);
  }

  /** Gives each segment of a turn's clip its own audio (WAV). Text-only chats warn and do nothing. @throws ConnectorError on empty bytes. */
  async attachAudioToSegments(_aligner: Aligner, bytes: Uint8Array, _format = "mp3", _turn?: number): Promise<void> {
    this.#leaveOut(bytes);
  }

  /**
   * Generated tokens enter the open turn, as far as the history keeps their kind.
   * @param text ids of the text steps, `audioOut` the audio frames, `modalityFlag` one flag a step, in order of emission; all text where none are given.
   * @throws ConnectorError where counts or sizes disagree, no turn is open, or the chat cannot hold audio that is to be kept.
   */
  append(
    text: Int32Array,
    audioOut: AudioCodes = NO_AUDIO,
    modalityFlag?: readonly ModalityFlag[],
    historyTrackingMode: ModelHistoryTrackingMode = ModelHistoryTrackingMode.TEXT,
  ): void {
    const ids = requireIds(text, "the text steps");
    requireCodes(audioOut);
    const flags = modalityFlag ?? Array.from(ids, () => ModalityFlag.TEXT);
    requireArray(flags, "the modality flags");
    requireHistoryMode(historyTrackingMode);
    const runs = generatedRuns(ids, audioOut, flags, historyTrackingMode);
    const before = this.#state;
    try {
      for (const run of runs) {
        if (run.kind === "audio") this.appendAudio(audioOut, run.from, run.to);
        else this.addToTurn({ ids: run.ids, modality: ModalityFlag.TEXT, texts: this.tokenizer.tokenTexts(run.ids), times: null });
      }
    } catch (error) {
      this.state = before;
      throw error;
    }
  }

  /** Role of the open turn, null where none is open. */
  get speaker(): Role | null {
    return this.#state.open ? (this.#state.speakers.at(-1) ?? null) : null;
  }

  /** Turns started so far. */
  get turnNumber(): number {
    return this.#state.speakers.length;
  }

  /** Role of each turn's speaker, turn 1 first. */
  get turnRoles(): readonly Role[] {
    return this.#state.speakers;
  }

  get inputTokensNum(): number {
    return this.#state.table.length;
  }

  /** Text ids in prompt order; −1 stands for an audio token. */
  get inputTokens(): Int32Array {
    return this.#state.table.ids;
  }

  get tokensModalityFlag(): readonly ModalityFlag[] {
    this.#flags ??= Array.from(this.#state.table.modality);
    return this.#flags;
  }

  get tokenTurns(): Int32Array {
    return this.#state.table.turns;
  }

  get tokenRoles(): readonly Role[] {
    this.#roles ??= Array.from(this.#state.table.roles);
    return this.#roles;
  }

  get tokenTexts(): readonly string[] {
    return this.#state.table.texts;
  }

  get tokenTimes(): readonly (TimeSpan | null)[] {
    return this.#state.table.times;
  }

  protected get state(): ChatState {
    return this.#state;
  }

  protected set state(next: ChatState) {
    if (next.table.length > this.#state.table.length) this.beforeAdding();
    this.#state = next;
    this.#flags = null;
    this.#roles = null;
    this.changed();
  }

  /** Adds content tokens to the open turn. */
  protected addToTurn(tokens: Omit<NewTokens, "role" | "template">): void {
    this.state = addTokens(this.#state, { ...tokens, role: this.#activeSpeaker(), template: false });
  }

  /** Opens a turn with literal template text; `preamble` goes before the first turn only. */
  protected startTurn(role: Role, preamble: string, open: string): void {
    const first = this.#state.speakers.length === 0 ? this.#withText(this.#state, preamble, true) : this.#state;
    this.state = this.#withText(openTurn(first, role), open, true);
  }

  /** Opens the assistant's turn as the template asks for an answer. */
  protected startAnswer(): void {
    this.startTurn(Role.ASSISTANT, "", this.answerOpening());
  }

  /** Ids of the answer's opening after what is there. */
  protected answerIds(): Int32Array {
    const opening = this.answerOpening();
    return opening === "" ? new Int32Array(0) : this.tokenizer.encode(opening, { first: this.#isStart(this.#state) });
  }

  /** What the template asks for an answer with; it may say more than the opening of a given answer. */
  protected answerOpening(): string {
    return this.turnMarkers(Role.ASSISTANT).open;
  }

  /** Closes the open turn with literal template text. */
  protected finishTurn(close: string): void {
    this.state = closeTurn(this.speaker === null ? this.#state : this.#withText(this.#state, close, true));
  }

  /** Adds template tokens to the current turn, or in front of the first one. */
  protected addTemplateTokens(ids: Int32Array): void {
    const texts = this.tokenizer.tokenTexts(ids, { first: this.#isStart(this.#state) });
    this.state = addTokens(this.#state, { ids, modality: ModalityFlag.TEXT, role: Role.SYSTEM, template: true, texts, times: null });
  }

  #withText(state: ChatState, text: string, template: boolean): ChatState {
    if (text === "") return state;
    const role = template ? Role.SYSTEM : this.#activeSpeaker();
    const first = this.#isStart(state);
    const ids = this.tokenizer.encode(text, { first });
    return addTokens(state, {
      ids,
      modality: ModalityFlag.TEXT,
      role,
      template,
      texts: this.tokenizer.tokenTexts(ids, { first }),
      times: null,
    });
  }

  /** What comes next is encoded as the prompt's start: only special tokens stand before it, or one that the tokeniser starts anew after. */
  #isStart(state: ChatState): boolean {
    const { ids } = state.table;
    const { specialIds, opensAfter } = this.tokenizer;
    return opensAfter.has(ids.at(-1) ?? AUDIO_ID) || ids.every((id) => specialIds.has(id));
  }

  #activeSpeaker(): Role {
    const { speaker } = this;
    if (speaker === null) throw new ConnectorError("Cannot extend token roles when there is no active speaker: start a turn first");
    return speaker;
  }

  #leaveOut(bytes: Uint8Array): void {
    requireBytes(bytes);
    this.options.onEvent?.({ kind: "warning", message: "this model takes text only: the audio is left out" });
  }
}

import { createHash, type Hash } from "node:crypto";
import { ConnectorError } from "../errors.js";
import type { Device } from "../repos/resources.js";
import { joinIds } from "../util/arrays.js";
import { type AudioCodes, NO_AUDIO } from "./append.js";
import { inWords, requireIds } from "./arguments.js";
import { chatEntries } from "./chat_entries.js";
import type { ChatEntry } from "./chat_entry.js";
import { checkChatOptions, sequencesOf } from "./chat_options.js";
import { ChatPlayers } from "./chat_players.js";
import { sliceState, tokensOfMask } from "./chat_state.js";
import { type PlayerPlan, playerPlan, tokensOfCoalition } from "./coalition.js";
import { Role } from "./enums.js";
import { ExplainerCache } from "./explainer_cache.js";
import { tokenGroups } from "./external_groups.js";
import type { Chat, ChatOptions, PlayableChat } from "./types.js";

export interface BaseChatOptions extends ChatOptions {
  /** Makes the empty chat that `fromChat` and `withPlayers` fill. @default a chat of the same kind and options */
  readonly getNewChatCallable?: (() => BaseMllmChat) | undefined;
}

/**
 * A conversation as the tokens that a model is fed, and what is known of each of them.
 *
 * Every array has one entry a token in prompt order (text and audio alike; an aligned clip has one token a segment), and
 * turns count from 1; tokens before the first turn (start of text) have turn 0. Template text is of role SYSTEM.
 * Whatever is handed out is not to be modified; nothing handed in is.
 */
export abstract class BaseMllmChat extends ChatPlayers implements Chat {
  readonly device: Device;
  readonly getNewChatCallable: () => BaseMllmChat;
  protected readonly options: BaseChatOptions;
  #cache: ExplainerCache | null = null;
  #emptyTurns: readonly Int32Array[] | null = null;
  #promptIds: Int32Array | null = null;
  #own: PlayableChat<BaseMllmChat> | null = null;
  #fingerprint: string | null = null;

  /** @throws ConnectorError on an option that means nothing. */
  constructor(options: BaseChatOptions = {}) {
    checkChatOptions(options);
    super(options);
    this.options = options;
    this.device = options.device ?? "auto";
    this.getNewChatCallable = options.getNewChatCallable ?? (() => this.emptyCopy());
  }

  /** An empty chat of the same kind and options. */
  protected abstract emptyCopy(): BaseMllmChat;

  /** Whether the template of a turn may be left out without breaking its neighbours'. */
  protected canVanish(_turn: number): boolean {
    return true;
  }

  /** Empty turns with their template, as `fromChat` finds them, besides those of the options. */
  protected get ownEmptyTurnSequences(): readonly Int32Array[] {
    return [];
  }

  /** Takes over what else belongs to the source's tokens at `kept` (ascending), such as their audio. */
  protected adoptRest(_source: BaseMllmChat, _kept: Int32Array): void {}

  /** Takes over what else a chat with the very same tokens and turns has. */
  protected adoptAll(source: BaseMllmChat): void {
    this.adoptRest(
      source,
      Int32Array.from({ length: source.inputTokensNum }, (_, token) => token),
    );
  }

  /** Adds what the model is fed besides token ids. */
  protected hashAudio(_hash: Hash): void {}

  /** Encoded audio of an audio token, for `getConversation`. */
  protected audioContent(_token: number): Uint8Array {
    return new Uint8Array(0);
  }

  // Tokens

  /** (T, K) audio codes. */
  get audioTokens(): AudioCodes {
    return NO_AUDIO;
  }

  /** @param ids text ids, or several lists of them; by default those of the chat. @throws ConnectorError on anything else. */
  decodeText(ids: ArrayLike<number> | readonly ArrayLike<number>[] = this.textTokens): string {
    const lists: readonly unknown[] = Array.isArray(ids) && typeof ids[0] === "object" ? ids : [ids];
    return this.tokenizer.decode(joinIds(lists.map((list) => requireIds(list, "text tokens"))));
  }

  /**
   * Generated codes, or several of them one after the other, as encoded sound. Audio that cannot be decoded, as any in a text-only chat, gives empty bytes.
   */
  async decodeAudio(
    _tokens: AudioCodes | readonly AudioCodes[] = this.audioTokens,
    _sampleRate = 24_000,
    _format = "mp3",
  ): Promise<Uint8Array> {
    return new Uint8Array(0);
  }

  /** Turns as entries, with the normalised values of `cache`; tokens before the first turn open it. */
  getConversation(): readonly (readonly ChatEntry[])[] {
    const values = this.cache === null ? null : this.cache.extendValues();
    return chatEntries(this.state.table, this.turnNumber, values, (token) => this.audioContent(token));
  }

  /** What the last explanation left behind; set by whoever explained. */
  get cache(): ExplainerCache | null {
    return this.#cache;
  }

  /** @throws ConnectorError where the cache is another chat's: its values would stand on the wrong tokens. */
  set cache(cache: ExplainerCache | null) {
    if (cache !== null && !(cache instanceof ExplainerCache)) {
      throw new ConnectorError(`the cache of a chat is an ExplainerCache or null, not ${inWords(cache)}`);
    }
    if (cache !== null && cache.chat !== this) throw new ConnectorError("Cannot set explainer cache for a different chat instance.");
    this.#cache = cache;
  }

  // Masked chats

  get emptyTurnSequences(): readonly Int32Array[] {
    this.#emptyTurns ??= sequencesOf(this.options.emptyTurnSequences, this.tokenizer);
    return [...this.ownEmptyTurnSequences, ...this.#emptyTurns];
  }

  get playersNum(): number {
    return this.#playable.players;
  }

  playable(groupIds?: ArrayLike<number>): PlayableChat<BaseMllmChat> {
    const playerOf = groupIds === undefined ? this.playerOf : tokenGroups(requireIds(groupIds, "group ids"), this.inputTokensNum).playerOf;
    const { state } = this;
    const plan = playerPlan(state.table, playerOf, this.turnRoles, (turn) => this.canVanish(turn));
    return {
      players: plan.players,
      sharedPrefix: plan.sharedPrefix,
      masked: (coalition) => {
        if (this.state !== state) throw new ConnectorError("the chat has changed since it was cut into players");
        return this.#masked(plan, coalition);
      },
    };
  }

  /**
   * The chat that a coalition keeps: its players' tokens and all that belong to no player (template, system turns, filtered
   * tokens). A turn of which no content is left goes with its template, whether it stands at the end or between others,
   * and later turns move up; only the last user turn keeps its template, so that there is a question to answer, and a turn
   * whose template is knit into its neighbours'. Thus the empty coalition is template and system tokens; where not even
   * such a token exists, it is the start-of-text token (else end-of-text), as language models are evaluated on nothing.
   *
   * External masks and groups do not propagate: the new chat's own players are those of its roles and filter.
   * @param coalition one byte a player, in order of `playersNum`.
   * @throws ConnectorError on a wrong length.
   */
  withPlayers(coalition: Uint8Array): BaseMllmChat {
    return this.#playable.masked(coalition);
  }

  /**
   * A new chat of the kept tokens, with the roles and turns they had (numbered anew). Exactly an empty turn's sequence
   * left of a turn goes too. External masks and groups do not propagate; with groups set, a group's first bit decides for it.
   * @param mask one entry a token, 0 = dropped; never modified.
   * @throws ConnectorError on a wrong size or where nothing is kept, AllTextTokensFilteredOutError where no text is left.
   */
  static fromChat<C extends BaseMllmChat>(mask: Uint8Array, chat: C): C {
    const source: BaseMllmChat = chat;
    if (!(source instanceof BaseMllmChat)) throw new ConnectorError(`a chat can be made from a chat only, not from ${inWords(chat)}`);
    const canVanish = (turn: number) => source.canVanish(turn);
    // The new chat comes from the source's own `getNewChatCallable`: it is of the source's kind.
    return source.#keep(tokensOfMask(source.state.table, mask, source.groups, source.emptyTurnSequences, canVanish)) as C;
  }

  // Answers

  /** The same chat anew: its tokens, turns, options and what was explained. External masks and groups do not propagate. */
  copy(): this {
    const next = this.emptyCopy();
    next.state = this.state;
    next.adoptAll(this);
    next.#cache = this.#cache?.withChat(next) ?? null;
    return next as this;
  }

  /**
   * A copy in which the template has opened the assistant's turn, as models are fed it; the chat itself where that turn is open.
   * @throws ConnectorError as `requireAnswerable`.
   */
  readyToAnswer(): this {
    this.requireAnswerable();
    if (this.speaker === Role.ASSISTANT) return this;
    const next = this.copy();
    next.startAnswer();
    return next;
  }

  /** @throws ConnectorError where there is no token, the open turn is not the assistant's, or the template has no opening for an answer. */
  requireAnswerable(): void {
    if (this.inputTokensNum === 0) throw new ConnectorError("a chat without any token cannot be answered: start a turn and add to it");
    if (this.speaker === Role.ASSISTANT) return;
    if (this.speaker === null) {
      this.answerIds();
      return;
    }
    const whose = Role[this.speaker].toLowerCase();
    throw new ConnectorError(`the turn of the ${whose} is still open, so the model cannot answer: end it (endTurn) first`);
  }

  /** Ids that a model is fed to answer this chat, −1 for audio: where no turn is open, those of the answer's opening follow the chat's own. */
  get promptIds(): Int32Array {
    this.#promptIds ??= this.#findPromptIds();
    return this.#promptIds;
  }

  /** SHA-256 of everything a model is fed to answer this chat, in hex. */
  get fingerprint(): string {
    this.#fingerprint ??= this.#hash();
    return this.#fingerprint;
  }

  override refresh(what: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    super.refresh(what);
    this.#own = null;
    if (what.full === false) return;
    this.#fingerprint = null;
    this.#promptIds = null;
  }

  /** Keeps the tokens at `kept` (ascending) of this chat itself; masks and groups from outside keep theirs, and what was explained is gone. */
  protected keepOnly(kept: Int32Array): void {
    this.adoptRest(this, kept);
    this.cutExternal(kept);
    this.state = sliceState(this.state, kept);
    this.#cache = null;
  }

  /** With the chat's own players. */
  get #playable(): PlayableChat<BaseMllmChat> {
    this.#own ??= this.playable();
    return this.#own;
  }

  #masked(plan: PlayerPlan, coalition: Uint8Array): BaseMllmChat {
    if (!(coalition instanceof Uint8Array)) throw new ConnectorError(`a coalition must be a Uint8Array, not ${inWords(coalition)}`);
    const masked = this.#keep(tokensOfCoalition(plan, coalition));
    const least = this.tokenizer.bosId ?? this.tokenizer.eosId;
    if (masked.inputTokensNum === 0 && least !== null) masked.addTemplateTokens(Int32Array.of(least));
    return masked;
  }

  #findPromptIds(): Int32Array {
    if (this.speaker !== null || this.inputTokensNum === 0) return this.inputTokens;
    try {
      const opening = this.answerIds();
      return opening.length === 0 ? this.inputTokens : joinIds([this.inputTokens, opening]);
    } catch (error) {
      // Such a chat cannot be answered, but it is a chat.
      if (error instanceof ConnectorError) return this.inputTokens;
      throw error;
    }
  }

  #hash(): string {
    const { buffer, byteOffset, byteLength } = this.promptIds;
    const hash = createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength));
    this.hashAudio(hash);
    return hash.digest("hex");
  }

  #keep(kept: Int32Array): BaseMllmChat {
    const next = this.getNewChatCallable();
    next.state = sliceState(this.state, kept);
    next.adoptRest(this, kept);
    return next;
  }
}

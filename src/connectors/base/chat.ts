import { createHash, type Hash } from "node:crypto";
import { ConnectorError } from "../../errors.js";
import { Role, SystemRolesSetup } from "../enums.js";
import { KeepAllTokens } from "../filters.js";
import { type AudioCodes, NO_AUDIO } from "./append.js";
import { inWords, requireIds, requireMask } from "./arguments.js";
import { ChatBuilder } from "./chat_builder.js";
import type { ChatEntry } from "./chat_entry.js";
import { type ChatMasks, chatMasks } from "./chat_masks.js";
import { checkChatOptions, sequencesOf } from "./chat_options.js";
import { sliceState, tokensOfMask } from "./chat_state.js";
import { type PlayerPlan, playerPlan, tokensOfCoalition } from "./coalition.js";
import { buildConversation } from "./conversation.js";
import { ExplainerCache } from "./explainer_cache.js";
import type { TokenFilter } from "./filters.js";
import { expandGroups, type TokenGroups, tokenGroups } from "./groups.js";
import { andMasks, maskOf, pickMask, playerNumbers } from "./masks.js";
import type { Chat, ChatOptions, Device } from "./types.js";

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
export abstract class BaseMllmChat extends ChatBuilder implements Chat {
  readonly device: Device;
  readonly tokenFilter: TokenFilter;
  readonly systemRolesSetup: SystemRolesSetup;
  readonly getNewChatCallable: () => BaseMllmChat;
  protected readonly options: BaseChatOptions;
  #cache: ExplainerCache | null = null;
  #externalMask: Uint8Array | null = null;
  #groups: TokenGroups | null = null;
  #excluded: readonly Int32Array[] | null = null;
  #emptyTurns: readonly Int32Array[] | null = null;
  #answerable: BaseMllmChat | null = null;
  #masks: ChatMasks | null = null;
  #shapMask: Uint8Array | null = null;
  #plan: PlayerPlan | null = null;
  #fingerprint: string | null = null;

  /** @throws ConnectorError on an option that means nothing. */
  constructor(options: BaseChatOptions = {}) {
    super();
    checkChatOptions(options);
    this.options = options;
    this.device = options.device ?? "auto";
    this.tokenFilter = options.tokenFilter ?? new KeepAllTokens();
    this.systemRolesSetup = options.systemRolesSetup ?? SystemRolesSetup.SYSTEM;
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

  get textTokens(): Int32Array {
    return this.#derived.textPositions.map((i) => this.inputTokens[i] as number);
  }

  /** (T, K) audio codes. */
  get audioTokens(): AudioCodes {
    return NO_AUDIO;
  }

  /** @param ids text ids, or several lists of them; by default those of the chat. @throws ConnectorError on anything else. */
  decodeText(ids: ArrayLike<number> | readonly ArrayLike<number>[] = this.textTokens): string {
    const lists: readonly unknown[] = Array.isArray(ids) && typeof ids[0] === "object" ? ids : [ids];
    return this.tokenizer.decode(lists.flatMap((list) => Array.from(requireIds(list, "text tokens"))));
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
    return buildConversation(this.state.table, this.turnNumber, values, (token) => this.audioContent(token));
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

  /** The open turn is of a role that is left out of explanations (`systemRolesSetup`). */
  get isSystemTurn(): boolean {
    if (this.speaker === null || this.systemRolesSetup === SystemRolesSetup.NONE) return false;
    return this.speaker === Role.SYSTEM || (this.speaker === Role.ASSISTANT && this.systemRolesSetup === SystemRolesSetup.SYSTEM_ASSISTANT);
  }

  // Masks

  /** 1 = text. */
  get textTokensMask(): Uint8Array {
    return this.#derived.text;
  }

  get audioTokensMask(): Uint8Array {
    return this.#derived.audio;
  }

  /** Relative to the text tokens: 1 = the role may be explained. */
  get textTokensNoSystemMask(): Uint8Array {
    return pickMask(this.#derived.explainable, this.#derived.textPositions);
  }

  /** Relative to the audio tokens. */
  get audioTokensNoSystemMask(): Uint8Array {
    return pickMask(this.#derived.explainable, this.#derived.audioPositions);
  }

  /** `textTokensNoSystemMask` less what the token filter excludes. */
  get textTokensNoSystemMaskFiltered(): Uint8Array {
    return pickMask(this.#derived.filtered, this.#derived.textPositions);
  }

  /** `audioTokensNoSystemMask`: the token filter knows phrases only. */
  get audioTokensNoSystemMaskFiltered(): Uint8Array {
    return pickMask(this.#derived.filtered, this.#derived.audioPositions);
  }

  /** The filter's phrases, each tokenised on its own. */
  get tokenSequencesToExclude(): readonly Int32Array[] {
    this.#excluded ??= [...this.tokenFilter.phrasesToExclude].map((phrase) => this.tokenizer.encode(phrase));
    return this.#excluded;
  }

  get emptyTurnSequences(): readonly Int32Array[] {
    this.#emptyTurns ??= sequencesOf(this.options.emptyTurnSequences, this.tokenizer);
    return [...this.ownEmptyTurnSequences, ...this.#emptyTurns];
  }

  /** And-ed into `shapValuesMask`; one entry a token. While it is set, no tokens can be added. */
  get externalShapValuesMask(): Uint8Array | null {
    return this.#externalMask;
  }

  set externalShapValuesMask(mask: Uint8Array | null) {
    const misfit = "External SHAP values mask size does not match the number of tokens in the chat";
    this.#externalMask = mask === null ? null : requireMask(mask, this.inputTokensNum, misfit).map((bit) => (bit === 0 ? 0 : 1));
    this.refresh({ full: false });
  }

  /** Ids > 0 are players of one or more tokens, 0 = no player; any token may be in a group. While they are set, no tokens can be added. */
  get externalGroupIds(): Int32Array | null {
    return this.#groups?.ids ?? null;
  }

  set externalGroupIds(ids: Int32Array | null) {
    this.#groups = ids === null ? null : tokenGroups(requireIds(ids, "external group ids"), this.inputTokensNum);
    this.refresh({ full: false });
  }

  /** First token of each group, by ascending id. @throws ConnectorError without groups. */
  get externalGroupIdsFirstPositions(): Int32Array {
    return this.#groupsOrThrow.firstPositions;
  }

  /** 1 = the token is in a group. @throws ConnectorError without groups. */
  get externalGroupIdsPositiveMask(): Uint8Array {
    return Uint8Array.from(this.#groupsOrThrow.ids, (id) => (id > 0 ? 1 : 0));
  }

  /** A new mask in which a group's first token decides for the group; without groups as it was given. @throws ConnectorError on a wrong size. */
  translateGroupsIdsMask(mask: Uint8Array): Uint8Array {
    const fitting = requireMask(mask, this.inputTokensNum, "a mask does not fit the tokens of the chat");
    return this.#groups === null ? Uint8Array.from(fitting) : expandGroups(fitting, this.#groups);
  }

  /** 1 = the token is a player; with groups, the first token of each. @throws ConnectorError where groups are set and all ids are 0. */
  get shapValuesMask(): Uint8Array {
    this.#shapMask ??= this.#findShapMask();
    return this.#shapMask;
  }

  // Masked chats

  get playersNum(): number {
    return this.#players.players;
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
    if (!(coalition instanceof Uint8Array)) throw new ConnectorError(`a coalition must be a Uint8Array, not ${inWords(coalition)}`);
    const masked = this.#keep(tokensOfCoalition(this.#players, coalition));
    const least = this.tokenizer.bosId ?? this.tokenizer.eosId;
    if (masked.inputTokensNum === 0 && least !== null) masked.addTemplateTokens(Int32Array.of(least));
    return masked;
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
    return source.#keep(tokensOfMask(source.state.table, mask, source.#groups, source.emptyTurnSequences, canVanish)) as C;
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
   * What a model is fed to answer this chat: the chat itself where the assistant's turn is open, else a copy in which the template has opened it.
   * Not to be modified.
   * @throws ConnectorError where there is no token, or the open turn is another's.
   */
  readyToAnswer(): this {
    if (this.inputTokensNum === 0) throw new ConnectorError("a chat without any token cannot be answered: start a turn and add to it");
    if (this.speaker === Role.ASSISTANT) return this;
    if (this.speaker !== null) {
      const whose = Role[this.speaker].toLowerCase();
      throw new ConnectorError(`the turn of the ${whose} is still open, so the model cannot answer: end it (endTurn) first`);
    }
    if (this.#answerable === null) {
      const next = this.copy();
      next.startAnswer();
      this.#answerable = next;
    }
    return this.#answerable as this;
  }

  /** SHA-256 of everything a model is fed to answer this chat, in hex. */
  get fingerprint(): string {
    this.#fingerprint ??= this.#isAnswerable() ? this.readyToAnswer().fingerprint : this.#hash();
    return this.#fingerprint;
  }

  /** Forgets derived properties, which are found anew when they are asked for: those of all tokens (`full`), of the players (`shap`). */
  refresh({ full = true, shap = true }: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    if (full) {
      this.#masks = null;
      this.#fingerprint = null;
      this.#answerable = null;
    }
    if (full || shap) {
      this.#shapMask = null;
      this.#plan = null;
    }
  }

  protected beforeAdding(): void {
    if (this.#groups !== null) throw new ConnectorError("Cannot add tokens when external_group_ids is set.");
    if (this.#externalMask !== null) throw new ConnectorError("Cannot add tokens when external_shap_values_mask is set.");
  }

  protected changed(): void {
    this.refresh();
  }

  get #derived(): ChatMasks {
    this.#masks ??= chatMasks(this.state.table, this.systemRolesSetup, this.tokenSequencesToExclude);
    return this.#masks;
  }

  get #players(): PlayerPlan {
    this.#plan ??= playerPlan(this.state.table, this.#groups?.playerOf ?? playerNumbers(this.shapValuesMask), this.turnRoles, (turn) =>
      this.canVanish(turn),
    );
    return this.#plan;
  }

  get #groupsOrThrow(): TokenGroups {
    if (this.#groups === null) throw new ConnectorError("external_group_ids is not set.");
    return this.#groups;
  }

  /** A template may have no turn for an answer that is asked for in mid-talk. */
  #isAnswerable(): boolean {
    if (this.inputTokensNum === 0 || this.speaker !== null) return false;
    try {
      this.readyToAnswer();
      return true;
    } catch (error) {
      if (error instanceof ConnectorError) return false;
      throw error;
    }
  }

  #hash(): string {
    const { buffer, byteOffset, byteLength } = this.inputTokens;
    const hash = createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength));
    this.hashAudio(hash);
    return hash.digest("hex");
  }

  #findShapMask(): Uint8Array {
    if (this.#groups?.players.length === 0) throw new ConnectorError("external_group_ids is set, but has no positive ID.");
    if (this.#groups !== null) return maskOf(this.#groups.firstPositions, this.inputTokensNum);
    return this.#externalMask === null ? this.#derived.filtered : andMasks(this.#derived.filtered, this.#externalMask);
  }

  /** Keeps the tokens at `kept` (ascending) of this chat itself; masks and groups from outside keep theirs, and what was explained is gone. */
  protected keepOnly(kept: Int32Array): void {
    const mask = this.#externalMask;
    const groups = this.#groups;
    this.adoptRest(this, kept);
    this.state = sliceState(this.state, kept);
    this.#cache = null;
    this.#externalMask = mask === null ? null : pickMask(mask, kept);
    this.#groups =
      groups === null
        ? null
        : tokenGroups(
            kept.map((token) => groups.ids[token] as number),
            kept.length,
          );
    this.refresh();
  }

  #keep(kept: Int32Array): BaseMllmChat {
    const next = this.getNewChatCallable();
    next.state = sliceState(this.state, kept);
    next.adoptRest(this, kept);
    return next;
  }
}

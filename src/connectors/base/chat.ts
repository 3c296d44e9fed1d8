import { createHash, type Hash } from "node:crypto";
import { ConnectorError } from "../../errors.js";
import { SystemRolesSetup } from "../enums.js";
import { KeepAllTokens } from "../filters.js";
import { type AudioCodes, NO_AUDIO } from "./append.js";
import { ChatBuilder } from "./chat_builder.js";
import type { ChatEntry } from "./chat_entry.js";
import { type ChatMasks, chatMasks } from "./chat_masks.js";
import { sliceState, tokensOfMask } from "./chat_state.js";
import { type PlayerPlan, playerPlan, tokensOfCoalition } from "./coalition.js";
import { buildConversation } from "./conversation.js";
import type { ExplainerCache } from "./explainer_cache.js";
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
  /** What the last explanation left behind; set by whoever explained. */
  cache: ExplainerCache | null = null;
  protected readonly options: BaseChatOptions;
  #externalMask: Uint8Array | null = null;
  #groups: TokenGroups | null = null;
  #excluded: readonly Int32Array[] | null = null;
  #masks: ChatMasks | null = null;
  #shapMask: Uint8Array | null = null;
  #plan: PlayerPlan | null = null;
  #fingerprint: string | null = null;

  constructor(options: BaseChatOptions = {}) {
    super();
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

  /** @param ids text ids; by default those of the chat. */
  decodeText(ids: ArrayLike<number> = this.textTokens): string {
    return this.tokenizer.decode(ids);
  }

  /** Audio that cannot be decoded, as any in a text-only chat, gives empty bytes. */
  async decodeAudio(_tokens: AudioCodes = this.audioTokens, _sampleRate = 24_000, _format = "mp3"): Promise<Uint8Array> {
    return new Uint8Array(0);
  }

  /** Turns as entries, with the normalised values of `cache`; tokens before the first turn open it. */
  getConversation(): readonly (readonly ChatEntry[])[] {
    const values = this.cache === null ? null : this.cache.extendValues();
    return buildConversation(this.state.table, this.turnNumber, values, (token) => this.audioContent(token));
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
    return [...this.ownEmptyTurnSequences, ...(this.options.emptyTurnSequences ?? [])];
  }

  /** And-ed into `shapValuesMask`; one entry a token. While it is set, no tokens can be added. */
  get externalShapValuesMask(): Uint8Array | null {
    return this.#externalMask;
  }

  set externalShapValuesMask(mask: Uint8Array | null) {
    if (mask !== null && mask.length !== this.inputTokensNum) {
      throw new ConnectorError(
        `External SHAP values mask size does not match the number of tokens in the chat: ${mask.length} for ${this.inputTokensNum}`,
      );
    }
    this.#externalMask = mask === null ? null : Uint8Array.from(mask, (bit) => (bit === 0 ? 0 : 1));
    this.refresh({ full: false });
  }

  /** Ids > 0 are players of one or more tokens, 0 = no player; any token may be in a group. While they are set, no tokens can be added. */
  get externalGroupIds(): Int32Array | null {
    return this.#groups?.ids ?? null;
  }

  set externalGroupIds(ids: Int32Array | null) {
    this.#groups = ids === null ? null : tokenGroups(ids, this.inputTokensNum);
    this.refresh({ full: false });
  }

  /** First token of each group, by ascending id; null without groups. */
  get externalGroupIdsFirstPositions(): Int32Array | null {
    return this.#groups?.firstPositions ?? null;
  }

  /** 1 = the token is in a group; null without groups. */
  get externalGroupIdsPositiveMask(): Uint8Array | null {
    return this.#groups === null ? null : Uint8Array.from(this.#groups.ids, (id) => (id > 0 ? 1 : 0));
  }

  /** A new mask in which a group's first token decides for the group. @throws ConnectorError without groups or on a wrong size. */
  translateGroupsIdsMask(mask: Uint8Array): Uint8Array {
    if (this.#groups === null) throw new ConnectorError("external_group_ids is not set: there are no groups to translate a mask for");
    if (mask.length !== this.inputTokensNum)
      throw new ConnectorError(`a mask of ${mask.length} does not fit ${this.inputTokensNum} tokens`);
    return expandGroups(mask, this.#groups);
  }

  /** 1 = the token is a player; with groups, the first token of each. */
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
    const canVanish = (turn: number) => source.canVanish(turn);
    // The new chat comes from the source's own `getNewChatCallable`: it is of the source's kind.
    return source.#keep(tokensOfMask(source.state.table, mask, source.#groups, source.emptyTurnSequences, canVanish)) as C;
  }

  /** SHA-256 of everything a model is fed, in hex. */
  get fingerprint(): string {
    if (this.#fingerprint === null) {
      const { buffer, byteOffset, byteLength } = this.inputTokens;
      const hash = createHash("sha256").update(new Uint8Array(buffer, byteOffset, byteLength));
      this.hashAudio(hash);
      this.#fingerprint = hash.digest("hex");
    }
    return this.#fingerprint;
  }

  /** Forgets derived properties, which are found anew when they are asked for: those of all tokens (`full`), of the players (`shap`). */
  refresh({ full = true, shap = true }: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    if (full) {
      this.#masks = null;
      this.#fingerprint = null;
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

  #findShapMask(): Uint8Array {
    if (this.#groups !== null) return maskOf(this.#groups.firstPositions, this.inputTokensNum);
    return this.#externalMask === null ? this.#derived.filtered : andMasks(this.#derived.filtered, this.#externalMask);
  }

  #keep(kept: Int32Array): BaseMllmChat {
    const next = this.getNewChatCallable();
    next.state = sliceState(this.state, kept);
    next.adoptRest(this, kept);
    return next;
  }
}

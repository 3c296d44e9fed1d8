import { type AudioCodes, NO_AUDIO } from "../chat/append.js";
import { inWords, requireIds } from "../chat/arguments.js";
import type { TokenChat } from "../chat/chat.js";
import { sequencesOf } from "../chat/chat_options.js";
import type { ChatOptions, PlayableChat } from "../chat/types.js";
import { ConnectorError } from "../errors.js";
import { joinIds } from "../util/arrays.js";
import { ExplainerCache } from "./explainer_cache.js";
import { ExternalPlayersChat } from "./external_players.js";
import { tokensOfMask } from "./tokens_of_mask.js";

export interface BaseChatOptions extends ChatOptions {
  /** Makes the empty chat that `fromChat` and `withPlayers` fill. @default a chat of the same kind and options */
  readonly getNewChatCallable?: (() => BaseMllmChat) | undefined;
}

/** A chat as the Python package has it: every connector's chats have these names, which the explaining code does without. */
export abstract class BaseMllmChat extends ExternalPlayersChat {
  readonly getNewChatCallable: () => BaseMllmChat;
  #cache: ExplainerCache | null = null;
  #emptyTurns: readonly Int32Array[] | null = null;
  #own: PlayableChat<TokenChat> | null = null;

  /** @throws ConnectorError on an option that means nothing. */
  constructor(options: BaseChatOptions = {}) {
    super(options);
    this.getNewChatCallable = options.getNewChatCallable ?? (() => this.emptyCopy());
  }

  protected abstract override emptyCopy(): BaseMllmChat;

  /** Empty turns with their template, as `fromChat` finds them, besides those of the options. */
  protected get ownEmptyTurnSequences(): readonly Int32Array[] {
    return [];
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

  get emptyTurnSequences(): readonly Int32Array[] {
    this.#emptyTurns ??= sequencesOf(this.options.emptyTurnSequences, this.tokenizer);
    return [...this.ownEmptyTurnSequences, ...this.#emptyTurns];
  }

  get playersNum(): number {
    return this.#playable.players;
  }

  /**
   * The chat that a coalition of the chat's own players keeps: `playable().masked(coalition)`.
   * External masks and groups do not propagate: the new chat's own players are those of its roles and filter.
   * @param coalition one byte a player, in order of `playersNum`.
   * @throws ConnectorError on a wrong length.
   */
  withPlayers(coalition: Uint8Array): BaseMllmChat {
    return this.#playable.masked(coalition) as BaseMllmChat;
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
    return source.keep(tokensOfMask(source.state.table, mask, source.groups, source.emptyTurnSequences, canVanish)) as C;
  }

  override copy(): this {
    const next = super.copy();
    next.#cache = this.#cache?.withChat(next) ?? null;
    return next;
  }

  override refresh(what: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    super.refresh(what);
    this.#own = null;
  }

  protected override emptyForMasking(): BaseMllmChat {
    return this.getNewChatCallable();
  }

  protected override valuesShown(): Float64Array | null {
    return this.#cache?.extendValues() ?? null;
  }

  /** As in the chats it is of; what was explained is gone. */
  protected override keepOnly(kept: Int32Array): void {
    super.keepOnly(kept);
    this.#cache = null;
  }

  get #playable(): PlayableChat<TokenChat> {
    this.#own ??= this.playable();
    return this.#own;
  }
}

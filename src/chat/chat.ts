import { createHash, type Hash } from "node:crypto";
import { ConnectorError } from "../errors.js";
import type { Device } from "../repos/resources.js";
import type { StandIn, StandIns } from "../text/masks/mask.js";
import { DEFAULT_TEXT_MASKING, standInsOf } from "../text/masks/registry.js";
import { joinIds } from "../util/arrays.js";
import { inWords, requireIds } from "./arguments.js";
import { branchOf } from "./branch.js";
import { chatEntries } from "./chat_entries.js";
import type { ChatEntry } from "./chat_entry.js";
import { checkChatOptions } from "./chat_options.js";
import { ChatPlayers } from "./chat_players.js";
import { sliceState } from "./chat_state.js";
import { cutIntoPlayers, type PlayerCut, tokensOfCoalition } from "./coalition.js";
import { Role } from "./enums.js";
import { tokenGroups } from "./external_groups.js";
import { maskedTokens } from "./stand_ins.js";
import type { Chat, ChatOptions, PlayableChat } from "./types.js";

/**
 * A conversation as the tokens that a model is fed, and what is known of each of them.
 *
 * Every array has one entry a token in prompt order (text and audio alike; an aligned clip has one token a segment), and
 * turns count from 1; tokens before the first turn (start of text) have turn 0. Template text is of role SYSTEM.
 * Whatever is handed out is not to be modified; nothing handed in is.
 */
export abstract class TokenChat extends ChatPlayers implements Chat {
  readonly device: Device;
  protected readonly options: ChatOptions;
  #promptIds: Int32Array | null = null;
  #fingerprint: string | null = null;

  /** @throws ConnectorError on an option that means nothing. */
  constructor(options: ChatOptions = {}) {
    checkChatOptions(options);
    super(options);
    this.options = options;
    this.device = options.device ?? "auto";
  }

  /** An empty chat of the same kind and options. */
  protected abstract emptyCopy(): TokenChat;

  /** The empty chat that masking fills. */
  protected emptyForMasking(): TokenChat {
    return this.emptyCopy();
  }

  /** Values that `getConversation` shows: one a token, NaN off the players; null where there are none. */
  protected valuesShown(): Float64Array | null {
    return null;
  }

  /** Whether the template of a turn may be left out without breaking its neighbours'. */
  protected canVanish(_turn: number): boolean {
    return true;
  }

  /** Takes over what else belongs to the source's tokens at `kept` (ascending), such as their audio. */
  protected adoptRest(_source: TokenChat, _kept: Int32Array): void {}

  /** Takes over what else a chat with the very same tokens and turns has. */
  protected adoptAll(source: TokenChat): void {
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

  /** Turns as entries; tokens before the first turn open it. */
  getConversation(): readonly (readonly ChatEntry[])[] {
    return chatEntries(this.state.table, this.turnNumber, this.valuesShown(), (token) => this.audioContent(token));
  }

  // Masked chats

  /**
   * A coalition keeps its players' tokens and all that belong to no player (template, system turns, filtered
   * tokens); for text that it leaves out, `textMasking` may have something stand in. A turn of which no content is left goes with its template, whether it stands at the end or between others,
   * and later turns move up; only the last user turn keeps its template, so that there is a question to answer, and a turn
   * whose template is knit into its neighbours'. Thus the empty coalition is template and system tokens; where not even
   * such a token exists, it is the start-of-text token (else end-of-text), as language models are evaluated on nothing.
   */
  playable(groupIds?: ArrayLike<number>): PlayableChat<TokenChat> {
    const playerOf = groupIds === undefined ? this.playerOf : tokenGroups(requireIds(groupIds, "group ids"), this.inputTokensNum).playerOf;
    const { state } = this;
    const cut = cutIntoPlayers(state.table, playerOf, this.turnRoles, (turn) => this.canVanish(turn));
    const standIns = standInsOf(this.options.textMasking ?? DEFAULT_TEXT_MASKING, this.tokenizer);
    let branch: number | null = null;
    return {
      players: cut.players,
      sharedPrefix: cut.sharedPrefix,
      get branch() {
        branch ??= branchOf(cut);
        return branch;
      },
      masked: (coalition) => {
        if (this.state !== state) throw new ConnectorError("the chat has changed since it was cut into players");
        return this.#masked(cut, coalition, standIns);
      },
    };
  }

  // Answers

  /** The same chat anew: its tokens, turns, options and what was explained. External masks and groups do not propagate. */
  copy(): this {
    const next = this.emptyCopy();
    next.state = this.state;
    next.adoptAll(this);
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
    if (what.full === false) return;
    this.#fingerprint = null;
    this.#promptIds = null;
  }

  #masked(cut: PlayerCut, coalition: Uint8Array, standIns: StandIns | null): TokenChat {
    if (!(coalition instanceof Uint8Array)) throw new ConnectorError(`a coalition must be a Uint8Array, not ${inWords(coalition)}`);
    const masked = standIns === null ? this.keep(tokensOfCoalition(cut, coalition)) : this.#keepWith(cut, coalition, standIns);
    const least = this.tokenizer.bosId ?? this.tokenizer.eosId;
    if (masked.inputTokensNum === 0 && least !== null) masked.addTemplateTokens(Int32Array.of(least));
    return masked;
  }

  #keepWith(cut: PlayerCut, coalition: Uint8Array, standInsFor: StandIns): TokenChat {
    const { from, standIns } = maskedTokens(cut, coalition, this.state.table.modality, standInsFor);
    return this.keep(from, standIns);
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

  /**
   * A new chat of the tokens at `kept` (ascending), with the roles and turns they had.
   * @param standIns as `sliceState` takes them.
   */
  protected keep(kept: Int32Array, standIns?: ReadonlyMap<number, StandIn>): TokenChat {
    const next = this.emptyForMasking();
    next.state = sliceState(this.state, kept, standIns);
    next.adoptRest(this, kept);
    return next;
  }
}

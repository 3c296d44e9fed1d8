import { ConnectorError } from "../errors.js";
import { requireIds, requireMask } from "./arguments.js";
import { ChatBuilder } from "./chat_builder.js";
import { type ChatMasks, chatMasks } from "./chat_masks.js";
import { Role, SystemRolesSetup } from "./enums.js";
import { expandGroups, type TokenGroups, tokenGroups } from "./external_groups.js";
import { KeepAllTokens } from "./filters.js";
import { andMasks, maskOf, pickMask, playerNumbers } from "./masks.js";
import type { TokenFilter } from "./token_filter.js";
import type { ChatOptions } from "./types.js";

/** Which tokens of a chat are players: by their roles, by the token filter, and by what is set from outside. */
export abstract class ChatPlayers extends ChatBuilder {
  readonly tokenFilter: TokenFilter;
  readonly systemRolesSetup: SystemRolesSetup;
  #externalMask: Uint8Array | null = null;
  #groups: TokenGroups | null = null;
  #excluded: readonly Int32Array[] | null = null;
  #masks: ChatMasks | null = null;
  #shapMask: Uint8Array | null = null;

  constructor({ tokenFilter, systemRolesSetup }: ChatOptions) {
    super();
    this.tokenFilter = tokenFilter ?? new KeepAllTokens();
    this.systemRolesSetup = systemRolesSetup ?? SystemRolesSetup.SYSTEM;
  }

  /** The open turn is of a role that is left out of explanations (`systemRolesSetup`). */
  get isSystemTurn(): boolean {
    if (this.speaker === null || this.systemRolesSetup === SystemRolesSetup.NONE) return false;
    return this.speaker === Role.SYSTEM || (this.speaker === Role.ASSISTANT && this.systemRolesSetup === SystemRolesSetup.SYSTEM_ASSISTANT);
  }

  get textTokens(): Int32Array {
    return this.#derived.textPositions.map((i) => this.inputTokens[i] as number);
  }

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

  /** Forgets derived properties, which are found anew when they are asked for: those of all tokens (`full`), of the players (`shap`). */
  refresh({ full = true, shap = true }: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    if (full) this.#masks = null;
    if (full || shap) this.#shapMask = null;
  }

  protected get groups(): TokenGroups | null {
    return this.#groups;
  }

  /** Player of each token, −1 = none: groups by ascending id, else the tokens of `shapValuesMask` in order. */
  get playerOf(): Int32Array {
    return this.#groups?.playerOf ?? playerNumbers(this.shapValuesMask);
  }

  /** Masks and groups from outside keep the entries at `kept`: those of the tokens that stay. */
  protected cutExternal(kept: Int32Array): void {
    const groups = this.#groups;
    if (this.#externalMask !== null) this.#externalMask = pickMask(this.#externalMask, kept);
    if (groups !== null) {
      const ids = kept.map((token) => groups.ids[token] as number);
      this.#groups = tokenGroups(ids, kept.length);
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

  get #groupsOrThrow(): TokenGroups {
    if (this.#groups === null) throw new ConnectorError("external_group_ids is not set.");
    return this.#groups;
  }

  #findShapMask(): Uint8Array {
    if (this.#groups?.players.length === 0) throw new ConnectorError("external_group_ids is set, but has no positive ID.");
    if (this.#groups !== null) return maskOf(this.#groups.firstPositions, this.inputTokensNum);
    return this.#externalMask === null ? this.#derived.filtered : andMasks(this.#derived.filtered, this.#externalMask);
  }
}

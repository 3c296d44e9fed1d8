import { requireIds, requireMask } from "../chat/arguments.js";
import { TokenChat } from "../chat/chat.js";
import { sliceState } from "../chat/chat_state.js";
import { Role, SystemRolesSetup } from "../chat/enums.js";
import { expandGroups, type TokenGroups, tokenGroups } from "../chat/external_groups.js";
import { andMasks, maskOf, pickMask, playerNumbers } from "../chat/masks.js";
import { ConnectorError } from "../errors.js";
import { int32At } from "../util/elements.js";

/**
 * Players that are set on a chat from outside, and masks for each kind of token, as scripts of the Python package ask for them. Explaining a
 * spec sets nothing on a chat: it takes `playable`.
 */
export abstract class ExternalPlayersChat extends TokenChat {
  #externalMask: Uint8Array | null = null;
  #groups: TokenGroups | null = null;
  #shapMask: Uint8Array | null = null;

  /** The open turn is of a role that is left out of explanations (`systemRolesSetup`). */
  get isSystemTurn(): boolean {
    if (this.speaker === null || this.systemRolesSetup === SystemRolesSetup.NONE) return false;
    return this.speaker === Role.SYSTEM || (this.speaker === Role.ASSISTANT && this.systemRolesSetup === SystemRolesSetup.SYSTEM_ASSISTANT);
  }

  get textTokens(): Int32Array {
    return this.masks.textPositions.map((i) => int32At(this.inputTokens, i));
  }

  /** 1 = text. */
  get textTokensMask(): Uint8Array {
    return this.masks.text;
  }

  get audioTokensMask(): Uint8Array {
    return this.masks.audio;
  }

  /** Relative to the text tokens: 1 = the role may be explained. */
  get textTokensNoSystemMask(): Uint8Array {
    return pickMask(this.masks.explainable, this.masks.textPositions);
  }

  /** Relative to the audio tokens. */
  get audioTokensNoSystemMask(): Uint8Array {
    return pickMask(this.masks.explainable, this.masks.audioPositions);
  }

  /** `textTokensNoSystemMask` less what the token filter excludes. */
  get textTokensNoSystemMaskFiltered(): Uint8Array {
    return pickMask(this.masks.filtered, this.masks.textPositions);
  }

  /** `audioTokensNoSystemMask`: the token filter knows phrases only. */
  get audioTokensNoSystemMaskFiltered(): Uint8Array {
    return pickMask(this.masks.filtered, this.masks.audioPositions);
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
  override get shapValuesMask(): Uint8Array {
    this.#shapMask ??= this.#findShapMask();
    return this.#shapMask;
  }

  /** Player of each token, −1 = none: groups by ascending id, else the tokens of `shapValuesMask` in order. */
  override get playerOf(): Int32Array {
    return this.#groups?.playerOf ?? playerNumbers(this.shapValuesMask);
  }

  override refresh(what: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    super.refresh(what);
    if (what.full !== false || what.shap !== false) this.#shapMask = null;
  }

  /** Keeps the tokens at `kept` (ascending) of this chat itself; masks and groups from outside keep theirs. */
  protected keepOnly(kept: Int32Array): void {
    this.adoptRest(this, kept);
    this.#cutExternal(kept);
    this.state = sliceState(this.state, kept);
  }

  protected get groups(): TokenGroups | null {
    return this.#groups;
  }

  /** Masks and groups from outside keep the entries at `kept`: those of the tokens that stay. */
  #cutExternal(kept: Int32Array): void {
    const groups = this.#groups;
    if (this.#externalMask !== null) this.#externalMask = pickMask(this.#externalMask, kept);
    if (groups !== null) {
      const ids = kept.map((token) => int32At(groups.ids, token));
      this.#groups = tokenGroups(ids, kept.length);
    }
  }

  protected override beforeAdding(): void {
    if (this.#groups !== null) throw new ConnectorError("Cannot add tokens when external_group_ids is set.");
    if (this.#externalMask !== null) throw new ConnectorError("Cannot add tokens when external_shap_values_mask is set.");
  }

  get #groupsOrThrow(): TokenGroups {
    if (this.#groups === null) throw new ConnectorError("external_group_ids is not set.");
    return this.#groups;
  }

  #findShapMask(): Uint8Array {
    if (this.#groups?.players.length === 0) throw new ConnectorError("external_group_ids is set, but has no positive ID.");
    if (this.#groups !== null) return maskOf(this.#groups.firstPositions, this.inputTokensNum);
    return this.#externalMask === null ? this.masks.filtered : andMasks(this.masks.filtered, this.#externalMask);
  }
}

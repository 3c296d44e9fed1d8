import { ChatBuilder } from "./chat_builder.js";
import { type ChatMasks, chatMasks } from "./chat_masks.js";
import { SystemRolesSetup } from "./enums.js";
import { KeepAllTokens } from "./filters.js";
import { playerNumbers } from "./masks.js";
import type { TokenFilter } from "./token_filter.js";
import type { ChatOptions } from "./types.js";

/** Which tokens of a chat can be players: by their roles, and by the token filter. */
export abstract class ChatPlayers extends ChatBuilder {
  readonly tokenFilter: TokenFilter;
  readonly systemRolesSetup: SystemRolesSetup;
  #excluded: readonly Int32Array[] | null = null;
  #masks: ChatMasks | null = null;

  constructor({ tokenFilter, systemRolesSetup }: ChatOptions) {
    super();
    this.tokenFilter = tokenFilter ?? new KeepAllTokens();
    this.systemRolesSetup = systemRolesSetup ?? SystemRolesSetup.SYSTEM;
  }

  /** The filter's phrases, each tokenised on its own. */
  get tokenSequencesToExclude(): readonly Int32Array[] {
    this.#excluded ??= [...this.tokenFilter.phrasesToExclude].map((phrase) => this.tokenizer.encode(phrase));
    return this.#excluded;
  }

  /** 1 = the token can be a player. */
  get shapValuesMask(): Uint8Array {
    return this.masks.filtered;
  }

  /** Player of each token, −1 = none: the tokens of `shapValuesMask` in order. */
  get playerOf(): Int32Array {
    return playerNumbers(this.shapValuesMask);
  }

  /** Forgets derived properties, which are found anew when they are asked for: those of all tokens (`full`), of the players (`shap`). */
  refresh({ full = true }: { readonly full?: boolean; readonly shap?: boolean } = {}): void {
    if (full) this.#masks = null;
  }

  /** Masks that follow from the tokens. */
  protected get masks(): ChatMasks {
    this.#masks ??= chatMasks(this.state.table, this.systemRolesSetup, this.tokenSequencesToExclude);
    return this.#masks;
  }

  protected beforeAdding(): void {}

  protected changed(): void {
    this.refresh();
  }
}

import { requireObject } from "../chat/arguments.js";
import { extendTo } from "../chat/masks.js";
import type { ModelResponse } from "../chat/model_response.js";
import type { Chat } from "../chat/types.js";
import { ConnectorError } from "../errors.js";

export interface ExplainerCacheInit {
  /** Name of the method that found the values. */
  readonly calculatedBy: string;
  readonly chat: Chat;
  /** One a mask, the whole chat's first; the explained one alone where answers were not compared but scored. */
  readonly responses: readonly ModelResponse[];
  /** Token masks that were played, one byte a token. */
  readonly masks: readonly Uint8Array[];
  /** 1 = the token belongs to a player. */
  readonly shapValuesMask: Uint8Array;
  /** One a token, NaN off the players. */
  readonly values: Float64Array;
  readonly normalizedValues: Float64Array;
  /** Players were narrowed or grouped from outside (external mask or groups): the masks are not those of the chat by itself. @default false */
  readonly hadDifferentMasks?: boolean;
}

/** What an explanation left behind for a chat. Data only: `chat.cache` refers to it, and it to the chat as it was explained. */
export class ExplainerCache {
  readonly calculatedBy: string;
  readonly chat: Chat;
  /** Tokens of the chat when it was explained. */
  readonly n: number;
  readonly responses: readonly ModelResponse[];
  readonly masks: readonly Uint8Array[];
  readonly shapValuesMask: Uint8Array;
  readonly hadDifferentMasks: boolean;
  #values: Float64Array;
  #normalizedValues: Float64Array;

  private constructor(init: ExplainerCacheInit, tokens: number) {
    this.calculatedBy = init.calculatedBy;
    this.chat = init.chat;
    this.n = tokens;
    this.responses = init.responses;
    this.shapValuesMask = Uint8Array.from(init.shapValuesMask);
    this.hadDifferentMasks = init.hadDifferentMasks ?? false;
    if (this.shapValuesMask.length !== this.n) {
      throw new ConnectorError(`the mask of explained tokens has ${this.shapValuesMask.length} entries for a chat of ${this.n} tokens`);
    }
    const wrong = init.masks.find((mask) => mask.length !== this.n);
    if (wrong !== undefined) throw new ConnectorError(`a played mask has ${wrong.length} entries for a chat of ${this.n} tokens`);
    this.masks = init.masks.map((mask) => Uint8Array.from(mask));
    this.#values = this.#validated(init.values);
    this.#normalizedValues = this.#validated(init.normalizedValues);
  }

  /** @throws ConnectorError where sizes do not fit, a player's value is NaN, or another token's is not. */
  static create(init: ExplainerCacheInit): ExplainerCache {
    requireObject(init, "what an ExplainerCache is made of");
    requireObject(init.chat, "the chat of an ExplainerCache");
    return new ExplainerCache(init, init.chat.inputTokensNum);
  }

  /** The same for a copy of the chat. */
  withChat(chat: Chat): ExplainerCache {
    const { values, normalizedValues } = this;
    return new ExplainerCache({ ...this, chat, values, normalizedValues }, this.n);
  }

  /** One a token; shorter arrays are padded with NaN on set. */
  get values(): Float64Array {
    return this.#values;
  }

  set values(values: Float64Array) {
    this.#values = this.#validated(values);
  }

  get normalizedValues(): Float64Array {
    return this.#normalizedValues;
  }

  set normalizedValues(values: Float64Array) {
    this.#normalizedValues = this.#validated(values);
  }

  /** The masks over the chat as it is now: tokens that came later were not masked (1). */
  extendMasks(): readonly Uint8Array[] {
    return this.masks.map((mask) => extendTo(mask, this.chat.inputTokensNum, 1));
  }

  /** Values over the chat as it is now: tokens that came later have none (NaN). */
  extendValues(values: Float64Array = this.#normalizedValues): Float64Array {
    return extendTo(values, this.chat.inputTokensNum, Number.NaN);
  }

  #validated(values: Float64Array): Float64Array {
    if (values.length > this.n) {
      throw new ConnectorError(`Values size is larger than the number of tokens in the chat: ${values.length} for ${this.n}`);
    }
    const full = extendTo(values, this.n, Number.NaN);
    full.forEach((value, token) => {
      const player = this.shapValuesMask[token] !== 0;
      if (player && Number.isNaN(value)) {
        throw new ConnectorError(`SHAP values contain NaN values for text tokens they should explain: token ${token}`);
      }
      if (!player && !Number.isNaN(value)) {
        throw new ConnectorError(`SHAP values contain non-NaN values for text tokens they should not explain: token ${token}`);
      }
    });
    return full;
  }
}

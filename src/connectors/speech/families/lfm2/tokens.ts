import { ConnectorError } from "../../../../errors.js";
import type { Tokenizer } from "../../../../text/tokenizer.js";

/** Special tokens that the generation loops and templates rest on, with the ids that the published vocabulary gives them. */
export const SPECIAL_TOKENS = {
  startOfText: { text: "<|startoftext|>", id: 1 },
  turnStart: { text: "<|im_start|>", id: 6 },
  turnEnd: { text: "<|im_end|>", id: 7 },
  audioStart: { text: "<|audio_start|>", id: 128 },
  textEnd: { text: "<|text_end|>", id: 130 },
} as const;

export type SpecialIds = Readonly<Record<keyof typeof SPECIAL_TOKENS, number>>;

/** A frame whose first code is this one ends the sound. */
export const END_OF_AUDIO = 2048;

/**
 * Ids of the special tokens, by their text.
 * @throws ConnectorError where the tokeniser lacks one, or gives it another id than the published vocabulary: it is another model's.
 */
export function specialIds(tokenizer: Tokenizer): SpecialIds {
  const ids = Object.entries(SPECIAL_TOKENS).map(([name, { text, id }]) => {
    const found = tokenizer.tokenToId(text);
    if (found !== id) {
      const what = found === null ? `has no token ${text}` : `gives ${text} the id ${found}`;
      throw new ConnectorError(`the tokeniser ${what} where LFM2-Audio has it as ${id}: it belongs to another model`);
    }
    return [name, found] as const;
  });
  return Object.fromEntries(ids) as SpecialIds;
}

import type { TokenIds } from "./token_ids.js";

/** What chats and models need of a tokeniser. No method adds special tokens; special tokens spelled in a text become their ids. */
export interface Tokenizer {
  /**
   * @param text may be empty.
   * @param options.first the text opens the prompt (only special tokens stand before it), or follows a token of `opensAfter`: a tokeniser
   * that puts a blank before the first word does so only here, and after added tokens inside the text. @default false
   */
  encode(text: string, options?: { readonly first?: boolean }): Int32Array;
  /** @param options.skipSpecialTokens leave special tokens out. @default false */
  decode(ids: ArrayLike<number>, options?: { readonly skipSpecialTokens?: boolean }): string;
  /**
   * The text of each token, so that joining gives the text of all: a character that is spread over several tokens stands
   * whole on its first one, and the rest are "". `options.first` as in `encode`.
   */
  tokenTexts(ids: ArrayLike<number>, options?: { readonly first?: boolean }): readonly string[];
  /** null where the vocabulary has no such token. */
  tokenToId(token: string): number | null;
  readonly specialIds: ReadonlySet<number>;
  /** Tokens after which a text is encoded as at the prompt's start; none for most tokenisers. */
  readonly opensAfter: ReadonlySet<number>;
  /** Start-of-text token, null where there is none. */
  readonly bosId: number | null;
  /** The tokeniser's own end token, null where there is none. */
  readonly eosId: number | null;
  /** A plain text is meant to be fed with `bosId` before it. */
  readonly addsBos: boolean;
  /** Special tokens that a plain text is meant to be fed with. */
  readonly affixes: { readonly before: Int32Array; readonly after: Int32Array };
  readonly vocabularySize: number;
  /** Which ids stand for a token: below `vocabularySize`, less those that the vocabulary leaves out. */
  readonly tokenIds: TokenIds;
}

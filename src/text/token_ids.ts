/**
 * Which ids stand for a token. Many models have more logits than their tokeniser has tokens, rounded up to a multiple of 64 or so:
 * the rest was never trained, and is never drawn. (Likelihoods are normalised over all logits, as torch does.)
 */
export interface TokenIds {
  /** Ids from here on have no token. */
  readonly end: number;
  /** Those below that have none either, ascending. */
  readonly unused: readonly number[];
}

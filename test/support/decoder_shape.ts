/** A decoder with random weights, laid out as published exports are. */
export interface DecoderShape {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly heads: number;
  readonly headDim: number;
  /** Width of the gated feed-forward part; 0 = none. */
  readonly mlp: number;
  readonly layers: readonly ("attention" | "gqa" | "conv" | "ssm")[];
  readonly positionIds?: boolean;
  readonly keepInput?: "logits_to_keep" | "num_logits_to_keep";
  readonly halfCaches?: boolean;
  readonly useCacheBranch?: boolean;
  /** No past at all: every pass sees the whole prompt. */
  readonly withoutCache?: boolean;
  readonly hiddenStates?: boolean;
  /** `inputs_embeds` instead of `input_ids`. */
  readonly embeds?: boolean;
  /** The last matrix takes activations that are quantised at run time over the whole tensor. */
  readonly dynamicQuantization?: boolean;
  /** How loud attention speaks beside the token itself. @default 4 */
  readonly attentionGain?: number;
  /** Scale of queries and keys: how much attention picks single tokens. @default 1 */
  readonly sharpness?: number;
  readonly seed?: number;
  /** Of `gqa` layers: cached heads, fewer than heads. @default heads */
  readonly kvHeads?: number;
  /** Of `gqa` layers, as onnxruntime-genai writes them: queries, keys and values in one product, rotated inside of the operator. */
  readonly packed?: boolean;
  /** Of `gqa` layers: queries and keys are normed head by head, by the operator or before it. */
  readonly norms?: "inside" | "outside";
  /** Of `gqa` layers: tokens that one sees. @default all */
  readonly window?: number;
  /** The last dim of a cache has a name in place of a number. */
  readonly openHeadDim?: boolean;
  /** Ids and mask are int32. */
  readonly int32?: boolean;
}

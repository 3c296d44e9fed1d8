import type { Tensor } from "onnxruntime-node";
import { type RowCache, startLength } from "../onnx/row_cache.js";
import { integerTensor, onesTensor } from "../onnx/tensors.js";

/** Rows that are fed together, each as many tokens. */
export interface Pass {
  /** `[rows, fed]` row-major. */
  readonly ids: Int32Array;
  readonly cache: RowCache;
  /** Positions whose logits are wanted, counted from the end; 0 = none are read. */
  readonly keep: number;
  readonly wantHidden?: boolean;
  /** Instead of logits, what tells the log-probabilities of these tokens, one for each position kept; only where the graph scores (`pickedHead`). */
  readonly targets?: Int32Array;
  /** The caches after this pass are not wanted. @default false */
  readonly last?: boolean;
  /** Tokens that the rows' caches may come to hold later. */
  readonly reserve?: number;
  /** The cache is given up: its memory is used for the new one, and nobody may read or recycle it any more. Not for a `last` pass. */
  readonly consume?: boolean;
  /** Tokens of each row, its past and what it is fed; what stands behind them is padding, which they do not see. @default as many as all have */
  readonly lengths?: readonly number[];
  /**
   * Tokens of the cache that are each row's; behind them is room, where the one token that it is fed goes. Such a cache is consumed, and
   * as wide afterwards. Only where the graph `hasRoom`. @default all
   */
  readonly seen?: readonly number[];
}

/** Columns from…to−1 of `[rows, width]`. */
export function columns(data: Float32Array, width: number, from: number, to: number): Float32Array {
  const rows = data.length / width;
  const out = new Float32Array(rows * (to - from));
  for (let row = 0; row < rows; row++) out.set(data.subarray(row * width + from, row * width + to), row * (to - from));
  return out;
}

/** Ones where each row has tokens, its past behind what all start with and what it is fed. */
export function maskTensor(type: string, { lengths, cache }: Pass, dims: readonly [rows: number, width: number]): Tensor {
  const [rows, width] = dims;
  const before = startLength(cache);
  if (lengths === undefined || lengths.every((length) => length - before === width)) return onesTensor(type, dims);
  const mask = new Int32Array(rows * width);
  for (const [row, length] of lengths.entries()) mask.fill(1, row * width, row * width + length - before);
  return integerTensor(type, mask, dims);
}

/** Of what each row is fed. Padding is where the row's last token is: there may be no position further on. */
export function positions({ cache, lengths, seen }: Pass, rows: number, fed: number): Int32Array {
  const out = new Int32Array(rows * fed);
  for (let row = 0; row < rows; row++) {
    const start = seen?.[row] ?? cache.length;
    const last = (lengths?.[row] ?? Infinity) - 1;
    for (let t = 0; t < fed; t++) out[row * fed + t] = Math.min(start + t, last);
  }
  return out;
}

/**
 * Positions whose logits are wanted, as rows of the flattened batch: `row × width + position`.
 * @param width positions of a row for which there are hidden states.
 */
export function picks({ keep }: Pick<Pass, "keep">, rows: number, width: number): Int32Array {
  const out = new Int32Array(rows * keep);
  for (let row = 0; row < rows; row++) for (let i = 0; i < keep; i++) out[row * keep + i] = (row + 1) * width - keep + i;
  return out;
}

/** Where keys and values of what each row is fed go, `[rows, heads, fed, 3]`: row, head, position. */
export function places({ cache, seen }: Pass, heads: number, fed: number): Int32Array {
  const out = new Int32Array(cache.rows * heads * fed * 3);
  let at = 0;
  for (let row = 0; row < cache.rows; row++) {
    const start = (seen?.[row] ?? cache.length) - startLength(cache);
    for (let head = 0; head < heads; head++) {
      for (let t = 0; t < fed; t++) {
        out[at++] = row;
        out[at++] = head;
        out[at++] = start + t;
      }
    }
  }
  return out;
}

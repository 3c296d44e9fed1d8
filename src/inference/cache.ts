import type { Tensor } from "onnxruntime-node";
import type { CacheSlot } from "./discover.js";
import { type CacheArray, cacheArray, floatTensor, newCacheArray } from "./tensors.js";

/**
 * What a decoder remembers of `rows` prompts of equal length. Immutable: a pass returns a new one. Convolution and SSM
 * states cannot be cut back, so a cache is only ever extended or copied row by row.
 */
export interface Cache {
  readonly rows: number;
  /** Tokens seen by each row. */
  readonly length: number;
  /** One tensor a slot, in the slots' order. */
  readonly tensors: readonly Tensor[];
}

/** No tokens seen: attention caches of length 0, states of zeros. */
export function emptyCache(slots: readonly CacheSlot[], rows: number): Cache {
  const tensors = slots.map((slot) => {
    const dims = [rows, ...slot.dims.map((dim) => dim ?? 0)];
    return floatTensor(slot.type, newCacheArray(slot.type, volume(dims)), dims);
  });
  return { rows, length: 0, tensors };
}

/** A row of a cache: where a batch takes its past from. */
export interface CacheRow {
  readonly cache: Cache;
  readonly row: number;
}

/**
 * A cache made of the given rows in order: tiles one row many times, drops finished rows, or joins rows of several caches.
 * All must have the same length.
 */
export function gatherRows(rows: readonly CacheRow[]): Cache {
  const first = rows[0];
  if (first === undefined) throw new RangeError("a cache needs a row");
  const { cache } = first;
  if (rows.length === cache.rows && rows.every((r, i) => r.cache === cache && r.row === i)) return cache;
  if (rows.some((r) => r.cache.length !== cache.length)) throw new RangeError("rows of different lengths cannot share a cache");
  return { rows: rows.length, length: cache.length, tensors: cache.tensors.map((_, slot) => gatherTensor(rows, slot)) };
}

function gatherTensor(rows: readonly CacheRow[], slot: number): Tensor {
  const sources = new Map<Cache, CacheArray>();
  const source = (cache: Cache): CacheArray => {
    let data = sources.get(cache);
    if (data === undefined) {
      data = cacheArray(cache.tensors[slot] as Tensor);
      sources.set(cache, data);
    }
    return data;
  };
  const like = (rows[0] as CacheRow).cache.tensors[slot] as Tensor;
  const size = volume(like.dims.slice(1));
  const out = newCacheArray(like.type, rows.length * size);
  rows.forEach(({ cache, row }, i) => {
    out.set(source(cache).subarray(row * size, (row + 1) * size), i * size);
  });
  return floatTensor(like.type as "float32" | "float16", out, [rows.length, ...like.dims.slice(1)]);
}

/** Bytes of one row's cache: those that grow with each token, and those that do not. */
export function cacheRowBytes(slots: readonly CacheSlot[]): { readonly perToken: number; readonly fixed: number } {
  let perToken = 0;
  let fixed = 0;
  for (const slot of slots) {
    const bytes = volume(slot.dims.map((dim) => dim ?? 1)) * (slot.type === "float16" ? 2 : 4);
    if (slot.dims.includes(null)) perToken += bytes;
    else fixed += bytes;
  }
  return { perToken, fixed };
}

function volume(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

import type { Tensor } from "onnxruntime-node";
import { type CacheArray, cacheArray, floatTensor, newCacheArray } from "../onnx/tensors.js";
import type { BufferPool } from "./buffer_pool.js";
import type { CacheSlot } from "./discover.js";

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
  /** Per slot the axis of its tokens, −1 for a state of fixed size. */
  readonly axes: readonly number[];
}

/** Where the memory of new caches comes from. */
export interface CacheMemory {
  readonly pool: BufferPool;
  /** Tokens that a row's cache may come to hold: room is made for as many. */
  readonly reserve: number;
}

/** No tokens seen: attention caches of length 0, states of zeros. */
export function emptyCache(slots: readonly CacheSlot[], rows: number): Cache {
  const tensors = slots.map((slot) => {
    const dims = [rows, ...slot.dims.map((dim) => dim ?? 0)];
    return floatTensor(slot.type, newCacheArray(slot.type, volume(dims)), dims);
  });
  return { rows, length: 0, tensors, axes: slots.map((slot) => slot.dims.indexOf(null) + 1 || -1) };
}

/** A row of a cache, or its first tokens: where a batch takes its past from. */
export interface CacheRow {
  readonly cache: Cache;
  readonly row: number;
  /** Tokens that are kept; fewer than the cache's only where nothing but attention caches is held. */
  readonly length: number;
}

/** All rows of a cache as they are. */
export function rowsOf(cache: Cache): readonly CacheRow[] {
  return Array.from({ length: cache.rows }, (_, row) => ({ cache, row, length: cache.length }));
}

/**
 * A cache made of the given rows in order: tiles one row many times, drops finished rows, or joins rows of several caches.
 * All must keep the same length. Where they are a whole cache as it stands, that cache itself.
 */
export function gatherRows(rows: readonly CacheRow[], memory: CacheMemory): Cache {
  const first = rows[0];
  if (first === undefined) throw new RangeError("a cache needs a row");
  const { cache, length } = first;
  if (rows.length === cache.rows && length === cache.length && rows.every((r, i) => r.cache === cache && r.row === i)) return cache;
  if (rows.some((r) => r.length !== length)) throw new RangeError("rows of different lengths cannot share a cache");
  return { ...cache, rows: rows.length, length, tensors: cache.tensors.map((_, slot) => gatherTensor(rows, slot, length, memory)) };
}

function gatherTensor(rows: readonly CacheRow[], slot: number, length: number, memory: CacheMemory): Tensor {
  const like = (rows[0] as CacheRow).cache.tensors[slot] as Tensor;
  const axis = (rows[0] as CacheRow).cache.axes[slot] as number;
  const dims = like.dims.map((dim, i) => (i === 0 ? rows.length : i === axis ? length : dim));
  const out = take(like, dims, axis, memory);
  const size = out.length / rows.length;
  let source: Cache | null = null;
  let data = out;
  rows.forEach((one, i) => {
    const { cache, row } = one;
    if (i > 0 && one === rows[i - 1]) {
      out.copyWithin(i * size, (i - 1) * size, i * size);
      return;
    }
    if (cache !== source) {
      source = cache;
      data = cacheArray(cache.tensors[slot] as Tensor);
    }
    const from = data.subarray((row * data.length) / cache.rows, ((row + 1) * data.length) / cache.rows);
    if (from.length === size) out.set(from, i * size);
    else copyFirst(from, cache.length, out.subarray(i * size, (i + 1) * size), length, volume(dims.slice(axis + 1)));
  });
  return floatTensor(like.type as CacheSlot["type"], out, dims);
}

/** Copies the first `kept` of `held` positions of every head. */
function copyFirst(from: CacheArray, held: number, to: CacheArray, kept: number, size: number): void {
  const heads = from.length / (held * size);
  for (let head = 0; head < heads; head++) {
    to.set(from.subarray(head * held * size, (head * held + kept) * size), head * kept * size);
  }
}

/**
 * A slot of a cache with what a pass adds to it.
 * @param added of the slot's dims, but as long as the pass was wide.
 * @param consume the cache is needed no more: where its memory has room, what is there makes way for the rest. That moves
 * half as much memory as copying does.
 */
export function extendSlot(cache: Cache, slot: number, added: Tensor, memory: CacheMemory, consume: boolean): Tensor {
  if (cache.length === 0) return added;
  const past = cache.tensors[slot] as Tensor;
  const axis = cache.axes[slot] as number;
  const dims = past.dims.map((dim, i) => (i === axis ? dim + (added.dims[i] as number) : dim));
  const [old, fresh] = [cacheArray(past), cacheArray(added)];
  const roomy = consume ? inItsRoom(old, volume(dims)) : null;
  const out = roomy ?? take(past, dims, axis, memory);
  const blocks = volume(dims.slice(0, axis));
  const [before, more] = [old.length / blocks, fresh.length / blocks];
  // From the last to the first, each moves to where nothing is left that has still to move.
  for (let block = blocks - 1; block >= 0; block--) {
    const at = block * (before + more);
    if (roomy === null) out.set(old.subarray(block * before, (block + 1) * before), at);
    else out.copyWithin(at, block * before, (block + 1) * before);
    // A step adds a few numbers a head: copying them one by one is faster than a call.
    for (let i = 0, from = block * more, to = at + before; i < more; i++) out[to + i] = fresh[from + i] as number;
  }
  return floatTensor(past.type as CacheSlot["type"], out, dims);
}

/** The array made longer where it stands; null where its memory has no room for that. */
function inItsRoom(array: CacheArray, size: number): CacheArray | null {
  const { buffer, byteOffset } = array;
  if (byteOffset > 0 || buffer.byteLength < size * array.BYTES_PER_ELEMENT) return null;
  return array instanceof Float32Array ? new Float32Array(buffer, 0, size) : new Uint16Array(buffer, 0, size);
}

/**
 * Gives a cache's memory back; nobody may read the cache any more.
 * @param heirs tensors, slot by slot, that may live on in its memory.
 */
export function recycle(cache: Cache, pool: BufferPool, heirs: readonly Tensor[] = []): void {
  cache.tensors.forEach((tensor, slot) => {
    const array = cacheArray(tensor);
    const heir = heirs[slot];
    if (heir === undefined || cacheArray(heir).buffer !== array.buffer) pool.give(array);
  });
}

function take(like: Tensor, dims: readonly number[], axis: number, { pool, reserve }: CacheMemory): CacheArray {
  const size = volume(dims);
  const room = axis < 0 ? size : (size / Math.max(1, dims[axis] as number)) * reserve;
  return pool.take(like.type as CacheSlot["type"], size, room);
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

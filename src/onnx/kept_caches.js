// @ts-check
/**
 * The caches of a graph, in the runtime's thread (host.js): they are large, every pass reads them, and nobody else needs their numbers. What
 * the engine knows of them is `RowCache` (row_cache.ts).
 */
import { BufferPool } from "./buffer_pool.js";
import { halfBits } from "./float16.js";

/** @typedef {import("./buffer_pool.js").CacheArray} CacheArray */
/** @typedef {import("./row_cache.js").CacheChange} CacheChange */
/** @typedef {import("./row_cache.js").Growth} Growth */

/**
 * One input of the graph; the first axis counts rows.
 * @typedef {{readonly type: "float32" | "float16", readonly data: CacheArray, readonly dims: readonly number[]}} Slot
 */

/**
 * What a decoder remembers of `rows` prompts. Convolution and SSM states cannot be cut back, so a cache is only ever extended
 * or copied row by row.
 * @typedef {object} Kept
 * @property {number} rows
 * @property {number} length positions of each row: the tokens that it has seen, and, where rows are of different lengths, room behind them.
 * @property {readonly Slot[]} slots
 * @property {readonly number[]} axes per slot the axis of its tokens, −1 for a state of fixed size.
 */

/** What an output of the runtime looks like. @typedef {{readonly type: string, readonly data: unknown, readonly dims: readonly number[]}} Output */

export class KeptCaches {
  /** An error stands for a cache that could not be made: whoever wants to use it is told. @type {Map<number, Kept | Error>} */
  #all = new Map();
  #pool = new BufferPool(0);

  get size() {
    return this.#all.size;
  }

  /** @param {CacheChange} change */
  apply(change) {
    if (change.op === "pool") this.#pool.limit = change.bytes;
    else if (change.op === "drop") this.#drop(change.id);
    else {
      try {
        this.#all.set(change.id, this.#made(change));
      } catch (error) {
        this.#all.set(change.id, error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  /** @param {number} id @returns {readonly Slot[]} */
  slots(id) {
    return this.#get(id).slots;
  }

  /**
   * The cache with what a pass has added, as another one.
   * @param {number} id
   * @param {Growth} growth
   * @param {Readonly<Record<string, Output>>} outputs
   */
  grow(id, { id: grown, outputs: names, fed, reserve, consume, seen }, outputs) {
    const cache = this.#get(id);
    if (seen !== null) {
      for (const [slot, { name }] of names.entries()) putInto(cache, slot, slotOf(/** @type {Output} */ (outputs[name])), seen);
      this.#all.delete(id);
      this.#all.set(grown, cache);
      return;
    }
    const length = cache.length + fed;
    const slots = names.map(({ name, added }, i) => {
      const output = slotOf(/** @type {Output} */ (outputs[name]));
      return added ? this.#extended(cache, i, output, Math.max(length, reserve), consume) : output;
    });
    if (consume) this.#drop(id, slots);
    this.#all.set(grown, { ...cache, length, slots });
  }

  /** @param {number} id @returns {Kept} */
  #get(id) {
    const cache = this.#all.get(id);
    if (cache instanceof Error) throw cache;
    if (cache === undefined) throw new Error("a cache is used that was given up");
    return cache;
  }

  /**
   * Its memory is used again, but for what an heir lives on in.
   * @param {number} id
   * @param {readonly Slot[]} [heirs] slot by slot.
   */
  #drop(id, heirs = []) {
    const cache = this.#all.get(id);
    this.#all.delete(id);
    if (cache === undefined || cache instanceof Error) return;
    cache.slots.forEach(({ data }, i) => {
      if (heirs[i]?.data.buffer !== data.buffer) this.#pool.give(data);
    });
  }

  /** @param {Extract<CacheChange, {op: "empty" | "gather" | "cut"}>} change @returns {Kept} */
  #made(change) {
    if (change.op === "empty") return this.#empty(change);
    return change.op === "cut" ? this.#cut(change) : this.#gather(change);
  }

  /** No tokens seen: attention caches of length 0, states of zeros. @param {Extract<CacheChange, {op: "empty"}>} change @returns {Kept} */
  #empty({ rows, slots }) {
    return {
      rows,
      length: 0,
      slots: slots.map(({ type, dims: shape }) => {
        const dims = [rows, ...shape.map((dim) => dim ?? 0)];
        return { type, dims, data: type === "float32" ? new Float32Array(volume(dims)) : new Uint16Array(volume(dims)) };
      }),
      axes: slots.map(({ dims }) => dims.indexOf(null) + 1 || -1),
    };
  }

  /** @param {Extract<CacheChange, {op: "cut"}>} change @returns {Kept} */
  #cut({ from, first, last }) {
    const cache = this.#get(from);
    const slots = cache.slots.map((slot, i) => {
      const axis = cache.axes[i] ?? -1;
      const whole = slot.dims[axis] ?? 0;
      if (whole !== cache.length) throw new Error("only caches of all tokens can be cut");
      const dims = slot.dims.map((dim, at) => (at === axis ? last - first : dim));
      const data = this.#take(slot, dims, axis, last - first);
      const size = volume(dims.slice(axis + 1));
      for (let block = 0; block < volume(dims.slice(0, axis)); block++) {
        data.set(slot.data.subarray((block * whole + first) * size, (block * whole + last) * size), block * (last - first) * size);
      }
      return { type: slot.type, data, dims };
    });
    return { rows: cache.rows, length: last - first, axes: cache.axes, slots };
  }

  /** @param {Extract<CacheChange, {op: "gather"}>} change @returns {Kept} */
  #gather({ from, caches, rows, lengths, length, reserve }) {
    const kept = from.map((id) => this.#get(id));
    const sources = [...rows].map((row, i) => ({ cache: /** @type {Kept} */ (kept[caches[i] ?? 0]), row, length: lengths[i] ?? 0 }));
    const [first] = /** @type {[Kept]} */ (kept);
    return {
      rows: rows.length,
      length,
      axes: first.axes,
      slots: first.slots.map((like, slot) => this.#gathered(sources, { like, slot, axis: first.axes[slot] ?? -1, length, reserve })),
    };
  }

  /**
   * @param {readonly {readonly cache: Kept, readonly row: number, readonly length: number}[]} rows
   * @param {{readonly like: Slot, readonly slot: number, readonly axis: number, readonly length: number, readonly reserve: number}} shape
   * @returns {Slot}
   */
  #gathered(rows, { like, slot, axis, length, reserve }) {
    const whole = rows[0]?.cache.length ?? length;
    // A graph may forget what lies before its window: such a slot is shorter than its cache, and goes on as it is.
    const forgets = axis >= 0 && (like.dims[axis] ?? 0) < whole;
    if (forgets && length < whole) throw new Error("a cache that forgets what is behind its window cannot be cut back");
    const dims = like.dims.map((dim, i) => (i === 0 ? rows.length : i === axis && !forgets ? length : dim));
    const out = this.#take(like, dims, axis, reserve);
    const size = out.length / rows.length;
    rows.forEach(({ cache, row, length: held }, i) => {
      const before = rows[i - 1];
      // A shared prefix: its rows are copied from the one just written, which lies in the processor's cache.
      if (before !== undefined && cache === before.cache && row === before.row && held === before.length) {
        out.copyWithin(i * size, (i - 1) * size, i * size);
        return;
      }
      const { data } = /** @type {Slot} */ (cache.slots[slot]);
      const own = data.subarray((row * data.length) / cache.rows, ((row + 1) * data.length) / cache.rows);
      if (own.length === size && held === length) out.set(own, i * size);
      else
        copyFirst(own, out.subarray(i * size, (i + 1) * size), {
          from: cache.length,
          to: length,
          kept: held,
          size: volume(dims.slice(axis + 1)),
        });
    });
    return { type: like.type, data: out, dims };
  }

  /**
   * A slot with what a pass adds to it.
   * @param {Kept} cache
   * @param {number} slot
   * @param {Slot} added of the slot's dims, but as long as the pass was wide.
   * @param {number} reserve
   * @param {boolean} consume the cache is needed no more: where its memory has room, what is there makes way for the rest. That moves half as
   * much memory as copying does.
   * @returns {Slot}
   */
  #extended(cache, slot, added, reserve, consume) {
    if (cache.length === 0) return added;
    const past = /** @type {Slot} */ (cache.slots[slot]);
    const axis = cache.axes[slot] ?? -1;
    const dims = past.dims.map((dim, i) => (i === axis ? dim + (added.dims[i] ?? 0) : dim));
    const roomy = consume ? inItsRoom(past.data, volume(dims)) : null;
    const out = roomy ?? this.#take(past, dims, axis, reserve);
    const blocks = volume(dims.slice(0, axis));
    const [old, fresh] = [past.data, added.data];
    const [before, more] = [old.length / blocks, fresh.length / blocks];
    // From the last to the first, each moves to where nothing is left that has still to move.
    for (let block = blocks - 1; block >= 0; block--) {
      const at = block * (before + more);
      if (roomy === null) out.set(old.subarray(block * before, (block + 1) * before), at);
      else out.copyWithin(at, block * before, (block + 1) * before);
      // A step adds a few numbers a head: copying them one by one is faster than a call.
      for (let i = 0, from = block * more, to = at + before; i < more; i++) out[to + i] = /** @type {number} */ (fresh[from + i]);
    }
    return { type: past.type, data: out, dims };
  }

  /** @param {Slot} like @param {readonly number[]} dims @param {number} axis @param {number} reserve tokens. */
  #take({ type }, dims, axis, reserve) {
    const size = volume(dims);
    const room = axis < 0 ? size : (size / Math.max(1, dims[axis] ?? 1)) * reserve;
    return this.#pool.take(type, size, room);
  }
}

/** @param {Output} output @returns {Slot} */
function slotOf({ type, data, dims }) {
  if (type === "float32") return { type, data: /** @type {Float32Array} */ (data), dims };
  if (type === "float16") return { type, data: halfBits(/** @type {Uint16Array} */ (data)), dims };
  throw new Error(`a cache of type ${type} cannot be held: valid are float32 and float16`);
}

/**
 * Copies the first `kept` positions of every head; those behind are zeros, since what was there may be no number.
 * @param {CacheArray} from
 * @param {CacheArray} to
 * @param {{readonly from: number, readonly to: number, readonly kept: number, readonly size: number}} shape positions of a head here and there,
 * and numbers of a position.
 */
function copyFirst(from, to, { from: held, to: width, kept, size }) {
  const heads = to.length / (width * size);
  for (let head = 0; head < heads; head++) {
    to.set(from.subarray(head * held * size, (head * held + kept) * size), head * width * size);
    to.fill(0, (head * width + kept) * size, (head + 1) * width * size);
  }
}

/**
 * Writes what a pass adds to a slot behind what each row has seen.
 * @param {Kept} cache
 * @param {number} slot
 * @param {Slot} added of the slot's dims, but as long as the pass was wide.
 * @param {Int32Array} seen
 */
function putInto(cache, slot, added, seen) {
  const { data, dims } = /** @type {Slot} */ (cache.slots[slot]);
  const axis = cache.axes[slot] ?? -1;
  const size = volume(dims.slice(axis + 1));
  const more = (added.dims[axis] ?? 0) * size;
  const heads = volume(dims.slice(1, axis));
  seen.forEach((start, row) => {
    for (let head = 0, block = row * heads; head < heads; head++, block++) {
      const at = (block * cache.length + start) * size;
      // A step adds a few numbers a head: copying them one by one is faster than a call.
      for (let i = 0, from = block * more; i < more; i++) data[at + i] = /** @type {number} */ (added.data[from + i]);
    }
  });
}

/** The array made longer where it stands; null where its memory has no room for that. @param {CacheArray} array @param {number} size */
function inItsRoom(array, size) {
  const { buffer, byteOffset } = array;
  if (byteOffset > 0 || buffer.byteLength < size * array.BYTES_PER_ELEMENT) return null;
  return array instanceof Float32Array ? new Float32Array(buffer, 0, size) : new Uint16Array(buffer, 0, size);
}

/** @param {readonly number[]} dims */
function volume(dims) {
  return dims.reduce((product, dim) => product * dim, 1);
}

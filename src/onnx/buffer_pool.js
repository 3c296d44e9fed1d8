// @ts-check
/** @typedef {Float32Array | Uint16Array} CacheArray */

/** Sizes of memory that are told apart, per doubling: a fresh piece is at most a quarter larger than was asked for. */
const CLASSES = 4;
/** A piece may be that many times as large as what is put there: batches differ in rows and length. */
const ROOMY = 2;

/**
 * Memory of caches that nobody needs any more, used again for the next ones. Decoding makes a cache a step; memory that is
 * fresh from the system each time costs more (page faults, zeroing, collecting) than the numbers written to it.
 */
export class BufferPool {
  /** By size; the sizes used last come last. @type {Map<number, ArrayBufferLike[]>} */
  #free = new Map();
  #freeBytes = 0;
  /** @type {WeakSet<ArrayBufferLike>} */
  #made = new WeakSet();

  /** @param {number} limit bytes kept for later at most. */
  constructor(limit) {
    this.limit = limit;
  }

  /**
   * An array of `size` elements; what stands in it is not defined.
   * @param {"float32" | "float16"} type
   * @param {number} size
   * @param {number} reserve elements that a later array in its place may have: room is made for these, where memory is kept at all.
   * @returns {CacheArray}
   */
  take(type, size, reserve) {
    const width = type === "float32" ? 4 : 2;
    const bytes = this.limit === 0 ? size * width : Math.max(size, reserve) * width;
    const buffer = this.limit === 0 ? new ArrayBuffer(bytes) : (this.#kept(bytes) ?? this.#make(bytes));
    return type === "float32" ? new Float32Array(buffer, 0, size) : new Uint16Array(buffer, 0, size);
  }

  /**
   * The array must not be used by anybody after this. Memory that was not made here is left to the collector: what the runtime
   * hands out it allocates again for every pass. Where there is too much, pieces of the sizes that were used least lately go.
   * @param {CacheArray} array
   */
  give({ buffer }) {
    const { byteLength } = buffer;
    if (!this.#made.has(buffer) || byteLength > this.limit) return;
    const alike = this.#free.get(byteLength) ?? [];
    if (alike.includes(buffer)) return;
    alike.push(buffer);
    this.#used(byteLength, alike);
    this.#freeBytes += byteLength;
    while (this.#freeBytes > this.limit) this.#drop();
  }

  /** @param {number} bytes */
  #make(bytes) {
    const buffer = new ArrayBuffer(roundedUp(bytes));
    this.#made.add(buffer);
    return buffer;
  }

  /**
   * The smallest that is large enough, and not far too large; null where there is none.
   * @param {number} wanted
   */
  #kept(wanted) {
    for (let bytes = roundedUp(wanted); bytes <= ROOMY * wanted; bytes = roundedUp(bytes + 1)) {
      const alike = this.#free.get(bytes);
      const buffer = alike?.pop();
      if (alike === undefined || buffer === undefined) continue;
      this.#used(bytes, alike);
      this.#freeBytes -= bytes;
      return buffer;
    }
    return null;
  }

  /** @param {number} bytes @param {ArrayBufferLike[]} alike */
  #used(bytes, alike) {
    this.#free.delete(bytes);
    if (alike.length > 0) this.#free.set(bytes, alike);
  }

  #drop() {
    const [bytes, alike] = /** @type {[number, ArrayBufferLike[]]} */ (this.#free.entries().next().value);
    alike.shift();
    if (alike.length === 0) this.#free.delete(bytes);
    this.#freeBytes -= bytes;
  }
}

/** The next of the sizes in use, a multiple of 64. @param {number} bytes */
function roundedUp(bytes) {
  const step = Math.max(64, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / CLASSES);
  return Math.ceil(bytes / step) * step;
}

import { type CacheArray, newCacheArray } from "./tensors.js";

/** Sizes of memory that are told apart, per doubling: a piece is at most a quarter larger than was asked for. */
const CLASSES = 4;

/**
 * Memory of caches that nobody needs any more, used again for the next ones. Decoding makes a cache a step; memory that is
 * fresh from the system each time costs more (page faults, zeroing, collecting) than the numbers written to it.
 */
export class BufferPool {
  /** By size. */
  private readonly free = new Map<number, ArrayBufferLike[]>();
  private freeBytes = 0;
  private readonly made = new WeakSet<ArrayBufferLike>();

  /** @param limit bytes kept for later at most. */
  constructor(private readonly limit: number) {}

  /**
   * An array of `size` elements; what stands in it is not defined.
   * @param reserve elements that a later array in its place may have: room is made for these, where memory is kept at all.
   */
  take(type: "float32" | "float16", size: number, reserve: number): CacheArray {
    const width = type === "float32" ? 4 : 2;
    if (this.limit === 0) return newCacheArray(type, size);
    const bytes = roundedUp(Math.max(size, reserve) * width);
    const buffer = this.free.get(bytes)?.pop();
    if (buffer === undefined) {
      const array = newCacheArray(type, bytes / width);
      this.made.add(array.buffer);
      return array.subarray(0, size);
    }
    this.freeBytes -= bytes;
    return type === "float32" ? new Float32Array(buffer, 0, size) : new Uint16Array(buffer, 0, size);
  }

  /**
   * The array must not be used by anybody after this. Memory that was not made here is left to the collector: what the runtime
   * hands out it allocates again for every pass.
   */
  give({ buffer }: CacheArray): void {
    const { byteLength } = buffer;
    if (!this.made.has(buffer) || this.freeBytes + byteLength > this.limit) return;
    const alike = this.free.get(byteLength);
    if (alike === undefined) this.free.set(byteLength, [buffer]);
    else if (alike.includes(buffer)) return;
    else alike.push(buffer);
    this.freeBytes += byteLength;
  }
}

/** The next of the sizes in use, a multiple of 64. */
function roundedUp(bytes: number): number {
  const step = Math.max(64, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / CLASSES);
  return Math.ceil(bytes / step) * step;
}

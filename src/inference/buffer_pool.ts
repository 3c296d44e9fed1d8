import { type CacheArray, newCacheArray } from "./tensors.js";

/**
 * Memory of caches that nobody needs any more, used again for the next ones. Decoding makes a cache a step; memory that is
 * fresh from the system each time costs more (page faults, zeroing, collecting) than the numbers written to it.
 */
export class BufferPool {
  /** Oldest first. */
  private readonly free: ArrayBufferLike[] = [];
  private freeBytes = 0;

  /** @param limit bytes kept for later at most. */
  constructor(private readonly limit: number) {}

  /**
   * An array of `size` elements; what stands in it is not defined.
   * @param reserve elements that a later array in its place may have: room for these is made where memory is taken anew.
   */
  take(type: "float32" | "float16", size: number, reserve: number): CacheArray {
    const width = type === "float32" ? 4 : 2;
    const best = this.bestFit(size * width, 2 * Math.max(size, reserve) * width);
    if (best === undefined) return newCacheArray(type, Math.max(size, reserve)).subarray(0, size);
    this.drop(best);
    return type === "float32" ? new Float32Array(best, 0, size) : new Uint16Array(best, 0, size);
  }

  /** The array must not be used by anybody after this. */
  give({ buffer }: CacheArray): void {
    if (buffer.byteLength > this.limit || this.free.includes(buffer)) return;
    this.free.push(buffer);
    this.freeBytes += buffer.byteLength;
    while (this.freeBytes > this.limit) this.drop(this.free[0] as ArrayBufferLike);
  }

  private bestFit(least: number, most: number): ArrayBufferLike | undefined {
    let best: ArrayBufferLike | undefined;
    for (const buffer of this.free) {
      const fits = buffer.byteLength >= least && buffer.byteLength <= most;
      if (fits && (best === undefined || buffer.byteLength < best.byteLength)) best = buffer;
    }
    return best;
  }

  private drop(buffer: ArrayBufferLike): void {
    this.free.splice(this.free.indexOf(buffer), 1);
    this.freeBytes -= buffer.byteLength;
  }
}

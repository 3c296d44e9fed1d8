import { type CacheArray, newCacheArray } from "../onnx/tensors.js";

/** Sizes of memory that are told apart, per doubling: a fresh piece is at most a quarter larger than was asked for. */
const CLASSES = 4;
/** A piece may be that many times as large as what is put there: batches differ in rows and length. */
const ROOMY = 2;

/**
 * Memory of caches that nobody needs any more, used again for the next ones. Decoding makes a cache a step; memory that is
 * fresh from the system each time costs more (page faults, zeroing, collecting) than the numbers written to it.
 */
export class BufferPool {
  /** By size; the sizes used last come last. */
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
    const wanted = Math.max(size, reserve) * width;
    const buffer = this.kept(wanted);
    if (buffer !== null) return type === "float32" ? new Float32Array(buffer, 0, size) : new Uint16Array(buffer, 0, size);
    const array = newCacheArray(type, roundedUp(wanted) / width);
    this.made.add(array.buffer);
    return array.subarray(0, size);
  }

  /**
   * The array must not be used by anybody after this. Memory that was not made here is left to the collector: what the runtime
   * hands out it allocates again for every pass. Where there is too much, pieces of the sizes that were used least lately go.
   */
  give({ buffer }: CacheArray): void {
    const { byteLength } = buffer;
    if (!this.made.has(buffer) || byteLength > this.limit) return;
    const alike = this.free.get(byteLength) ?? [];
    if (alike.includes(buffer)) return;
    alike.push(buffer);
    this.used(byteLength, alike);
    this.freeBytes += byteLength;
    while (this.freeBytes > this.limit) this.drop();
  }

  /** The smallest that is large enough, and not far too large; null where there is none. */
  private kept(wanted: number): ArrayBufferLike | null {
    for (let bytes = roundedUp(wanted); bytes <= ROOMY * wanted; bytes = roundedUp(bytes + 1)) {
      const alike = this.free.get(bytes);
      const buffer = alike?.pop();
      if (alike === undefined || buffer === undefined) continue;
      this.used(bytes, alike);
      this.freeBytes -= bytes;
      return buffer;
    }
    return null;
  }

  private used(bytes: number, alike: ArrayBufferLike[]): void {
    this.free.delete(bytes);
    if (alike.length > 0) this.free.set(bytes, alike);
  }

  private drop(): void {
    const [bytes, alike] = this.free.entries().next().value as [number, ArrayBufferLike[]];
    alike.shift();
    if (alike.length === 0) this.free.delete(bytes);
    this.freeBytes -= bytes;
  }
}

/** The next of the sizes in use, a multiple of 64. */
function roundedUp(bytes: number): number {
  const step = Math.max(64, 2 ** Math.floor(Math.log2(Math.max(1, bytes))) / CLASSES);
  return Math.ceil(bytes / step) * step;
}

import type { CacheSlot } from "./cache_slot.js";

/** Bytes of one row's cache: those that grow with each token, and those that do not. */
export function cacheRowBytes(slots: readonly CacheSlot[]): { readonly perToken: number; readonly fixed: number } {
  let perToken = 0;
  let fixed = 0;
  for (const slot of slots) {
    const bytes = slot.dims.reduce<number>((product, dim) => product * (dim ?? 1), slot.type === "float16" ? 2 : 4);
    if (slot.dims.includes(null)) perToken += bytes;
    else fixed += bytes;
  }
  return { perToken, fixed };
}

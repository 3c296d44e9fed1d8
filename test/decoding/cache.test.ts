import { expect, test } from "vitest";
import { cacheRowBytes } from "../../src/decoding/cache.js";
import type { CacheSlot } from "../../src/decoding/cache_slot.js";

const slot = (type: "float32" | "float16", dims: readonly (number | null)[]) => ({ type, dims }) as CacheSlot;

test("attention caches grow with each token, states do not, half precision takes half", () => {
  const slots = [slot("float32", [2, null, 8]), slot("float16", [2, null, 8]), slot("float32", [16, 3]), slot("float16", [5])];
  expect(cacheRowBytes(slots)).toEqual({ perToken: 2 * 8 * 4 + 2 * 8 * 2, fixed: 16 * 3 * 4 + 5 * 2 });
  expect(cacheRowBytes([])).toEqual({ perToken: 0, fixed: 0 });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { BufferPool } from "../../src/onnx/buffer_pool.js";

test("memory given back is used again, for arrays of either width", () => {
  const pool = new BufferPool(1e6);
  const first = pool.take("float32", 100, 100);
  pool.give(first);
  const again = pool.take("float32", 98, 98);
  expect(again.buffer).toBe(first.buffer);
  expect(again).toHaveLength(98);
  expect(pool.take("float32", 98, 98).buffer).not.toBe(first.buffer);
  pool.give(again);
  const halves = pool.take("float16", 200, 200);
  expect(halves.buffer).toBe(first.buffer);
  expect(halves).toBeInstanceOf(Uint16Array);
  expect(halves).toHaveLength(200);
});

test("room is made for what is reserved, so that a growing cache stays in two pieces of memory", () => {
  const pool = new BufferPool(1e6);
  let now = pool.take("float32", 10, 40);
  const pieces = new Set([now.buffer]);
  for (let size = 11; size <= 40; size++) {
    const next = pool.take("float32", size, 40);
    expect(next).toHaveLength(size);
    pieces.add(next.buffer);
    pool.give(now);
    now = next;
  }
  expect(pieces.size).toBe(2);
});

test("a piece has room for what was asked, and little more", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e6 }), (size, reserve) => {
      const array = new BufferPool(1e9).take("float32", size, reserve);
      expect(array).toHaveLength(size);
      const wanted = 4 * Math.max(size, reserve);
      expect(array.buffer.byteLength).toBeGreaterThanOrEqual(wanted);
      expect(array.buffer.byteLength).toBeLessThanOrEqual(1.25 * wanted + 64);
    }),
  );
});

test("a piece serves what fills at least half of it; the tightest is taken", () => {
  const pool = new BufferPool(1e6);
  const [large, small] = [pool.take("float32", 1000, 1000), pool.take("float32", 700, 700)];
  for (const array of [large, small]) pool.give(array);
  expect(pool.take("float32", 499, 499).buffer).toBe(small.buffer);
  expect(pool.take("float32", 300, 300).buffer).not.toBe(large.buffer);
  expect(pool.take("float32", 640, 640).buffer).toBe(large.buffer);
});

test("pieces of a size that is met no more make room for others", () => {
  const pool = new BufferPool(10_000);
  const old = pool.take("float32", 1200, 1200);
  const now = [1, 2, 3].map(() => pool.take("float32", 512, 512));
  for (const array of [old, ...now]) pool.give(array);
  const again = now.map(() => pool.take("float32", 512, 512).buffer);
  expect(new Set(again)).toEqual(new Set(now.map(({ buffer }) => buffer)));
  expect(pool.take("float32", 1200, 1200).buffer).not.toBe(old.buffer);
});

test("no more than the limit is kept, nothing twice, and nothing of another's", () => {
  const pool = new BufferPool(1024);
  const arrays = [1, 2, 3].map(() => pool.take("float32", 128, 128));
  for (const array of arrays) pool.give(array);
  pool.give(arrays[0] as Float32Array);
  pool.give(new Float32Array(129));
  const taken = [1, 2, 3].map(() => pool.take("float32", 128, 128).buffer);
  expect(taken.filter((buffer) => arrays.some((array) => array.buffer === buffer))).toHaveLength(2);
  expect(new Set(taken).size).toBe(3);
});

test("where nothing is kept no room is made either", () => {
  const pool = new BufferPool(0);
  const array = pool.take("float32", 100, 1000);
  expect(array.buffer.byteLength).toBe(400);
  pool.give(array);
  expect(pool.take("float32", 100, 100).buffer).not.toBe(array.buffer);
});

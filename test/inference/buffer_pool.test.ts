import { expect, test } from "vitest";
import { BufferPool } from "../../src/inference/buffer_pool.js";

test("memory given back is used again, the smallest that fits, for arrays of either width", () => {
  const pool = new BufferPool(1e6);
  const [small, large] = [pool.take("float32", 100, 100), pool.take("float32", 150, 150)];
  pool.give(large);
  pool.give(small);
  const again = pool.take("float32", 90, 90);
  expect(again.buffer).toBe(small.buffer);
  expect(again).toHaveLength(90);
  const halves = pool.take("float16", 300, 300);
  expect(halves.buffer).toBe(large.buffer);
  expect(halves).toBeInstanceOf(Uint16Array);
  expect(pool.take("float32", 90, 90).buffer).not.toBe(small.buffer);
});

test("room is made for what is reserved, and neither too small nor far too large memory is taken", () => {
  const pool = new BufferPool(1e6);
  const grown = pool.take("float32", 10, 40);
  expect(grown).toHaveLength(10);
  expect(grown.buffer.byteLength).toBe(160);
  pool.give(grown);
  expect(pool.take("float32", 41, 41).buffer).not.toBe(grown.buffer);
  expect(pool.take("float32", 10, 10).buffer).not.toBe(grown.buffer);
  expect(pool.take("float32", 10, 30).buffer).toBe(grown.buffer);
});

test("no more than the limit is kept, the oldest goes first, and nothing twice", () => {
  const pool = new BufferPool(1000);
  const arrays = [1, 2, 3].map(() => pool.take("float32", 100, 100));
  for (const array of arrays) pool.give(array);
  pool.give(arrays[2] as Float32Array);
  const taken = [1, 2, 3].map(() => pool.take("float32", 100, 100).buffer);
  expect(taken.filter((buffer) => arrays.some((array) => array.buffer === buffer))).toHaveLength(2);
  expect(taken).not.toContain(arrays[0]?.buffer);
  expect(new Set(taken).size).toBe(3);
  pool.give(new Float32Array(1000));
  expect(pool.take("float32", 1000, 1000).buffer.byteLength).toBe(4000);
});

import fc from "fast-check";
import type { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { BufferPool } from "../../src/decoding/buffer_pool.js";
import { type Cache, extendSlot, gatherRows, recycle } from "../../src/decoding/cache.js";
import { cacheArray, floatTensor } from "../../src/onnx/tensors.js";

interface Shape {
  readonly rows: number;
  readonly heads: number;
  readonly length: number;
  readonly added: number;
  readonly size: number;
}

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 4 }),
  heads: fc.integer({ min: 1, max: 3 }),
  length: fc.integer({ min: 1, max: 6 }),
  added: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 5 }),
});

/** What stands at a place tells which it is. */
const valueAt = (row: number, head: number, position: number, i: number): number => row * 1000 + head * 100 + position * 10 + i;

/** Positions `[from, to)` of every row and head, in memory of the pool's. */
function slot({ rows, heads, size }: Shape, from: number, to: number, pool: BufferPool, reserve: number): Tensor {
  const dims = [rows, heads, to - from, size];
  const array = pool.take("float32", rows * heads * (to - from) * size, rows * heads * reserve * size);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let head = 0; head < heads; head++)
      for (let position = from; position < to; position++) for (let i = 0; i < size; i++) array[at++] = valueAt(row, head, position, i);
  return floatTensor("float32", array, dims);
}

const numbers = (tensor: Tensor): readonly number[] => [...cacheArray(tensor)];

test("a slot is extended to what it would be in one piece, beside the old one or in its memory where there is room", () => {
  fc.assert(
    fc.property(shapes, fc.boolean(), fc.boolean(), (shape, consume, roomy) => {
      const { length, added, rows } = shape;
      const pool = new BufferPool(1e6);
      const whole = numbers(slot(shape, 0, length + added, pool, 0));
      const old = slot(shape, 0, length, pool, roomy ? 1000 : 0);
      const before = numbers(old);
      const cache: Cache = { rows, length, tensors: [old], axes: [2] };
      const out = extendSlot(cache, 0, slot(shape, length, length + added, pool, 0), { pool, reserve: length + added }, consume);
      expect(out.dims).toEqual([rows, shape.heads, length + added, shape.size]);
      expect(numbers(out)).toEqual(whole);
      if (consume && roomy) expect(cacheArray(out).buffer).toBe(cacheArray(old).buffer);
      if (!consume) expect(numbers(old)).toEqual(before);
    }),
  );
});

test("memory that an heir lives on in is not given back", () => {
  const pool = new BufferPool(1e6);
  const shape = { rows: 2, heads: 1, length: 3, added: 1, size: 4 };
  const [kept, left] = [slot(shape, 0, 3, pool, 100), slot(shape, 0, 3, pool, 100)];
  const cache: Cache = { rows: 2, length: 3, tensors: [kept, left], axes: [2, 2] };
  const heir = extendSlot(cache, 0, slot(shape, 3, 4, pool, 0), { pool, reserve: 4 }, true);
  recycle(cache, pool, [heir, slot(shape, 0, 4, pool, 0)]);
  const next = [1, 2].map(() => pool.take("float32", 24, 800).buffer);
  expect(next).toContain(cacheArray(left).buffer);
  expect(next).not.toContain(cacheArray(kept).buffer);
});

test("rows are gathered from several caches, tiled, and cut to the tokens that are kept", () => {
  fc.assert(
    fc.property(shapes, fc.array(fc.nat(3), { minLength: 1, maxLength: 9 }), (shape, picks) => {
      const pool = new BufferPool(0);
      const cacheOf = (length: number): Cache => ({
        rows: shape.rows,
        length,
        tensors: [slot(shape, 0, length, pool, 0)],
        axes: [2],
      });
      const caches = [cacheOf(shape.length), cacheOf(shape.length + shape.added)];
      // Equal ones are one object, as those of a shared prefix are.
      const known = [0, 1, 2, 3].map((pick) => ({ cache: caches[pick % 2] as Cache, row: pick % shape.rows, length: shape.length }));
      const rows = picks.map((pick) => known[pick] as (typeof known)[number]);
      const gathered = gatherRows(rows, { pool, reserve: 0 });
      const wanted = rows.flatMap(({ row }) =>
        numbers(slot({ ...shape, rows: 4 }, 0, shape.length, pool, 0)).slice(
          row * shape.heads * shape.length * shape.size,
          (row + 1) * shape.heads * shape.length * shape.size,
        ),
      );
      expect(numbers(gathered.tensors[0] as Tensor)).toEqual(wanted);
    }),
  );
});

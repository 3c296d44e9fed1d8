import fc from "fast-check";
import { expect, test } from "vitest";
import { KeptCaches } from "../../src/onnx/kept_caches.js";
import { gatherChange, type RowCache, spreadChange, startOf } from "../../src/onnx/row_cache.js";

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

/** Positions `[from, to)` of every row and head, as the runtime hands them out. */
function output({ rows, heads, size }: Shape, from: number, to: number) {
  const data = new Float32Array(rows * heads * (to - from) * size);
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let head = 0; head < heads; head++)
      for (let position = from; position < to; position++) for (let i = 0; i < size; i++) data[at++] = valueAt(row, head, position, i);
  return { type: "float32", data, dims: [rows, heads, to - from, size] };
}

const growth = (id: number, fed: number, reserve = 0, consume = false, added = true) => ({
  id,
  outputs: [{ name: "update", added }],
  fed,
  reserve,
  consume,
  seen: null,
});

/** Caches 0 (nothing seen) and 1 (`length` tokens, in memory of the runtime). */
function filled(shape: Shape, pooled: number): KeptCaches {
  const caches = new KeptCaches();
  caches.apply({ op: "pool", bytes: pooled });
  caches.apply({ op: "empty", id: 0, rows: shape.rows, slots: [{ type: "float32", dims: [shape.heads, null, shape.size] }] });
  caches.grow(0, growth(1, shape.length), { update: output(shape, 0, shape.length) });
  return caches;
}

const row = (id: number, place: number, rows: number, length: number) => ({ cache: { id, rows, length } as RowCache, row: place, length });
const allRows = (id: number, { rows, length }: Shape) => Array.from({ length: rows }, (_, place) => row(id, place, rows, length));
const numbers = (caches: KeptCaches, id: number): readonly number[] => [...(caches.slots(id)[0]?.data ?? [])];

test("a slot is extended to what it would be in one piece, beside the old one or in its memory where there is room", () => {
  fc.assert(
    fc.property(shapes, fc.boolean(), fc.boolean(), (shape, consume, roomy) => {
      const { length, added, rows, heads, size } = shape;
      const caches = filled(shape, 1e6);
      caches.apply(gatherChange(2, allRows(1, shape), roomy ? 1000 : 0));
      const [before, memory] = [numbers(caches, 2), caches.slots(2)[0]?.data.buffer];
      caches.grow(2, growth(3, added, 0, consume), { update: output(shape, length, length + added) });
      expect(caches.slots(3)[0]?.dims).toEqual([rows, heads, length + added, size]);
      expect(numbers(caches, 3)).toEqual([...output(shape, 0, length + added).data]);
      if (consume && roomy) expect(caches.slots(3)[0]?.data.buffer).toBe(memory);
      if (consume) expect(() => caches.slots(2)).toThrow("a cache is used that was given up");
      else expect(numbers(caches, 2)).toEqual(before);
    }),
  );
});

test("memory that an heir lives on in is not given back, that of a dropped cache is", () => {
  const shape = { rows: 2, heads: 1, length: 3, added: 1, size: 4 };
  const caches = filled(shape, 1e6);
  caches.apply(gatherChange(2, allRows(1, shape), 100));
  const memory = caches.slots(2)[0]?.data.buffer;
  caches.grow(2, growth(3, 1, 100, true), { update: output(shape, 3, 4) });
  caches.apply(gatherChange(4, allRows(1, shape), 100));
  expect(caches.slots(4)[0]?.data.buffer).not.toBe(memory);
  caches.apply({ op: "drop", id: 3 });
  caches.apply({ op: "drop", id: 3 });
  caches.apply(gatherChange(5, allRows(1, shape), 100));
  expect(caches.slots(5)[0]?.data.buffer).toBe(memory);
  for (const id of [0, 1, 4, 5]) caches.apply({ op: "drop", id });
  expect(caches.size).toBe(0);
});

test("rows are gathered from several caches, tiled, and cut to the tokens that are kept", () => {
  fc.assert(
    fc.property(shapes, fc.array(fc.nat(3), { minLength: 1, maxLength: 9 }), (shape, picks) => {
      const caches = filled(shape, 0);
      const longer = shape.length + shape.added;
      caches.grow(0, growth(2, longer), { update: output(shape, 0, longer) });
      const rows = picks.map((pick) => row(1 + (pick % 2), pick % shape.rows, shape.rows, shape.length));
      caches.apply(gatherChange(3, rows, 0));
      const each = shape.heads * shape.length * shape.size;
      const whole = [...output(shape, 0, shape.length).data];
      expect(numbers(caches, 3)).toEqual(rows.flatMap(({ row: place }) => whole.slice(place * each, (place + 1) * each)));
    }),
  );
});

test("rows of different lengths have room behind their tokens: zeros, until what they are fed is written there", () => {
  fc.assert(
    fc.property(shapes, fc.array(fc.tuple(fc.nat(3), fc.nat(5)), { minLength: 1, maxLength: 6 }), fc.nat(3), (shape, picked, spare) => {
      const { rows, heads, length, size } = shape;
      const caches = filled(shape, 2 ** 20);
      // Memory that is used again, in which something stands.
      caches.apply(gatherChange(2, allRows(1, shape), 100));
      caches.apply({ op: "drop", id: 2 });
      const chosen = picked.map(([place, kept]) => row(1, place % rows, rows, 1 + (kept % length)));
      const from = chosen.map((one) => ({ ...one, cache: { ...one.cache, length } }));
      const width = length + 1 + spare;
      caches.apply(spreadChange(3, from, width));
      const expected = (fed: boolean): number[] =>
        from.flatMap(({ row: place, length: kept }, i) =>
          Array.from({ length: heads * width * size }, (_, at) => {
            const [head, position] = [Math.floor(at / (width * size)), Math.floor(at / size) % width];
            if (position < kept) return valueAt(place, head, position, at % size);
            return fed && position === kept ? valueAt(i, head, length, at % size) : 0;
          }),
        );
      expect(numbers(caches, 3)).toEqual(expected(false));
      const memory = caches.slots(3)[0]?.data;
      const seen = Int32Array.from(from, (one) => one.length);
      caches.grow(3, { ...growth(4, 1), seen }, { update: output({ ...shape, rows: from.length }, length, length + 1) });
      expect(numbers(caches, 4)).toEqual(expected(true));
      expect(caches.slots(4)[0]?.data).toBe(memory);
      expect(() => caches.slots(3)).toThrow("a cache is used that was given up");
    }),
  );
});

test("a cache that the runtime gives whole is taken as it is, in half precision as bits", () => {
  const caches = new KeptCaches();
  caches.apply({ op: "empty", id: 0, rows: 1, slots: [{ type: "float16", dims: [null, 2] }] });
  expect(caches.slots(0)[0]).toEqual({ type: "float16", data: new Uint16Array(0), dims: [1, 0, 2] });
  const data = Uint16Array.of(1, 2);
  caches.grow(0, growth(1, 1, 0, true, false), { update: { type: "float16", data, dims: [1, 1, 2] } });
  expect(caches.slots(1)[0]?.data).toBe(data);
  expect(caches.size).toBe(1);
});

test("what went wrong is told to whoever uses the cache", () => {
  const caches = new KeptCaches();
  caches.apply(gatherChange(1, [row(7, 0, 1, 1)], 0));
  expect(() => caches.slots(1)).toThrow("a cache is used that was given up");
  caches.apply({ op: "empty", id: 0, rows: 1, slots: [{ type: "float32", dims: [null] }] });
  expect(() => caches.grow(0, growth(2, 1), { update: { type: "int64", data: new BigInt64Array(1), dims: [1, 1] } })).toThrow(
    "a cache of type int64 cannot be held",
  );
});

test("a cache whose graph forgets what is behind its window is gathered as it is, and not cut back", () => {
  const shape = { rows: 2, heads: 2, length: 3, added: 0, size: 2 };
  const caches = filled(shape, 0);
  // Of five tokens, the last three are left.
  caches.grow(1, growth(2, 2, 0, false, false), { update: output(shape, 2, 5) });
  caches.apply(gatherChange(3, [row(2, 1, 2, 5), row(2, 1, 2, 5), row(2, 0, 2, 5)], 9));
  const [first, second] = [0, 1].map((place) => [...output(shape, 2, 5).data].slice(place * 12, (place + 1) * 12)) as [number[], number[]];
  expect(numbers(caches, 3)).toEqual([...second, ...second, ...first]);
  expect(caches.slots(3)[0]?.dims).toEqual([3, 2, 3, 2]);
  caches.apply(gatherChange(4, [row(2, 0, 2, 4)], 0));
  expect(() => caches.slots(4)).toThrow("a cache that forgets what is behind its window cannot be cut back");
});

test("a row is cut in two, of which the first is what all that go on with the second start with", () => {
  const shape = { rows: 1, heads: 2, length: 5, added: 1, size: 3 };
  const caches = filled(shape, 0);
  caches.apply({ op: "cut", id: 2, from: 1, first: 0, last: 2 });
  caches.apply({ op: "cut", id: 3, from: 1, first: 2, last: 5 });
  expect(caches.slots(2)[0]?.dims).toEqual([1, 2, 2, 3]);
  expect(numbers(caches, 2)).toEqual([...output(shape, 0, 2).data]);
  expect(numbers(caches, 3)).toEqual([...output(shape, 2, 5).data]);

  const start: RowCache = { id: 2, rows: 1, length: 2 };
  const cache: RowCache = { id: 3, rows: 1, length: 5, start };
  const own = { cache, row: 0, length: 5 };
  expect(startOf([own, own])).toBe(start);
  caches.apply(gatherChange(4, [own, own], 8));
  expect(numbers(caches, 4)).toEqual([...numbers(caches, 3), ...numbers(caches, 3)]);
  expect(() => startOf([own, { ...own, cache: { ...cache, start: { ...start } } }])).toThrow(
    "rows of one cache start with the same tokens",
  );
  expect(() => startOf([{ ...own, length: 1 }])).toThrow(RangeError);
});

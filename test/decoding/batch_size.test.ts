import fc from "fast-check";
import { expect, test } from "vitest";
import { choosePrefill, chooseThreads, rowsPerBatch, tokensPerCall } from "../../src/decoding/batch_size.js";
import { commonPrefix, groupByLength, parts } from "../../src/decoding/length_groups.js";
import { stemsPay } from "../../src/decoding/prefix_sharing.js";
import { branchDepth } from "../../src/util/prefix_classes.js";

const SIZE = {
  parameters: 28e6,
  vocabulary: 8192,
  cacheBytesPerToken: 16_384,
  stateBytes: 0,
  attention: { layers: 7, heads: 8, width: 512 },
};
const LIMITS = { memory: 4 * 2 ** 30, threads: 2, maxRows: null };
const ALL = {
  batch: true,
  chunkSingle: true,
  chunkBatch: true,
  stepBatch: true,
  cache: true,
  logitsToKeep: true,
  rowsIndependent: true,
  raggedPasses: true,
  raggedSteps: true,
};

const promptsOf = fc.array(
  fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 6 }).map((ids) => Int32Array.from(ids)),
  {
    minLength: 1,
    maxLength: 20,
  },
);

test("groups partition the prompts by length", () => {
  fc.assert(
    fc.property(promptsOf, (prompts) => {
      const groups = groupByLength(prompts);
      expect(groups.flatMap(({ members }) => members).sort((a, b) => a - b)).toEqual([...prompts.keys()]);
      for (const { members, length } of groups) for (const i of members) expect(prompts[i]).toHaveLength(length);
    }),
  );
});

test("the common prefix is what all prompts start with", () => {
  const of = (...prompts: number[][]): number => commonPrefix(prompts.map((ids) => Int32Array.from(ids)));
  expect(of([1, 2, 3], [1, 2, 4], [1, 2])).toBe(2);
  expect(of([1, 2], [3, 2])).toBe(0);
  expect(of([1, 2, 3])).toBe(0);
  expect(of()).toBe(0);
});

test("a stem is the same start in all of its prompts, another one in every other class, and leaves a token to feed", () => {
  const long = fc.array(
    fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2, maxLength: 12 }).map((ids) => Int32Array.from(ids)),
    {
      minLength: 1,
      maxLength: 60,
    },
  );
  fc.assert(
    fc.property(long, fc.integer({ min: 0, max: 3 }), (prompts, prefix) => {
      const found = branchDepth(prompts, prefix, () => 100);
      if (found === null) return;
      const starts = new Map<number, string>();
      prompts.forEach((prompt, i) => {
        const kind = found.classes[i] as number;
        if (kind < 0) return;
        expect(prompt.length).toBeGreaterThan(prefix + found.depth);
        const start = prompt.slice(0, prefix + found.depth).join();
        expect(starts.get(kind) ?? start).toBe(start);
        starts.set(kind, start);
      });
      expect(new Set(starts.values()).size).toBe(starts.size);
      expect(found.first.map((i) => found.classes[i])).toEqual([...found.first.keys()]);
    }),
  );
});

test("stems pay in an enumeration, not among prompts that have nothing in common, nor where they cannot be held", () => {
  const players = [3, 4, 5, 6, 7, 8, 9, 10];
  const all = Array.from({ length: 256 }, (_, m) => Int32Array.from([1, 1, ...players.filter((_, i) => (m >> i) & 1), 2, 2]));
  const found = branchDepth(all, 2, () => 1000);
  expect(found?.depth).toBeGreaterThanOrEqual(2);
  expect(found?.first.length).toBeLessThan(128);
  expect(branchDepth(all, 2, () => 3)).toBeNull();
  expect(
    branchDepth(
      Array.from({ length: 50 }, (_, i) => Int32Array.from([1, i, i + 1, i + 2])),
      1,
      () => 1000,
    ),
  ).toBeNull();
  expect(branchDepth([], 0, () => 1000)).toBeNull();
});

test("stems pay behind a short start; behind a long one their caches cost more than they save", () => {
  const smol = { ...SIZE, parameters: 135e6, cacheBytesPerToken: 46_080 };
  expect([24, 100, 600, 2000].map((prefix) => stemsPay(smol, prefix, 2))).toEqual([true, true, false, false]);
  expect(stemsPay({ ...smol, parameters: 8e9 }, 600, 2)).toBe(true);
});

test("parts keep order and size", () => {
  expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
});

test("a batch stays within memory, work and the rows allowed, and is never empty", () => {
  const shape = { past: 40, fed: 20, logits: 20, grow: 64 };
  const rows = rowsPerBatch(SIZE, shape, LIMITS);
  expect(rows).toBeGreaterThan(8);
  expect(rows * shape.fed).toBeLessThanOrEqual(tokensPerCall(SIZE, 60, LIMITS));
  expect(rowsPerBatch(SIZE, shape, { ...LIMITS, maxRows: 3 })).toBe(3);
  const tight = rowsPerBatch(SIZE, shape, { ...LIMITS, memory: 50e6 });
  expect(tight).toBeLessThan(rows);
  expect(tight * 3 * SIZE.cacheBytesPerToken * 124).toBeLessThan(50e6);
  expect(rowsPerBatch(SIZE, { ...shape, fed: 1e6 }, { ...LIMITS, memory: 1 })).toBe(1);
  expect(rowsPerBatch({ ...SIZE, parameters: 1.5e9 }, shape, LIMITS)).toBe(1);
});

test("a small model gets one thread unless more are asked for", () => {
  const threads = [0, 2].map((asked) => [1.3e6, 28e6].map((parameters) => chooseThreads(asked, parameters, 8)));
  expect(threads).toEqual([
    [1, 8],
    [2, 2],
  ]);
});

test("a pass of several tokens a row is no wider than what stays near the cores; steps of one token are", () => {
  const wide = { past: 12, fed: 29, logits: 29, grow: 0 };
  expect(rowsPerBatch(SIZE, wide, LIMITS) * 29).toBeGreaterThanOrEqual(128);
  expect(rowsPerBatch(SIZE, wide, LIMITS) * 29).toBeLessThan(400);
  expect(rowsPerBatch({ ...SIZE, vocabulary: 65_536 }, wide, LIMITS)).toBe(Math.ceil(128 / 29));
  expect(rowsPerBatch({ ...SIZE, vocabulary: 65_536, picks: true }, wide, LIMITS)).toBe(Math.ceil(256 / 29));
  expect(rowsPerBatch(SIZE, { ...wide, logits: 1 }, LIMITS)).toBeGreaterThan(rowsPerBatch(SIZE, wide, LIMITS));
  expect(rowsPerBatch(SIZE, { past: 30, fed: 1, logits: 1, grow: 24 }, LIMITS)).toBe(64);
});

test("a long past leaves room for few rows, unless the weights that a step reads are more than all caches", () => {
  const step = { past: 2000, fed: 1, logits: 1, grow: 24 };
  const rows = rowsPerBatch(SIZE, step, LIMITS);
  expect(rows).toBeGreaterThan(1);
  expect(rows * SIZE.cacheBytesPerToken * 2025).toBeLessThanOrEqual(128 * 2 ** 20);
  expect(rowsPerBatch({ ...SIZE, parameters: 200e6 }, step, LIMITS)).toBeGreaterThan(4 * rows);
  expect(rowsPerBatch({ ...SIZE, cacheBytesPerToken: 2 ** 20 }, step, LIMITS)).toBe(1);
});

test("long contexts make smaller passes: attention's scores take work and memory too", () => {
  const short = { past: 40, fed: 100, logits: 1, grow: 0 };
  const long = { ...short, past: 8000 };
  expect(rowsPerBatch(SIZE, long, LIMITS)).toBeLessThan(rowsPerBatch(SIZE, short, LIMITS));
  expect(tokensPerCall(SIZE, 8000, LIMITS)).toBeLessThan(tokensPerCall(SIZE, 100, LIMITS) / 2);
  const memory = 512 * 2 ** 20;
  const rows = rowsPerBatch(SIZE, long, { ...LIMITS, memory });
  expect(rows * (100 * 8100 * 8 * 4 + 16_384 * 8100)).toBeLessThan(memory);
});

test("the plan follows what the graph allows", () => {
  const shape = { past: 40, fed: 20, logits: 1, grow: 64 };
  const kind = (can: Partial<typeof ALL>, past = 40) => choosePrefill({ ...ALL, ...can }, SIZE, { ...shape, past }, LIMITS);
  expect(kind({}).kind).toBe("tiled");
  expect(kind({}, 0).kind).toBe("whole");
  expect(kind({ chunkBatch: false })).toEqual({ kind: "single", rows: 1 });
  expect(kind({ chunkBatch: false }, 10).kind).toBe("whole");
  expect(kind({ chunkBatch: false, chunkSingle: false }).kind).toBe("whole");
  expect(kind({ rowsIndependent: false })).toEqual({ kind: "whole", rows: 1 });
  expect(kind({ batch: false, chunkBatch: false, chunkSingle: false })).toEqual({ kind: "whole", rows: 1 });
});

test("on a GPU batches are larger: neither cores nor their caches bound them, but what goes there and back does", () => {
  const size = { ...SIZE, parameters: 1.2e9, vocabulary: 65_536 };
  const shape = { past: 14, fed: 20, logits: 8, grow: 0 };
  const gpu = { ...LIMITS, accelerated: true };
  expect(rowsPerBatch(size, shape, gpu)).toBeGreaterThan(4 * rowsPerBatch(size, shape, LIMITS));
  expect(rowsPerBatch(size, shape, { ...gpu, threads: 64 })).toBe(rowsPerBatch(size, shape, gpu));
  const long = rowsPerBatch(size, { ...shape, past: 4_000, fed: 1 }, gpu);
  expect(long * 4_001 * size.cacheBytesPerToken).toBeLessThanOrEqual(128 * 2 ** 20);
  expect(rowsPerBatch(size, shape, { ...gpu, memory: 50e6 })).toBeLessThan(rowsPerBatch(size, shape, gpu));
});
